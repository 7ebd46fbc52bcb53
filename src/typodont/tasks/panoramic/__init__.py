"""Panoramic radiographs: every tooth segmented and numbered."""
