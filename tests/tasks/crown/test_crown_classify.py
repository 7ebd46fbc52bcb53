"""Inlay, onlay or crown: both networks learn it, their weights say what they are for, doubt is left open."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import trimesh
from torch import nn

from typodont.cli import main
from typodont.datasets.preparation_frame import preparation_frame
from typodont.datasets.volume_grid import VolumeGridConfig
from typodont.errors import ConfigError, FormatError, WeightsError
from typodont.formats import write_mesh
from typodont.formats.nifti import write_nifti
from typodont.geometry.mesh import Mesh
from typodont.nets.ct_cnn import CtCNN
from typodont.records.crown_case import CrownCase, write_crown_case
from typodont.tasks.crown.classify import ClassifyOptions, measured_figures
from typodont.tasks.crown.classify_config import PUBLISHED_SCHEDULE, ClassifyTrainConfig, CtTrainConfig
from typodont.tasks.crown.classify_data import ct_data, kind_data
from typodont.tasks.crown.config import CrownSource
from typodont.tasks.crown.kind import KindAnswer, kind_at, kind_of_tooth, load_kind_model
from typodont.tasks.crown.kind_report import KindCase, KindReport, evaluate_kinds
from typodont.tasks.crown.train import train
from typodont.training.run import NetConfig
from typodont.training.schedule import ScheduleConfig, rate_factor
from typodont.training.transfer import Freezing

Make = Callable[..., CrownCase]
KINDS = ("onlay", "inlay", "crown")
MM = VolumeGridConfig(scale="mm", shape=(24, 24, 20), voxel_mm=0.6)
TEETH = (35, 36, 45, 46, 15, 16, 25, 26)


@pytest.fixture(scope="module")
def cases(hill_case: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight preparations of each kind."""
    folder = tmp_path_factory.mktemp("cases")
    for kind in KINDS:
        for at, tooth in enumerate(TEETH):
            case = hill_case(kind, tooth, 5 + 0.25 * at)
            write_crown_case(replace(case, name=f"{kind}_{at}"), folder / f"{kind}_{at}")
    return folder


@pytest.fixture
def config(cases: Path, tmp_path: Path) -> ClassifyTrainConfig:
    config = ClassifyTrainConfig(
        runs=tmp_path,
        sources=(CrownSource(cases),),
        hold_out=0.25,
        cache=cases / ".cache",
        net=NetConfig("kind_cnn", {"widths": [8, 8, 16]}),
        grid=MM,
        schedule=ScheduleConfig(max_steps=60, peak=5e-3, warmup_steps=5),
    )
    return replace(
        config,
        optimizer=replace(config.optimizer, bf16=False, ema_decay=0.9),
        loop=replace(config.loop, validate_every=60, log_every=20),
    )


def test_the_settings_are_the_published_ones() -> None:
    """100 passes of batches of two at most, ended by 15 without a better accuracy; 1e-4, times 0.96 every 100 k."""
    config = CtTrainConfig()
    assert (config.grid.shape, config.grid.scale, config.grid.window) == ((128, 128, 50), "stretched", (-1000.0, 400.0))
    assert (config.schedule.max_epochs, config.schedule.stop_after, config.loop.batch) == (100, 15, 2)
    assert (config.schedule.watch, config.schedule.better) == ("accuracy", "higher")
    assert (config.optimizer.kind, config.schedule.peak, config.net) == ("adam", 1e-4, NetConfig("ct_cnn"))
    assert sorted(config.augment.angles_deg) == [-20, -10, -5, 5, 10, 20]
    assert config.augment.p_turn == 1
    assert [rate_factor(PUBLISHED_SCHEDULE, step, 0.0) for step in (0, 99_999, 100_000)] == [1, 1, 0.96]
    net = CtCNN()
    assert sum(t.numel() for t in net.state_dict().values() if t.is_floating_point()) == 1_352_897
    Freezing(net, ("stages", "head.2")).set(0)
    assert sum(p.numel() for p in net.parameters() if p.requires_grad) == 132_097
    assert not net.head[2].training  # the published transfer leaves dropout out


def test_the_weights_say_what_they_are_for(config: ClassifyTrainConfig, cases: Path) -> None:
    run = train(replace(config, schedule=replace(config.schedule, max_steps=2)))
    model = load_kind_model(run)
    assert (model.kinds, model.grid) == (KINDS, MM)
    report = evaluate_kinds(model, cases, cache=cases / ".cache")
    assert len(report.cases) == 24
    figures = report.figures()
    assert figures["accuracy, all kinds"].n == 24
    assert figures["accuracy"].n == 16
    assert sum(sum(said.values()) for said in report.taken_for().values()) == 24
    assert json.dumps(report.as_dict())
    card = json.loads((run / "checkpoint.card.json").read_text())
    assert (card["job"], card["shippable"], card["config"]["stage"]) == ("crown", True, "classify")


