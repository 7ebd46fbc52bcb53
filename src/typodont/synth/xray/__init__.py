"""Synthetic panoramic radiographs."""

from typodont.synth.xray.panoramic import SyntheticPanoramic, make_panoramic

__all__ = ["SyntheticPanoramic", "make_panoramic"]
