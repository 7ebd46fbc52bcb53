"""Dentitions and palates in space from photographs: landmarks with their spread, a shape model fitted to them."""
