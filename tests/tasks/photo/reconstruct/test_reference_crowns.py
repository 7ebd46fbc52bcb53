"""Fitted crowns beside true ones: what a perfect fit, another size, and teeth left out amount to."""

from pathlib import Path

import numpy as np
import pytest

from typodont.anatomy.teeth import JAWS, jaw
from typodont.errors import ConfigError, FormatError, MeshError
from typodont.formats import write_mesh
from typodont.geometry.mesh import Mesh
from typodont.tasks.photo import predict
from typodont.tasks.photo.options import ViewName
from typodont.tasks.photo.reference_crowns import MEAN_MOUTH, compare_crowns, crown_of, measure_person, read_crowns
from typodont.training.deformable_file import shipped_shape_model

MODEL = shipped_shape_model("dentition")
UPPER = (11, 13, 16, 21, 23, 26)
LOWER = (31, 33, 36, 41, 43, 46)
MOVED = np.array([[0, -1, 0, 5], [1, 0, 0, -3], [0, 0, 1, 2], [0, 0, 0, 1]], dtype=float)


def crowns(theta: np.ndarray, teeth: tuple[int, ...], *, size: float = 1.0) -> dict[int, Mesh]:
    """Crowns of the model, larger by `size`, elsewhere in space."""
    surface = MODEL.surface(theta).transformed(MOVED @ np.diag([size, size, size, 1]))
    return {fdi: crown_of(surface, fdi) for fdi in teeth}


def test_the_same_mouth_elsewhere_has_no_error() -> None:
    theta = 0.5 * np.random.default_rng(3).normal(size=MODEL.n_parameters)
    upper, lower = compare_crowns(theta, MODEL, crowns(theta, UPPER + LOWER), views=("front",), name="one")
    assert [one.jaw for one in (upper, lower)] == list(JAWS)
    assert upper.teeth == UPPER
    assert upper.figures["rigid_assd"] < 0.02
    assert upper.figures["rigid_dice"] > 0.97
    assert lower.figures["size"] == pytest.approx(1, abs=0.003)


def test_another_size_is_an_error_until_it_is_taken_out() -> None:
    theta = np.zeros(MODEL.n_parameters)
    (one,) = compare_crowns(theta, MODEL, crowns(theta, UPPER, size=1.06), views=("upper",), name="one")
    assert one.figures["size"] == pytest.approx(1.06, abs=0.005)
    assert one.figures["similarity_assd"] < 0.03 < 0.2 < one.figures["rigid_assd"]
    assert one.figures["similarity_rmsd"] ** 2 * 2 == pytest.approx(one.figures["similarity_cd_l2"], rel=0.2)


def test_a_tooth_that_is_left_out_counts_against_the_fit() -> None:
    theta = np.zeros(MODEL.n_parameters)
    true = crowns(theta, UPPER)
    (one,) = compare_crowns(theta, MODEL, true, absent=(16,), views=("upper",), name="one")
    assert one.left_out == (16,)
    assert one.figures["rigid_dice"] < 0.9
    with pytest.raises(MeshError, match="found 2 fitted crowns"):
        compare_crowns(theta, MODEL, true, absent=UPPER[2:], views=("upper",), name="one")


@pytest.mark.slow
def test_a_person_is_measured_alone_and_together_beside_the_mean(known_mouth, tmp_path: Path) -> None:
    views: tuple[ViewName, ...] = ("upper", "lower")
    mouth = known_mouth(views=("upper", "lower", "upper", "lower"))
    files: dict[ViewName, Path] = {view: mouth.picture(tmp_path, view) for view in views}
    models = predict.load_models("dentition")
    true = crowns(mouth.theta, (11, 16, 26, 31, 36, 46))
    found = measure_person(files, true, models)
    assert [(one.photographs, one.jaw) for one in found] == [
        ("upper alone", "upper"),
        ("lower alone", "lower"),
        ("2 together", "upper"),
        ("2 together", "lower"),
        (MEAN_MOUTH, "upper"),
        (MEAN_MOUTH, "lower"),
    ]
    errors = [one.figures["similarity_assd"] for one in found]
    assert max(errors[:4]) < min(errors[4:])
    assert "similarity_assd" in found[0].line()


def test_a_photograph_that_cannot_be_used_says_why(known_mouth, tmp_path: Path) -> None:
    mouth = known_mouth(views=("upper",))
    mouth.changes = {"visible": np.zeros(len(MODEL.names))}
    files: dict[ViewName, Path] = {"upper": mouth.picture(tmp_path, "upper")}
    first, *mean = measure_person(files, crowns(mouth.theta, UPPER), predict.load_models("dentition"))
    assert first.failure is not None
    assert first.failure.startswith("upper.png: found 0 landmarks")
    assert first.as_dict()["figures"] == {}
    assert "found 0 landmarks" in first.line()
    assert [one.photographs for one in mean] == [MEAN_MOUTH]


def test_crowns_are_read_by_number(tmp_path: Path) -> None:
    for fdi, crown in crowns(np.zeros(MODEL.n_parameters), (11, 46)).items():
        write_mesh(crown, tmp_path / f"{fdi}.ply")
    (tmp_path / "notes.txt").write_text("no crown")
    assert [(fdi, jaw(fdi)) for fdi in read_crowns(tmp_path)] == [(11, "upper"), (46, "lower")]
    with pytest.raises(FormatError, match="expected files named by FDI numbers"):
        read_crowns(tmp_path.parent)
    with pytest.raises(ConfigError, match="found no photographs"):
        measure_person({}, {}, None)  # type: ignore[arg-type]
