"""Learning shape models: run folder and card, named modes, scans instead of synthesis, errors."""

import json

import numpy as np
import pytest

from typodont.errors import ConfigError, MeshError
from typodont.formats import write_mesh
from typodont.geometry.mesh import Mesh
from typodont.synth.cleft.maxilla import make_maxilla
from typodont.synth.cleft.write import write_palates
from typodont.tasks.photo.config import STAGES, ShapeModelConfig, stage
from typodont.tasks.photo.train import train
from typodont.training.deformable_file import read_shape_model


def test_a_palate_model_has_modes_with_names(tmp_path):
    config = ShapeModelConfig(name="palate", runs=tmp_path, subject="palate", count=24, parameters=6, seed=3)
    folder = train(config)
    model, card = read_shape_model(folder)
    assert model.n_parameters == 6
    assert card.shippable
    assert [mode["mode"] for mode in card.figures["modes"]] == [1, 2, 3, 4, 5, 6]
    assert "alveolar cleft left against right" in {mode["name"] for mode in card.figures["modes"]}
    shares = [mode["share"] for mode in card.figures["modes"]]
    assert shares == sorted(shares, reverse=True)
    assert json.loads((folder / "report.json").read_text())["palates"] == 24


@pytest.mark.slow
def test_a_model_is_learnt_from_scans_of_any_pose(tmp_path):
    write_palates(3, 8, tmp_path / "scans")
    config = ShapeModelConfig(
        name="own", runs=tmp_path, subject="palate", data=tmp_path / "scans", licence="proprietary", shippable=False
    )
    model, card = read_shape_model(train(config))
    assert not card.shippable
    assert card.figures["registration_rms_mm"] < 0.1
    jaw = make_maxilla(8, 0).mesh.vertices
    size = np.ptp(model.surface(np.zeros(model.n_parameters)).vertices, axis=0)
    assert np.abs(size - np.ptp(jaw, axis=0)).max() < 8


def test_scans_of_dentitions_too_few_scans_and_other_units_are_told(tmp_path):
    with pytest.raises(ConfigError, match="only palates are learnt from scans"):
        train(ShapeModelConfig(runs=tmp_path, data=tmp_path))
    config = ShapeModelConfig(runs=tmp_path, subject="palate", data=tmp_path / "scans")
    (tmp_path / "scans").mkdir()
    with pytest.raises(ConfigError, match="found 0 scans, expected at least 3"):
        train(config)
    jaw = make_maxilla(0, 0).mesh
    for index in range(3):
        write_mesh(Mesh(jaw.vertices / 1000, jaw.faces), tmp_path / "scans" / f"metres_{index}.ply")
    with pytest.raises(MeshError, match=r"metres_0\.ply.*check its unit"):
        train(config)


def test_an_unknown_stage_is_told():
    assert set(STAGES) == {"shape-model", "landmarks"}
    with pytest.raises(ConfigError, match="landmarks"):
        stage("landmark")
