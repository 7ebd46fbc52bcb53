"""What scores of findings mean: curves, operating points, and what is said of them before anything is known."""

from __future__ import annotations

import numpy as np
import pytest

from typodont import metrics
from typodont.errors import WeightsError
from typodont.tasks.findings.calibrate import (
    BETAS,
    CategoryCalibration,
    FindingCalibration,
    Measured,
    OperatingPoint,
    calibration_path,
    cross_fitted_scores,
    fit_category,
    needed_overlap,
    read_finding_calibration,
    stated,
    write_finding_calibration,
)


def marks_of(score: np.ndarray, hit: np.ndarray, picture: np.ndarray, n_true: np.ndarray) -> metrics.Marks:
    """Marks that are right at every overlap or at none."""
    order = np.argsort(-score, kind="stable")
    overlaps = (0.1, 0.5)
    hits = np.repeat(hit[None, order], len(overlaps), axis=0)
    return metrics.Marks(score[order], hits, picture[order], n_true, overlaps, np.arange(len(n_true)))


def made_up(n: int, *, seed: int = 0, pictures: int = 40) -> metrics.Marks:
    """Marks whose chance to be right is the square of their score; a quarter of what is there is missed."""
    rng = np.random.default_rng(seed)
    score = rng.uniform(0, 1, n)
    hit = rng.uniform(0, 1, n) < score**2
    picture = rng.integers(pictures, size=n)
    n_true = np.ceil(np.bincount(picture[hit], minlength=pictures) * 4 / 3).astype(int)
    return marks_of(score, hit, picture, n_true)


def test_probabilities_are_the_share_of_right_marks():
    fitted = fit_category(made_up(4000), "tooth", source="made up")
    assert fitted is not None
    known = FindingCalibration({"tooth": fitted})
    for raw in (0.3, 0.5, 0.7, 0.9):
        assert known.probability("tooth", raw) == pytest.approx(raw**2, abs=0.07)


def test_operating_points_go_from_many_marks_to_few():
    marks = made_up(4000)
    fitted = fit_category(marks, "tooth", source="made up")
    assert fitted is not None
    points = [fitted.points[name] for name in ("screening", "balanced", "specific")]
    assert points[0].raw_score < points[1].raw_score < points[2].raw_score
    assert [point.score for point in points] == sorted(point.score for point in points)
    # F1 is best where a mark is right with half of F1's own value (Lipton and colleagues 2014)
    counts = metrics.counts_at(marks, points[1].raw_score, 0.5)
    f1 = 2 * counts.found.sum() / (counts.true.sum() + counts.marked.sum())
    assert points[1].raw_score ** 2 == pytest.approx(f1 / 2, abs=0.05)


def test_too_few_right_marks_say_nothing():
    assert fit_category(made_up(30, seed=1), "tooth", source="made up") is None


def test_an_unknown_category_has_scores_that_stand_for_themselves():
    nothing = FindingCalibration()
    assert nothing.probability("mole", 0.4) == 0.4
    assert [nothing.point("mole", name).raw_score for name in BETAS] == [0.3, 0.5, 0.7]
    assert nothing.point("mole", "balanced").measured == ()


def test_borders_of_decay_are_a_matter_of_opinion_those_of_teeth_are_not():
    assert needed_overlap("caries") == 0.1
    assert needed_overlap("tooth") == needed_overlap("anything else") == 0.5


def test_marks_are_stated_by_picture():
    marks = marks_of(np.array([0.2, 0.8]), np.array([True, False]), np.array([2, 0]), np.array([0, 1, 1]))
    assert stated(marks, "tooth") == [[(0.8, False)], [], [(0.2, True)]]
    fitted = FindingCalibration({}).of("tooth").curve
    assert stated(marks, "tooth", fitted) == stated(marks, "tooth")


def test_a_score_is_chosen_on_other_patients():
    # The last patient's marks are all wrong and high: chosen on itself, its score would be higher than on the others.
    score = np.array([0.5, 0.4, 0.3, 0.2, 0.9, 0.95])
    hit = np.array([True, True, True, True, False, False])
    marks = marks_of(score, hit, np.array([0, 1, 2, 3, 4, 4]), np.array([1, 1, 1, 1, 0]))
    scores = cross_fitted_scores(marks, "tooth", "balanced", ["a", "b", "c", "d", "e"])
    assert scores[4] == pytest.approx(0.1)  # without e all four marks are right, so all count
    # two pictures of one patient are left out together: their scores are the same
    together = cross_fitted_scores(marks, "tooth", "balanced", ["a", "a", "c", "d", "e"])
    assert together[0] == together[1]


def test_without_other_patients_the_usual_score_is_taken():
    marks = marks_of(np.array([0.9]), np.array([True]), np.array([0]), np.array([1]))
    assert cross_fitted_scores(marks, "tooth", "specific", ["a"]).tolist() == [0.7]


def test_what_is_written_is_read_again(tmp_path):
    measured = (
        Measured("clinic", True, 4, 9, (0.5, 0.3, 0.7), None, (1.0, 0.5, 1.5)),
        Measured("made", False, 4, 9, None, None, None),
    )
    points = {name: OperatingPoint(0.1, 0.2, measured) for name in BETAS}
    fitted = fit_category(made_up(400), "tooth", source="made up")
    assert fitted is not None
    calibration = FindingCalibration({"tooth": fitted, "caries": CategoryCalibration(points=points)})
    path = tmp_path / "photo.calibration.json"
    write_finding_calibration(calibration, path)
    assert read_finding_calibration(path) == calibration
    assert read_finding_calibration(tmp_path / "none.json") == FindingCalibration()


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:40],
        lambda text: "[]",
        lambda text: text.replace('"balanced"', '"other"'),
        lambda text: text.replace('"probability": [\n    0.0', '"probability": [\n    0.9'),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, damage):
    fitted = fit_category(made_up(400), "tooth", source="made up")
    assert fitted is not None
    path = tmp_path / "photo.calibration.json"
    write_finding_calibration(FindingCalibration({"tooth": fitted}), path)
    path.write_text(damage(path.read_text()))
    with pytest.raises(WeightsError, match=r"photo\.calibration\.json: no readable calibration of findings"):
        read_finding_calibration(path)


def test_a_calibration_lies_beside_its_weights(tmp_path):
    assert calibration_path(tmp_path / "photo.safetensors").name == "photo.calibration.json"
