"""Synthetic intra-oral photographs with exact masks."""

from typodont.synth.photo.photo import SyntheticPhoto, make_photo
from typodont.synth.photo.visible import PhotoFinding

__all__ = ["PhotoFinding", "SyntheticPhoto", "make_photo"]
