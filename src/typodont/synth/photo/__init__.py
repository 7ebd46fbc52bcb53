"""Synthetic intra-oral photographs with exact masks."""

from typodont.synth.photo.photo import PhotoFinding, SyntheticPhoto, make_photo

__all__ = ["PhotoFinding", "SyntheticPhoto", "make_photo"]
