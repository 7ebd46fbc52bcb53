"""Options that refuse nonsense."""

from __future__ import annotations

import pytest

from typodont.errors import ConfigError
from typodont.tasks.scan.options import PredictOptions


@pytest.mark.parametrize("wrong", [{"jaw": "middle"}, {"mirrored": "maybe"}, {"milk": "goat"}, {"looks": 0}])
def test_options_that_do_not_exist_are_refused(wrong):
    with pytest.raises(ConfigError, match="expected"):
        PredictOptions(**wrong)
