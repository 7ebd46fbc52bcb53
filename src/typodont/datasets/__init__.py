"""From files and synthetic patients to what networks learn from."""
