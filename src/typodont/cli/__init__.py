"""The command line. Looking at the help imports nothing heavy; each command imports what it needs when it runs."""

from typodont.cli.main import main

__all__ = ["main"]
