"""Designs compared: boxes whose areas, volumes and overlaps are known, and a study worked by hand."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
import trimesh

from typodont.cli import main
from typodont.errors import ConfigError, FormatError, MeshError
from typodont.formats import write_mesh
from typodont.geometry.mesh import Mesh
from typodont.tasks.crown.compare import compare_designs
from typodont.tasks.crown.designs import Design, factors_of, find_designs

pytest.importorskip("statsmodels")


def box(path: Path, height: float) -> Path:
    """A box on the ground, 2 mm wide and deep."""
    shape = trimesh.creation.box(extents=(2, 2, height))
    write_mesh(Mesh(np.array(shape.vertices) + (0, 0, height / 2), np.array(shape.faces)), path)
    return path


def study(folder: Path) -> Path:
    """Two teeth, two clinicians, two programs, twice each: a clinician adds 1 mm of height, a program 0.5.

    The second look adds 0.02 mm. Of 4 mm² boxes that is ± 2, ± 1 and ± 0.04 mm³ around the mean of 16 designs.
    """
    for tooth, clinician, program, look in itertools.product(("36", "46"), "AB", "xy", "12"):
        height = 4 + (clinician == "B") + 0.5 * (program == "y") + 0.02 * (look == "2")
        box(folder / f"{tooth}_{clinician}_{program}{look}.stl", height)
    return folder


def test_boxes_measured_by_hand(tmp_path: Path) -> None:
    designs = [Design(box(tmp_path / f"{height}.stl", height), "36") for height in (2, 4, 4.5)]
    found = compare_designs(designs)
    assert [one.volume_mm3 for one in found.designs] == pytest.approx([8, 16, 18])
    assert [one.area_mm2 for one in found.designs] == pytest.approx([24, 40, 44])
    assert [pair.overlap.dice for pair in found.pairs] == pytest.approx([16 / 24, 16 / 26, 32 / 34])
    assert found.designs[0].jaccard == pytest.approx((8 / 16 + 8 / 18) / 2)
    assert not found.effects


def test_a_design_with_a_reference_is_compared_with_that_alone(tmp_path: Path) -> None:
    truth = box(tmp_path / "truth.ply", 4)
    designs = [Design(box(tmp_path / f"{h}.stl", h), "36", reference=truth) for h in (2, 3)]
    found = compare_designs(designs)
    assert [(pair.first.name, pair.second.name) for pair in found.pairs] == [
        ("2.stl", "truth.ply"),
        ("3.stl", "truth.ply"),
    ]
    assert [one.dice for one in found.designs] == pytest.approx([2 * 8 / 24, 2 * 12 / 28])


def test_designs_of_different_cases_are_not_compared(tmp_path: Path) -> None:
    designs = [Design(box(tmp_path / f"{h}.stl", h), case) for h, case in ((2, "a"), (3, "b"), (4, "b"))]
    found = compare_designs(designs)
    assert [(pair.first.name, pair.second.name) for pair in found.pairs] == [("3.stl", "4.stl")]
    assert np.isnan(found.designs[0].dice)
    assert found.as_dict()["designs"][0]["dice"] is None


def test_the_study_from_its_names(tmp_path: Path) -> None:
    names = "{case}_{clinician}_{program}{look}"
    designs = find_designs(study(tmp_path), names=names)
    assert designs[0] == Design(tmp_path / "36_A_x1.stl", "36", {"clinician": "A", "program": "x", "look": "1"})
    found = compare_designs(designs, factors=("clinician", "program", "case"))
    assert len(found.pairs) == 2 * 8 * 7 / 2
    volume = {effect.name: effect for effect in found.effects["volume_mm3"]}
    for name, squares in (("clinician", 64), ("program", 16), ("case", 0), ("residual", 16 * 0.04**2)):
        assert volume[name].sum_of_squares == pytest.approx(squares, abs=1e-4)
    assert volume["clinician"].p < 1e-6
    assert volume["case"].p > 0.5
    means = found.means("volume_mm3")["clinician"]
    assert (means["A"], means["B"]) == (pytest.approx(17, abs=0.1), pytest.approx(21, abs=0.1))


def test_a_table_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study(tmp_path)
    rows = [
        f"{path.name},{path.stem[:2]},36_A_x1.stl,{path.stem[3]},{path.stem[5]}"
        for path in sorted(tmp_path.glob("*.stl"))
    ]
    (tmp_path / "table.csv").write_text("\n".join(["file,case,reference,clinician,program", *rows]))
    assert main(["crown", "compare", str(tmp_path / "table.csv"), "--out", str(tmp_path / "out.json")]) == 0
    told = capsys.readouterr().out
    assert "surface area, mm²" in told
    assert "clinician × program" in told
    values = json.loads((tmp_path / "out.json").read_text())
    assert set(values["analysis_of_variance"]) == {"area_mm2", "volume_mm3", "dice", "jaccard"}
    assert values["designs"][0]["dice"] == 1.0
    assert len(values["pairs"]) == 16


def test_what_cannot_be_compared(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="found 0 designs, expected two or more"):
        find_designs(tmp_path)
    one = box(tmp_path / "36_A.stl", 2)
    other = box(tmp_path / "odd.stl", 3)
    with pytest.raises(ConfigError, match=r"odd\.stl: the name is not made as \{case\}_\{who\}"):
        find_designs(tmp_path, names="{case}_{who}")
    with pytest.raises(ConfigError, match="expected parts in braces, each once"):
        find_designs(tmp_path, names="{case}_{case}")
    with pytest.raises(ConfigError, match="found software, expected some of who, case"):
        factors_of([Design(one, levels={"who": "A"})], ["software"])
    four = [Design(path, levels=dict.fromkeys("abcd", path.stem)) for path in (one, other)]
    with pytest.raises(ConfigError, match=r"found 4 factors \(a, b, c, d\), expected one to three; name them"):
        compare_designs(four)
    table = tmp_path / "table.csv"
    for text, message in (
        ("who\nA", "found who, expected a column 'file'"),
        ("file,who\n36_A.stl,", "line 2: found no who, expected a value for each column"),
        ("file,who\n36_A.stl,A,B", "line 2: found more values than columns"),
    ):
        table.write_text(text)
        with pytest.raises(FormatError, match=message):
            find_designs(table)
    table.write_text("file\n36_A.stl\nnone.stl")
    with pytest.raises(ConfigError, match=r"line 3: .*none\.stl does not exist"):
        find_designs(table)
    cube = trimesh.creation.box(extents=(2, 2, 2))
    write_mesh(Mesh(np.array(cube.vertices), np.array(cube.faces)[1:]), other)
    with pytest.raises(MeshError, match=r"odd\.stl: found 3 open edges, expected a closed surface"):
        compare_designs([Design(one), Design(other)])
