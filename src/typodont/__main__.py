"""``python -m typodont``: the same as the command ``typodont``."""

import sys

from typodont.cli import main

sys.exit(main())
