"""First weights that torchvision publishes: fetched once where there is a network, else asked for by name."""

from __future__ import annotations

from pathlib import Path

from typodont.errors import WeightsError


def torchvision_weights(name: str) -> Path:
    """The file of weights that torchvision publishes, in torch's cache; fetched where it is not there yet.

    Args:
        name: As torchvision has it: ``MaskRCNN_ResNet50_FPN_V2_Weights.COCO_V1``.

    Raises:
        WeightsError: torchvision has no such weights, or they cannot be fetched; the message says where to put them.
    """
    import torch
    from torchvision.models import get_weight

    try:
        url: str = get_weight(name).url  # type: ignore[attr-defined]
    except (ValueError, KeyError, AttributeError):
        raise WeightsError(
            f"torchvision:{name}: torchvision has no such weights; expected a name such as "
            "MaskRCNN_ResNet50_FPN_V2_Weights.COCO_V1"
        ) from None
    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        begin_of_hash = path.stem.rpartition("-")[2]
        try:
            torch.hub.download_url_to_file(url, str(path), begin_of_hash, progress=False)
        except (OSError, RuntimeError) as error:
            raise WeightsError(
                f"{url}: cannot be fetched ({error}); fetch it on another machine and put it at {path}, or name the "
                "file itself instead of torchvision's weights"
            ) from None
    return path
