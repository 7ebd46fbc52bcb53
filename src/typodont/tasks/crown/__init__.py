"""Preparations: inlay or onlay, margin line, outer surface, the finished restoration and how it fits."""
