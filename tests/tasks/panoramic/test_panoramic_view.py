"""What a picture shows and how it lies: the file's word, the network's, and the letters in the picture."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import nn

from typodont.nets.image_batch import ImageBatch
from typodont.nets.view_net import KINDS, ViewOutput
from typodont.records import find_labelled_panoramics, read_radiograph
from typodont.records.radiograph import Radiograph
from typodont.tasks.panoramic.side_letters import SideMark, find_side_marks, mirrored_by
from typodont.tasks.panoramic.view import is_mirrored, look_at

RIGHT_AT_LEFT = SideMark("R", "right", "left", False)
RIGHT_AT_RIGHT = SideMark("R", "right", "right", True)


class Says(nn.Module):
    """Gives fixed probabilities of the kinds, and of turns where bright means down."""

    def __init__(self, sure: float = 10.0, **chances: float) -> None:
        super().__init__()
        self.kind = torch.log(torch.tensor([chances.get(kind, 0.01) for kind in KINDS]))
        self.sure = sure

    def forward(self, batch: ImageBatch) -> ViewOutput:
        grey = batch.image[:, 0]
        half = grey.shape[1] // 2
        below = (grey[:, half:] - grey[:, :half].flip(1)).mean(dim=(1, 2))
        right = (grey[:, :, half:] - grey[:, :, :half].flip(2)).mean(dim=(1, 2))
        turns = self.sure * torch.stack([below, -right, -below, right], dim=1)
        return ViewOutput(self.kind.expand(len(grey), -1), turns)


def jaw(rows: int = 300, columns: int = 560) -> np.ndarray:
    """Something like a radiograph: slow shades, brighter below, with grain."""
    y, x = np.mgrid[:rows, :columns] / [[[rows]], [[columns]]]
    grain = np.random.default_rng(0).random((rows, columns))
    return (0.15 + 0.4 * y + 0.1 * np.sin(9 * x) * np.cos(7 * y) + 0.05 * grain).astype(np.float32)


def lettered(*marks: tuple[str, float, float], size: int = 34, tone: float = 1.0, stroke: int = 1) -> np.ndarray:
    """The picture with texts at (share of the width, share of the height)."""
    picture = Image.fromarray(jaw())
    draw = ImageDraw.Draw(picture)
    for text, x, y in marks:
        at = (x * picture.width, y * picture.height)
        draw.text(at, text, fill=tone, font=ImageFont.load_default(size), anchor="mm", stroke_width=stroke)
    return np.asarray(picture)


def radiograph(image: np.ndarray, **facts: object) -> Radiograph:
    values = {"path": None, "pixel_mm": None, "patient_right_at": None, "modality": None, "colourful": 0.0}
    return Radiograph(image=image, name="case", **{**values, "warnings": (), **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [24, 34, 48])
@pytest.mark.parametrize(("tone", "stroke"), [(1.0, 0), (1.0, 2), (0.0, 1)])
def test_reads_an_r_beside_the_right_side(size: int, tone: float, stroke: int) -> None:
    picture = lettered(("R", 0.06, 0.3), size=size, tone=tone, stroke=stroke)
    assert find_side_marks(picture) == (RIGHT_AT_LEFT,)
    assert find_side_marks(picture[:, ::-1]) == (RIGHT_AT_RIGHT,)


@pytest.mark.parametrize(("left", "right"), [("R", "L"), ("D", "E"), ("RIGHT", "LEFT")])
def test_reads_pairs_of_marks_plain_and_mirrored(left: str, right: str) -> None:
    picture = lettered((left, 0.11, 0.4), (right, 0.89, 0.4), stroke=0)
    marks = find_side_marks(picture)
    assert {(mark.text, mark.at, mark.mirrored) for mark in marks} == {(left, "left", False), (right, "right", False)}
    assert mirrored_by(marks) is False
    assert mirrored_by(find_side_marks(picture[:, ::-1])) is True


def test_other_letters_and_lines_of_text_tell_nothing() -> None:
    assert find_side_marks(jaw()) == ()
    for text in ("A", "F", "J", "K", "P", "7", "D", "DR", "3 L", "L 80 kV", "STD"):
        assert find_side_marks(lettered((text, 0.1, 0.4), (text, 0.9, 0.7))) == (), text


def test_marks_in_the_middle_tell_nothing() -> None:
    assert find_side_marks(lettered(("R", 0.5, 0.4), ("L", 0.4, 0.8))) == ()


def test_a_squeezed_picture_is_read_as_well() -> None:
    squeezed = Image.fromarray(lettered(("R", 0.07, 0.4), ("L", 0.93, 0.4))).resize((300, 300))
    assert mirrored_by(find_side_marks(np.asarray(squeezed))) is False


def test_marks_must_agree() -> None:
    left_at_right = SideMark("L", "left", "right", False)
    assert mirrored_by([]) is None
    assert mirrored_by([RIGHT_AT_LEFT]) is False
    assert mirrored_by([RIGHT_AT_LEFT, left_at_right]) is False
    assert mirrored_by([SideMark("R", "right", "right", False)]) is True  # flipped first, marked afterwards
    assert mirrored_by([SideMark("R", "right", "left", True)]) is None  # flipped and on the right side: twice?
    assert mirrored_by([RIGHT_AT_LEFT, RIGHT_AT_RIGHT]) is None


def test_the_file_counts_more_than_marks() -> None:
    assert is_mirrored(None, 0, [RIGHT_AT_RIGHT])[0] is True
    assert is_mirrored("left", 0, [])[0] is False
    mirrored, reasons = is_mirrored("left", 0, [RIGHT_AT_RIGHT])
    assert mirrored is False
    assert reasons[-1] == "marks and file contradict each other; the file counts"


def test_half_a_turn_exchanges_the_sides_of_the_file() -> None:
    assert is_mirrored("right", 2, [])[0] is False
    assert is_mirrored("left", 2, [])[0] is True
    assert is_mirrored("left", 1, [])[0] is None


@pytest.mark.parametrize("turns", range(4))
def test_turns_and_then_reads(turns: int) -> None:
    picture = np.ascontiguousarray(np.rot90(lettered(("L", 0.08, 0.4)), -turns))
    view = look_at(radiograph(picture), Says(panoramic=0.9))
    assert (view.kind, view.quarter_turns, view.upside_down, view.mirrored) == ("panoramic", turns, turns == 2, True)
    assert "the mark 'L' stands at the left" in view.reasons


def test_a_doubtful_turn_is_not_made_but_said() -> None:
    view = look_at(radiograph(np.ascontiguousarray(jaw()[::-1])), Says(panoramic=0.9, sure=0.5))
    assert (view.quarter_turns, view.upside_down) == (0, False)
    assert any("perhaps upside down" in reason for reason in view.reasons)


@pytest.mark.parametrize("kind", ["radiograph", "photo", "other"])
def test_other_pictures_are_named(kind: str) -> None:
    view = look_at(radiograph(jaw()), Says(**{kind: 0.9}))
    assert (view.kind, view.quarter_turns, view.mirrored) == (kind, 0, None)
    assert view.probabilities[kind] == pytest.approx(0.9 / 0.93, abs=1e-3)
    assert "97%" in view.reasons[0]


def test_hardly_a_panoramic_is_none() -> None:
    assert look_at(radiograph(jaw()), Says(panoramic=0.55, radiograph=0.43)).kind == "radiograph"


def test_the_modality_of_the_file_is_heard() -> None:
    doubtful = Says(panoramic=0.4, radiograph=0.6)
    assert look_at(radiograph(jaw()), doubtful).kind == "radiograph"
    view = look_at(radiograph(jaw(), modality="PX"), doubtful)
    assert view.kind == "panoramic"
    assert "the file states the modality PX" in view.reasons
    assert look_at(radiograph(jaw(), modality="PX"), Says(photo=0.99, panoramic=0.001)).kind == "photo"
    assert look_at(radiograph(jaw(), modality="IO"), Says(panoramic=0.7, radiograph=0.3)).kind == "radiograph"


@pytest.mark.realdata
def test_burnt_in_letters_of_real_panoramics_are_read(real_data) -> None:
    files = sorted((real_data / "panoramic_hitl" / "images").iterdir())[:2]
    for file in files:
        image = read_radiograph(file).image
        assert mirrored_by(find_side_marks(image)) is False
        assert mirrored_by(find_side_marks(image[:, ::-1])) is True


@pytest.mark.realdata
def test_real_panoramics_without_letters_are_not_read(real_data) -> None:
    for files in find_labelled_panoramics(real_data / "panoramic_ufba" / "val.json")[:8]:
        assert find_side_marks(read_radiograph(files.image).image) == ()
