"""First weights from torchvision and from files of other programs."""

from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from torch import nn

from typodont.errors import WeightsError
from typodont.training.torchvision_weights import torchvision_weights
from typodont.training.transfer import begin_with

COCO = "MaskRCNN_ResNet50_FPN_V2_Weights.COCO_V1"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of torch's, and no network."""

    def fail(url: str, *_: object, **__: object) -> None:
        raise URLError("Name or service not known")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    monkeypatch.setattr(torch.hub, "download_url_to_file", fail)
    return tmp_path / "checkpoints"


def test_without_a_network_it_says_where_to_put_the_file(cache: Path) -> None:
    with pytest.raises(WeightsError, match=r"maskrcnn_resnet50_fpn_v2_coco-.*cannot be fetched.*put it at"):
        torchvision_weights(COCO)


def test_a_file_in_the_cache_is_taken(cache: Path) -> None:
    with pytest.raises(WeightsError) as error:
        torchvision_weights(COCO)
    path = Path(str(error.value).partition("put it at ")[2].partition(",")[0])
    torch.save(nn.Linear(2, 3).state_dict(), path)
    assert torchvision_weights(COCO) == path
    net = nn.Linear(2, 3)
    report = begin_with(net, f"pretrained:torchvision:{COCO}")
    assert report.source == str(path)
    assert torch.equal(net.weight, torch.load(path)["weight"])


def test_a_name_that_torchvision_does_not_know() -> None:
    with pytest.raises(WeightsError, match="no such weights"):
        torchvision_weights("MaskRCNN_Weights.COCO")


@pytest.mark.parametrize("wrap", [lambda state: state, lambda state: {"epoch": 3, "model_state_dict": state}])
def test_files_of_torch(tmp_path: Path, wrap) -> None:  # type: ignore[no-untyped-def]
    theirs = nn.Linear(2, 3)
    torch.save(wrap(theirs.state_dict()), tmp_path / "theirs.pth")
    net = nn.Sequential(nn.Linear(2, 3))
    with pytest.raises(WeightsError, match="nothing in it fits"):
        begin_with(net, f"pretrained:{tmp_path / 'theirs.pth'}")
    begin_with(net[0], str(tmp_path / "theirs.pth"))
    assert torch.equal(net[0].weight, theirs.weight)


def test_files_that_hold_no_weights(tmp_path: Path) -> None:
    (tmp_path / "text.pth").write_text("no weights")
    torch.save({"epoch": 3}, tmp_path / "empty.pth")
    torch.save(Path("code"), tmp_path / "code.pth")
    for name in ("text", "empty", "code", "missing"):
        with pytest.raises(WeightsError, match=rf"{name}.pth: "):
            begin_with(nn.Linear(2, 3), str(tmp_path / f"{name}.pth"))
