"""typodont: dental AI with few or no labels."""

__version__ = "0.1.0"
