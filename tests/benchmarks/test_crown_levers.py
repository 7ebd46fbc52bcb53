"""The comparison of beginnings runs through on next to nothing."""

import json
import sys

import numpy as np
import pytest

from typodont.records.crown_case import write_crown_case


@pytest.mark.slow
def test_every_arm_is_measured_on_the_same_cases(benchmark_module, molar_case, tmp_path, monkeypatch, capsys):
    import nibabel

    levers = benchmark_module("crown_levers")
    for folder in ("cases", "others"):
        write_crown_case(molar_case("inlay"), tmp_path / folder / "one")
    (tmp_path / "ct").mkdir()
    values = np.random.default_rng(0).normal(-500, 300, (44, 44, 44)).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(values, np.diag([3.0, 3, 3, 1])), tmp_path / "ct" / "one.nii.gz")  # type: ignore[attr-defined]
    places = {"--data": "cases", "--test": "others", "--ct": "ct", "--work": "work", "--out": "found.json"}
    given = [part for name, place in places.items() for part in (name, str(tmp_path / place))]
    monkeypatch.setattr(sys, "argv", ["crown_levers", *given, "--steps", "2", "--first-steps", "2"])
    assert levers.main() == 0
    found = json.loads((tmp_path / "found.json").read_text())
    assert set(found["arms"]) == set(levers.ARMS)
    assert found["study"] == {"cases": 1, "tested": 1, "steps": 2, "first_steps": 2, "seeds": 1}
    begun = {arm["prior_rms_mm"]["value"] for arm in found["arms"].values()}
    assert len(begun) == 1
    for arm in found["arms"].values():
        assert arm["rms_mm"]["value"] == pytest.approx(begun.copy().pop(), abs=0.05)
    assert "fitted atlas tooth" in capsys.readouterr().out
