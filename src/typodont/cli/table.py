"""All commands: their words, where their class is, and the line that the help shows."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """One command: a lazy ``module:Class`` and what it does in one line."""

    target: str
    summary: str


COMMANDS: dict[tuple[str, ...], Entry] = {
    ("demo",): Entry("typodont.cli.demo:Demo", "make a synthetic patient, segment its scans, write an HTML report"),
    ("scan", "segment"): Entry("typodont.cli.scan:SegmentScan", "number every tooth of intra-oral scans"),
    ("panoramic", "segment"): Entry(
        "typodont.cli.panoramic:SegmentPanoramic", "number every tooth of panoramic radiographs"
    ),
    ("panoramic", "lint"): Entry(
        "typodont.cli.panoramic_lint:LintPanoramics", "find what is wrong in labelled panoramics"
    ),
    ("crown", "classify"): Entry(
        "typodont.cli.crown_classify:ClassifyCrown", "say whether a preparation is for an inlay, an onlay or a crown"
    ),
    ("crown", "design"): Entry(
        "typodont.cli.crown_design:DesignCrown", "design a crown, inlay or onlay and say how it fits"
    ),
    ("crown", "compare"): Entry(
        "typodont.cli.crown_compare:CompareDesigns", "compare designs: area, volume, overlap, and what they depend on"
    ),
    ("photo", "reconstruct"): Entry(
        "typodont.cli.photo:ReconstructPhoto", "turn photographs into a dentition or a cleft palate in space, in mm"
    ),
    ("findings", "detect"): Entry(
        "typodont.cli.findings:DetectFindings", "find teeth, decay, work and disease in photographs and radiographs"
    ),
    ("findings", "split"): Entry(
        "typodont.cli.findings_data:SplitFindings", "split labelled pictures by patient, and tell where a split leaks"
    ),
    ("findings", "convert"): Entry(
        "typodont.cli.findings_data:ConvertFindings", "write labels of any layout as one checked COCO file"
    ),
    ("findings", "view"): Entry("typodont.cli.findings:ViewFindings", "write an HTML page with findings and truth"),
    ("synth", "scan"): Entry("typodont.cli.synth:SynthScan", "make labelled synthetic scans"),
    ("synth", "patient"): Entry("typodont.cli.synth:SynthPatient", "make synthetic patients, both jaws in bite"),
    ("synth", "xray"): Entry("typodont.cli.synth:SynthXray", "make labelled synthetic panoramic radiographs"),
    ("synth", "onto-xray"): Entry(
        "typodont.cli.synth_xray:SynthOntoXray", "draw findings into real panoramics whose teeth are outlined"
    ),
    ("synth", "photo"): Entry("typodont.cli.synth:SynthPhoto", "make labelled synthetic intra-oral photographs"),
    ("synth", "palate"): Entry("typodont.cli.synth:SynthPalate", "make scans of infants' upper jaws, cleft or intact"),
    ("synth", "crown"): Entry("typodont.cli.synth:SynthCrown", "make synthetic preparations for crowns and inlays"),
    ("synth", "ct"): Entry("typodont.cli.synth:SynthCt", "make chest-like CT volumes, healthy and with opacities"),
    ("pretrain", "scan"): Entry(
        "typodont.cli.pretrain:PretrainScan", "pre-train the network for scans on scans without labels"
    ),
    ("pretrain", "panoramic"): Entry(
        "typodont.cli.pretrain:PretrainPanoramic", "pre-train the network for panoramics on radiographs without labels"
    ),
    ("pretrain", "photo"): Entry(
        "typodont.cli.pretrain:PretrainPhoto", "pre-train the trunk of photo networks on photographs without labels"
    ),
    ("pretrain", "findings"): Entry(
        "typodont.cli.pretrain:PretrainFindings", "pre-train the trunk of detectors on dental pictures without labels"
    ),
    ("pretrain", "crown"): Entry(
        "typodont.cli.pretrain:PretrainCrown", "pre-train the network for crowns on CT volumes or surfaces"
    ),
    ("train", "scan"): Entry("typodont.cli.train:TrainScan", "train a network for scans"),
    ("train", "panoramic"): Entry("typodont.cli.train:TrainPanoramic", "train a network for panoramic radiographs"),
    ("train", "findings"): Entry("typodont.cli.train:TrainFindings", "train a network that finds things in pictures"),
    ("train", "crown"): Entry("typodont.cli.train:TrainCrown", "train a network for preparations and crowns"),
    ("train", "photo"): Entry(
        "typodont.cli.train:TrainPhoto", "learn shape models, train the network that finds landmarks in photographs"
    ),
    ("train", "view"): Entry("typodont.cli.train:TrainView", "train the network that recognises pictures"),
    ("evaluate", "scan"): Entry("typodont.cli.evaluate:EvaluateScan", "measure predictions against labelled scans"),
    ("evaluate", "panoramic"): Entry(
        "typodont.cli.evaluate:EvaluatePanoramic", "measure predictions against labelled panoramics"
    ),
    ("evaluate", "findings"): Entry(
        "typodont.cli.evaluate:EvaluateFindings", "measure found findings against labelled pictures"
    ),
    ("evaluate", "crown"): Entry(
        "typodont.cli.evaluate:EvaluateCrown", "measure designed crowns, inlays and onlays against the truth"
    ),
    ("evaluate", "photo"): Entry(
        "typodont.cli.evaluate:EvaluatePhoto", "measure landmarks and shapes against photographs of known mouths"
    ),
    ("ship", "scan"): Entry("typodont.cli.ship:ShipScan", "calibrate, measure and pack trained scan weights"),
    ("ship", "panoramic"): Entry(
        "typodont.cli.ship:ShipPanoramic", "measure, calibrate and pack trained panoramic weights"
    ),
    ("ship", "findings"): Entry(
        "typodont.cli.ship:ShipFindings", "measure, calibrate and pack trained findings weights"
    ),
    ("ship", "crown"): Entry("typodont.cli.ship:ShipCrown", "measure trained crown weights together and pack them"),
    ("ship", "photo"): Entry("typodont.cli.ship:ShipPhoto", "calibrate, measure and pack a network for landmarks"),
    ("export", "panoramic"): Entry(
        "typodont.cli.export:ExportPanoramic", "write the panoramic network as ONNX, checked against torch"
    ),
    ("study", "scan"): Entry("typodont.cli.study:StudyScan", "measure how many labelled scans a network needs"),
    ("study", "panoramic"): Entry(
        "typodont.cli.study:StudyPanoramic", "measure how many labelled panoramics a network needs"
    ),
    ("study", "findings"): Entry(
        "typodont.cli.study:StudyFindings", "measure how many pictures with labelled findings a network needs"
    ),
    ("study", "photo"): Entry(
        "typodont.cli.study:StudyPhoto", "measure how many photographs the landmarks of a mouth need"
    ),
    ("export", "findings"): Entry(
        "typodont.cli.export:ExportFindings", "write a network for findings as ONNX, checked against torch"
    ),
    ("info",): Entry("typodont.cli.info:Info", "show jobs, weights and versions"),
}

HEADER = """\
typodont: dental models that work with few or no labels. Research software, not a medical device.

usage: typodont COMMAND [OPTIONS]     `typodont COMMAND --help` shows the options of one command
"""

FOOTER = """\
options:
  -h, --help       show this help
  --version        show the version

Exit status: 0 all good, 1 something failed, 2 wrong usage. TYPODONT_DEBUG=1 shows tracebacks.
"""


def below(words: tuple[str, ...]) -> dict[tuple[str, ...], Entry]:
    """The commands that begin with these words."""
    return {path: entry for path, entry in COMMANDS.items() if path[: len(words)] == words}


def help_text(words: tuple[str, ...] = ()) -> str:
    """The list of all commands that begin with these words, as the help shows it."""
    commands = below(words)
    width = max(len(" ".join(path)) for path in commands) + 2
    lines = [f"  {' '.join(path):<{width}} {entry.summary}" for path, entry in commands.items()]
    return "\n".join([HEADER, "commands:", *lines, "", FOOTER])
