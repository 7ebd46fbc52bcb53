"""Infant upper jaws with and without clefts: anatomy by numbers, one template surface for all, scans of them."""
