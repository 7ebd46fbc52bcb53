"""Synthetic preparations: teeth ground for crowns, inlays and onlays, scanned with neighbours and antagonist."""
