"""Every function of these files whose name ends in `_table` writes one table of the docs from a file of results."""
