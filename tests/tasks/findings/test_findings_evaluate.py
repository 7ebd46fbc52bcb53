"""The table of the findings job on marks that are made up, whose figures can be worked out by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from typodont.atomic import write_json
from typodont.errors import ConfigError
from typodont.records.findings import PictureFindings
from typodont.tasks.findings import predict, view
from typodont.tasks.findings.calibrate import FindingCalibration
from typodont.tasks.findings.compare import compare
from typodont.tasks.findings.evaluate import EvaluateConfig, evaluate, modality_of, renamed
from typodont.tasks.findings.result import FindingsResult

QUICK = EvaluateConfig(n_draws=50)


def test_every_figure_of_a_small_case(labelled, tmp_path, square):
    truth = labelled(
        "truth",
        {"a": [square("caries", 5, 5), square("tooth", 30, 5, side=20)], "b": [square("caries", 5, 5)], "c": []},
        ["caries", "tooth"],
    )
    marked = labelled(
        "marked",
        {
            # moved by three: IoU 70/130 by box and mask, right at one half, wrong at three quarters
            "a": [square("caries", 8, 5, score=0.9), square("tooth", 30, 5, side=20, score=0.8)],
            # moved by six: IoU 40/160, the right place but not the border; and a false alarm
            "b": [square("caries", 11, 5, score=0.6), square("caries", 50, 30, score=0.7)],
        },
        ["caries", "tooth"],
    )
    report = evaluate(truth, marked, out=tmp_path / "out", config=QUICK)
    assert report.kinds == ("box", "mask")
    for kind in ("box", "mask"):
        caries, tooth = (report.figures[kind][name] for name in ("caries", "tooth"))
        # AP50: precision 1 up to a sensitivity of one half, nothing after it
        assert caries["ap50"].value == pytest.approx(51 / 101)
        assert caries["ap75"].value == 0.0
        assert caries["ap"].value == pytest.approx(51 / 101 / 10)  # 70/130 = 0.538 reaches the first threshold alone
        assert tooth["ap"].value == 1.0
        assert report.figures[kind]["mean"]["ap50"].value == pytest.approx((51 / 101 + 1) / 2)
        # one false alarm in three pictures: under one a picture; the right place counts, by IoU 0.5 it does not
        assert caries["sensitivity_at_1"].value == 1.0
        assert caries["sensitivity_at_1_iou50"].value == 0.5
    found = report.at_score("caries", 0.5)
    assert found["sensitivity"].value == 1.0
    assert found["precision"].value == pytest.approx(2 / 3)
    assert found["false_alarms"].value == pytest.approx(1 / 3)
    # the pooled curve: hit .9, hit .8, wrong .7, wrong .6 of three
    pooled = report.published["as published"]
    assert pooled["pooled_ap50"].value == pytest.approx(1 / 3)
    assert pooled["precision"].value == 0.5
    assert report.numbers() is None
    written = json.loads((tmp_path / "out" / "report.json").read_text())
    assert written["categories"]["caries"]["findings"] == 2
    assert written["categories"]["caries"]["mask"]["ap50"]["value"] == pytest.approx(51 / 101, abs=1e-6)
    assert "caries" in report.table()


def test_intervals_hold_the_figure_and_patients_stay_together(labelled, square):
    names = "abcdefgh"
    truth = labelled("truth", {n: [square("caries", 5, 5)] for n in names}, ["caries"])
    found = {n: [square("caries", 5, 5, score=0.9)] if n < "e" else [] for n in names}
    report = evaluate(truth, labelled("marked", found, ["caries"]), config=QUICK)
    figure = report.at_score("caries", 0.5)["sensitivity"]
    assert figure.low < figure.value == 0.5 < figure.high
    one = labelled("one", {n: [square("caries", 5, 5)] for n in names}, ["caries"], dict.fromkeys(names, "p"))
    figure = evaluate(one, labelled("again", found, ["caries"]), config=QUICK).at_score("caries", 0.5)["sensitivity"]
    assert figure.low == figure.value == figure.high
    assert figure.n_patients == 1


def test_only_what_is_labelled_is_judged(labelled, square):
    truth = labelled("truth", {"a": [square("caries", 5, 5)]}, ["caries"])
    marked = labelled(
        "marked", {"a": [square("caries", 5, 5, score=0.9), square("filling", 40, 5, score=0.9)]}, ["caries", "filling"]
    )
    report = evaluate(truth, marked, config=QUICK)
    assert report.categories == ["caries"]
    assert report.figures["mask"]["caries"]["ap"].value == 1.0


def test_boxes_are_compared_where_truth_has_nothing_else(labelled, square):
    truth = labelled("truth", {"a": [square("implant", 5, 5, mask=False)]}, ["implant"])
    marked = labelled("marked", {"a": [square("implant", 5, 5, score=0.9)]}, ["implant"])
    report = evaluate(truth, marked, config=QUICK)
    assert report.kinds == ("box",)
    assert report.figures["box"]["implant"]["ap"].value == 1.0


def test_a_picture_without_a_prediction_found_nothing(labelled, square):
    truth = labelled("truth", {n: [square("caries", 5, 5)] for n in "ab"}, ["caries"])
    marked = labelled("marked", {"a": [square("caries", 5, 5, score=0.9)]}, ["caries"])
    assert evaluate(truth, marked, config=QUICK).at_score("caries", 0.5)["sensitivity"].value == 0.5


def test_results_of_detect_are_predictions(labelled, square, tmp_path):
    truth = labelled("truth", {n: [square("tooth", 5, 5, fdi=16)] for n in "ab"}, ["tooth"])
    for name in "ab":
        shown = PictureFindings(
            name,
            truth.parent / "images" / f"{name}.png",
            (60, 80),
            (square("tooth", 5, 5, score=0.9, fdi=16 if name == "a" else 17),),
            frozenset({"tooth"}),
        )
        result = FindingsResult(shown, (0.8,), "xray", "balanced", {}, {})
        write_json(result.as_dict(tmp_path / "results"), tmp_path / "results" / f"{name}.json")
        write_json({"files": [name]}, tmp_path / "results" / f"{name}_run.json")
    report = evaluate(truth, tmp_path / "results", config=QUICK)
    assert report.figures["mask"]["tooth"]["ap"].value == 1.0
    numbers = report.numbers()
    assert numbers is not None
    assert numbers["right_number"].value == 0.5


def test_what_a_network_predicts_is_kept_and_measured_again(labelled, square, small_weights, tmp_path):
    truth = labelled("truth", {n: [square("tooth", 5, 5)] for n in "ab"}, ["tooth"])
    config = EvaluateConfig(weights=small_weights(tmp_path / "w.safetensors"), n_draws=5)
    report = evaluate(truth, out=tmp_path / "out", config=config)
    assert report.kinds == ("box", "mask")
    assert report.calibration == FindingCalibration()  # nothing is known of these weights
    marks = report.marks["mask"]["tooth"]
    assert len(marks.score) > 0
    again = evaluate(truth, tmp_path / "out" / "predictions.json", config=QUICK)
    assert again.marks["mask"]["tooth"].score.tolist() == marks.score.tolist()
    assert again.marks["mask"]["tooth"].hit.tolist() == marks.hit.tolist()


def test_with_numbering_teeth_are_numbered_as_by_detect(labelled, square, tmp_path, monkeypatch):
    truth = labelled("truth", {"a": [square("tooth", 5, 5, fdi=16)]}, ["tooth"])
    asked = []

    def predict_findings(shown, models, options):
        asked.append((shown, options.modality, options.score))
        found = picture(tmp_path, [square("tooth", 5, 5, score=0.9, fdi=16)], ["tooth"])
        return FindingsResult(found, (0.4,), "photo", "score 0", {}, {})

    models = SimpleNamespace(detectors={"photo": None}, panoramic=SimpleNamespace(view=None))
    monkeypatch.setattr(predict, "load_models", lambda weights: models)
    monkeypatch.setattr(predict, "predict_findings", predict_findings)
    monkeypatch.setattr(view, "read_dental_picture", lambda file, net, options: file.name)
    report = evaluate(truth, config=replace(QUICK, weights=tmp_path / "w.safetensors", numbering=True))
    assert asked == [("a.png", "photo", 0.0)]
    assert report.strictest["tooth"].score.tolist() == [0.4]  # raw scores, as everywhere here
    # 0.4 is less than what counts at the balanced point of unknown weights
    assert report.numbers() is None
    assert [found.predicted_fdi for found in report.pictures] == [(16,)]


def test_predictions_of_other_pictures_are_refused(labelled, square):
    truth = labelled("truth", {"a": [square("caries", 5, 5)]}, ["caries"])
    with pytest.raises(ConfigError, match=r"no prediction for any of the 1 labelled pictures.*such as a"):
        evaluate(truth, labelled("marked", {"other": []}, ["caries"]))


def picture(tmp_path, findings, labelled) -> PictureFindings:
    return PictureFindings("a", tmp_path / "a.png", (60, 80), tuple(findings), frozenset(labelled))


def test_an_impacted_tooth_is_a_tooth_where_only_teeth_are_known(tmp_path, square):
    marks = [
        square("impacted_tooth", 5, 5, score=0.7),
        square("tooth", 6, 5, score=0.9),  # the same one: IoU 90/110
        square("impacted_tooth", 40, 5, score=0.6),
    ]
    merged = compare(picture(tmp_path, [square("tooth", 5, 5)], ["tooth"]), marks)
    assert [(thing.category, thing.score) for thing in merged.predicted] == [("tooth", 0.9), ("tooth", 0.6)]
    apart = compare(picture(tmp_path, [], ["tooth", "impacted_tooth"]), marks)
    assert [thing.category for thing in apart.predicted] == ["impacted_tooth", "tooth", "impacted_tooth"]
    alone = compare(picture(tmp_path, [], ["impacted_tooth"]), marks)
    assert [thing.score for thing in alone.predicted] == [0.7, 0.6]


def test_marks_in_ignored_regions_are_neither_right_nor_wrong(tmp_path, square):
    truth = picture(tmp_path, [square("caries", 40, 5)], ["tooth", "caries"])
    marks = [square("caries", 40, 5, score=0.9), square("caries", 5, 5, score=0.8), square("tooth", 5, 5, score=0.7)]
    ignoring = compare(replace(truth, ignored=(square("caries", 0, 0, side=20),)), marks)
    assert [(thing.category, thing.score) for thing in ignoring.predicted] == [("caries", 0.9), ("tooth", 0.7)]
    assert len(ignoring.true) == 1
    assert len(compare(truth, marks).predicted) == 3


def test_polygons_and_run_lengths_are_the_same_thing(tmp_path, square):
    drawn = replace(square("caries", 5, 5), segmentation=[[5.0, 5.0, 15.0, 5.0, 15.0, 15.0, 5.0, 15.0]])
    found = compare(picture(tmp_path, [drawn, square("caries", 5, 5)], ["caries"]), [])
    assert found.true[0].runs == found.true[1].runs


def test_copies_of_one_picture_show_one_patient(tmp_path):
    copy = replace(picture(tmp_path, [], ["tooth"]), name="IMG_1_jpg.rf.0123456789abcdef0123456789abcdef")
    assert compare(copy, []).patient == compare(replace(copy, name=copy.name.replace("abc", "bcd")), []).patient
    assert compare(replace(copy, patient="p7"), []).patient == "p7"


def test_tooth_numbers_are_counted_over_all_teeth(labelled, square):
    truth = labelled("truth", {"a": [square("tooth", 20 * i, 5, fdi=11 + i) for i in range(4)]}, ["tooth"])
    marks = [square("tooth", 0, 5, fdi=11, score=0.9), square("tooth", 20, 5, fdi=13, score=0.9)]
    marks += [square("tooth", 40, 5, score=0.9), square("tooth", 60, 30, fdi=14, score=0.9)]
    report = evaluate(truth, labelled("marked", {"a": marks}, ["tooth"]), config=QUICK)
    numbers = report.numbers()
    assert numbers is not None
    # right, wrong, open, and one that is not there
    assert numbers["right_number"].value == 1 / 4
    assert numbers["right_number_of_found"].value == pytest.approx(1 / 3)
    assert numbers["no_number"].value == pytest.approx(1 / 3)
    assert "right_number" in report.table()


def test_what_is_renamed():
    assert renamed(["Cavity=caries", "Null="]) == {"Cavity": "caries", "Null": ""}
    for wrong in (["Cavity"], ["=caries"], ["a=b", "a=c"]):
        with pytest.raises(ConfigError, match="expected CATEGORY=OURS"):
            renamed(wrong)


def test_the_modality_follows_from_categories_where_it_can(tmp_path):
    assert modality_of([picture(tmp_path, [], ["calculus"])]) == "photo"
    assert modality_of([picture(tmp_path, [], ["implant"]), picture(tmp_path, [], ["tooth"])]) == "xray"
    with pytest.raises(ConfigError, match="both photographs and radiographs have; say which they are with --modality"):
        modality_of([picture(tmp_path, [], ["tooth"])])
    with pytest.raises(ConfigError, match="mole, which neither"):
        modality_of([picture(tmp_path, [], ["mole"])])
