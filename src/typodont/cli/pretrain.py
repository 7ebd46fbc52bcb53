"""``typodont pretrain``."""

from __future__ import annotations

from typodont.cli.train import Train


class PretrainScan(Train):
    """Pre-train the network for scans on scans without labels; a run that was broken off goes on where it stopped.

    `typodont train scan --init pretrained:RUNS/NAME` goes on from the weights.
    """

    settings, function = (
        "typodont.tasks.pretrain.scan_config:ScanPretrainConfig",
        "typodont.tasks.pretrain.scan:pretrain",
    )


class PretrainPanoramic(Train):
    """Pre-train the network for panoramics on any radiographs; a run that was broken off goes on where it stopped."""

    settings = "typodont.tasks.pretrain.picture_config:PicturePretrainConfig"
    function = "typodont.tasks.pretrain.pictures:pretrain"


class PretrainPhoto(Train):
    """Pre-train the trunk of photo networks on photographs; a run that was broken off goes on where it stopped."""

    settings = "typodont.tasks.pretrain.picture_config:PhotoPretrainConfig"
    function = "typodont.tasks.pretrain.pictures:pretrain"


class PretrainFindings(Train):
    """Pre-train the trunk of detectors on any dental pictures; a run that was broken off goes on where it stopped."""

    settings = "typodont.tasks.pretrain.picture_config:FindingsPretrainConfig"
    function = "typodont.tasks.pretrain.pictures:pretrain"


class PretrainCrown(Train):
    """Pre-train the network for crowns on CT or surfaces; a run that was broken off goes on where it stopped."""

    settings = "typodont.tasks.pretrain.volume_config:VolumePretrainConfig"
    function = "typodont.tasks.pretrain.volumes:pretrain"
