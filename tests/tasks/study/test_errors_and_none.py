"""Studies of errors, of which less is better, and studies that begin without labels."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from typodont.errors import ConfigError
from typodont.tasks.study.config import StudyConfig, check_study
from typodont.tasks.study.curve import labels_for
from typodont.tasks.study.figures import Scores
from typodont.tasks.study.job import Case, StudyJob
from typodont.tasks.study.plan import make_plan
from typodont.tasks.study.subsets import labelled_share
from typodont.tasks.study.summary import sentences, summarise

LABELS = np.array([0.0, 10.0, 40.0])
PATIENTS = ("a", "b")


def errors_of(first: list[float], second: list[float]) -> Scores:
    """Two arms, one seed, two cases that are alike."""
    values = np.repeat(np.array([first, second])[:, :, None, None], 2, axis=3)
    return Scores(("scratch", "helped"), LABELS, (0.0, 0.25, 1.0), (0,), PATIENTS, values)


def test_from_none_on_the_curve_is_straight() -> None:
    scores = np.array([0.0, 0.4, 0.8])
    assert labels_for(0.1, LABELS, scores) == pytest.approx(2.5)
    assert labels_for(0.6, LABELS, scores) == pytest.approx(20)
    assert labels_for(0.0, LABELS, scores) == 0


def test_an_error_that_falls_gets_better() -> None:
    scores = errors_of([9.0, 5.0, 3.0], [7.0, 3.0, 2.0])
    found = summarise(scores, StudyConfig(draws=20), error=True)
    assert found["helped"]["needed"]["value"] == pytest.approx(10)
    assert found["helped"]["needed"]["score"] == pytest.approx(3.0)
    assert found["helped"]["worth"][1] == pytest.approx(40)
    assert found["helped"]["difference"][2]["value"] == pytest.approx(-1.0)
    plain = summarise(scores, StudyConfig(draws=20))
    assert plain["helped"]["needed"]["value"] != found["helped"]["needed"]["value"]


def test_the_words_know_that_less_is_better(job: StudyJob) -> None:
    values = np.array([[[[3.0] * 2]], [[[2.0] * 2]]])
    scores = Scores(("scratch", "helped"), LABELS[1:2], (1.0,), (0,), PATIENTS, values)
    config = StudyConfig(draws=20)
    figure = next(iter(job.figures))
    for errors, word in ((frozenset(), "worse"), (frozenset({figure}), "better")):
        of = replace(job, errors=errors)
        found = summarise(scores, config, error=figure in errors)
        assert sentences(of, config, scores, found, figure)[0].endswith(f"-1.000 (-1.000 to -1.000), {word}.")


def test_none_is_a_share() -> None:
    cases = [Case("x", "one"), Case("y", "two")]
    assert labelled_share(cases, 0.0, seed=0) == []
    check_study(StudyConfig(fractions=(0.0, 0.5)))
    with pytest.raises(ConfigError, match="found only 0, expected a share with labels"):
        check_study(StudyConfig(fractions=(0.0,)))
    with pytest.raises(ConfigError, match="rising shares from 0 to 1"):
        check_study(StudyConfig(fractions=(-0.1, 0.5)))


def test_none_needs_another_source(job: StudyJob, tmp_path: Path) -> None:
    config = StudyConfig("s", tmp_path, fractions=(0.0, 1.0), seeds=(0,))
    with pytest.raises(ConfigError, match="found 0 and no other source to learn from"):
        make_plan(job, config)