@pytest.mark.slow
def test_it_learns_three_kinds(config: ClassifyTrainConfig, cases: Path, hill_case: Make) -> None:
    longer = replace(config, schedule=replace(config.schedule, max_steps=200))
    model = load_kind_model(train(longer))
    assert evaluate_kinds(model, cases, cache=cases / ".cache").figures()["accuracy, all kinds"].value > 0.95
    case = hill_case("inlay", 36, 6.1)
    said = kind_at(
        case.scan, preparation_frame(36, np.zeros(3), axis=np.array([0, 0, 1.0]), mesial=np.array([1.0, 0, 0])), model
    )
    assert said.likeliest == "inlay"
    assert sum(said.probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_the_published_way_from_ct_to_teeth(config: ClassifyTrainConfig, tmp_path: Path) -> None:
    """CT first, then single teeth in folders by kind with the first layers frozen, which stay what they were."""
    rng = np.random.default_rng(0)
    for kind, level in (("CT-0", -800), ("CT-23", -300)):
        (tmp_path / "ct" / kind).mkdir(parents=True)
        for name in "abc":
            write_nifti(
                level + 60 * rng.normal(size=(20, 20, 8)), (6.0, 6.0, 12.0), tmp_path / "ct" / kind / f"{name}.nii.gz"
            )
    small = VolumeGridConfig(shape=(46, 46, 46))
    net = NetConfig("ct_cnn", {"widths": [4, 4, 6, 8], "hidden": 8})
    ct = CtTrainConfig(
        runs=tmp_path, sources=(CrownSource(tmp_path / "ct"),), cache=tmp_path / "c", net=net, grid=small
    )
    ct = replace(ct, schedule=replace(ct.schedule, max_epochs=1, peak=1e-3), loop=replace(ct.loop, workers=0))
    assert len(ct_data(ct, CtCNN(**net.arguments)).held_out) == 2
    begun = train(ct)
    for kind in ("onlay", "inlay"):
        (tmp_path / "teeth" / kind).mkdir(parents=True)
        for at in range(3):
            shape = (
                trimesh.creation.box(extents=(8, 8, 6 + at))
                if kind == "onlay"
                else trimesh.creation.icosphere(radius=4)
            )
            mesh = Mesh(np.array(shape.vertices), np.array(shape.faces))
            write_mesh(mesh, tmp_path / "teeth" / kind / f"{kind}{at}.stl")
    published = replace(
        config,
        name="published",
        kinds=("onlay", "inlay"),
        sources=(CrownSource(tmp_path / "teeth"),),
        hold_out=1 / 3,
        cache=tmp_path / "c",
        grid=small,
        net=net,
        init=str(begun),
        freeze=("stages", "head.2"),
        schedule=replace(PUBLISHED_SCHEDULE, max_epochs=1),
        loop=ct.loop,
    )
    model = load_kind_model(train(published))
    before = load_kind_free(begun)
    for name, value in model.net.state_dict().items():
        assert torch.equal(value, before[name]) == name.startswith("stages"), name
    sphere = trimesh.creation.icosphere(radius=4)
    said = kind_of_tooth(Mesh(np.array(sphere.vertices), np.array(sphere.faces)), model)
    assert set(said.probabilities) == {"onlay", "inlay"}
    with pytest.raises(WeightsError, match=r"sees single prepared teeth only, .* \(--single\)"):
        frame = preparation_frame(36, np.zeros(3), axis=np.array([0, 0, 1.0]), mesial=np.array([1.0, 0, 0]))
        kind_at(Mesh(np.array(sphere.vertices), np.array(sphere.faces)), frame, model)
    with pytest.raises(WeightsError, match="found weights of the stage 'ct', expected some that tell kinds apart"):
        load_kind_model(begun)


def load_kind_free(run: Path) -> dict[str, torch.Tensor]:
    from typodont.training.weights import read_tensors

    return read_tensors(run / "checkpoint.safetensors")


def test_the_last_of_each_kind_are_held_out_and_names_limit_the_cases(
    config: ClassifyTrainConfig, cases: Path, tmp_path: Path
) -> None:
    net = nn.Module()
    net.reads, net.head = "volume", nn.Sequential(nn.Linear(1, 3))  # type: ignore[assignment]
    data = kind_data(config, net)
    assert sorted(path.name for path in data.names()) == [f"{kind}_{at}" for kind in sorted(KINDS) for at in range(6)]
    assert [sample.kind for sample in data.held_out] == [0, 0, 1, 1, 2, 2]
    (tmp_path / "names.txt").write_text("inlay_0\nonlay_7\ncrown_3\n")
    few = replace(config, sources=(CrownSource(cases, names=tmp_path / "names.txt"),), validation=CrownSource(cases))
    data = kind_data(few, net)
    assert sorted(path.name for path in data.names()) == ["crown_3", "inlay_0", "onlay_7"]
    assert len(data.held_out) == 24


def test_what_cannot_be_trained(config: ClassifyTrainConfig, cases: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="found ct_cnn for 2 kinds, expected one for 3; ct_cnn tells two apart"):
        train(replace(config, name="a", net=NetConfig("ct_cnn")))
    with pytest.raises(ConfigError, match="net: found view_net, expected a network for volumes"):
        train(replace(config, name="b", net=NetConfig("view_net")))
    with pytest.raises(FormatError, match="found no crown case"):
        train(replace(config, name="c", sources=(CrownSource(tmp_path),)))
    one = replace(config, name="d", kinds=("onlay", "bridge", "veneer"))
    with pytest.raises(ConfigError, match="found 6 volumes of 1 kinds, expected two or more"):
        train(one)
    with pytest.raises(ConfigError, match=r"found no folder CT-0, expected one for each of CT-0 and CT-23 .* synth ct"):
        train(CtTrainConfig(runs=tmp_path, sources=(CrownSource(cases),)))


def test_what_is_doubtful_is_left_open() -> None:
    sure, unsure = KindAnswer({"onlay": 0.15, "inlay": 0.85}), KindAnswer({"onlay": 0.4, "inlay": 0.6})
    assert (sure.kind, unsure.kind, unsure.likeliest) == ("inlay", None, "inlay")
    assert KindAnswer(unsure.probabilities, least=0.5).kind == "inlay"
    report = KindReport([KindCase("a", "inlay", sure), KindCase("b", "onlay", sure), KindCase("c", "onlay", unsure)])
    figures = report.figures()
    assert (figures["accuracy"].value, figures["accuracy"].n) == (pytest.approx(1 / 3), 3)
    assert (figures["sensitivity"].value, figures["precision"].value) == (1, pytest.approx(1 / 3))
    assert (figures["decided"].value, figures["accuracy where decided"].value) == (pytest.approx(2 / 3), 0.5)
    card = report.on_card("unseen")
    assert card["unseen (3 cases): accuracy"][0] == pytest.approx(1 / 3, abs=1e-6)
    assert "unseen (2 cases): accuracy where decided" in measured_figures(card)
    assert report.taken_for() == {"inlay": {"onlay": 0, "inlay": 1}, "onlay": {"onlay": 0, "inlay": 2}}


def test_single_teeth_from_the_command_line(
    config: ClassifyTrainConfig, hill_case: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = train(replace(config, schedule=replace(config.schedule, max_steps=1)))
    (tmp_path / "teeth").mkdir()
    for kind in ("inlay", "onlay"):
        case = hill_case(kind)
        own = np.all(case.scan.vertex_attributes["label"][case.scan.faces] == 36, axis=1)
        write_mesh(case.scan.submesh(own), tmp_path / "teeth" / f"{kind}.stl")
    words = [
        "crown",
        "classify",
        str(tmp_path / "teeth"),
        "--single",
        "--weights",
        str(run),
        "--out",
        str(tmp_path / "o"),
    ]
    assert main([*words, "--least", "0.999"]) == 0
    told = capsys.readouterr()
    assert told.out == f"2 done; results in {tmp_path / 'o'}\n"
    said = json.loads((tmp_path / "o" / "inlay.json").read_text())
    assert said["kind"] is None
    assert said["tooth"] is None
    assert said["most_probable"] in KINDS
    assert sum(said["probabilities"].values()) == pytest.approx(1, abs=1e-3)
    assert "undecided" in said["warnings"][-1]
    record = json.loads((tmp_path / "o" / "inlay_run.json").read_text())
    assert record["command"] == "crown classify"
    assert [weights["name"] for weights in record["weights"]] == ["kind"]
    assert main(words) == 0
    assert "2 skipped" in capsys.readouterr().out


def test_options_that_do_not_exist() -> None:
    with pytest.raises(ConfigError, match="tooth is 19, expected an FDI number"):
        ClassifyOptions(tooth=19)
    with pytest.raises(ConfigError, match="least is 80, expected a probability, 0 to 1"):
        ClassifyOptions(least=80)


def test_the_figures_that_go_with_an_answer_are_those_with_an_interval() -> None:
    card = {"steps": 100, "unseen (66 cases): accuracy": [0.9, 0.8, 0.95], "minutes": 2.5}
    assert measured_figures(card) == {"unseen (66 cases): accuracy": [0.9, 0.8, 0.95]}
