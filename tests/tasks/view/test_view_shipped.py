"""The shipped network for views on real pictures that it has not learnt from."""

from pathlib import Path

import numpy as np
import pytest
from torch import nn

from typodont.errors import WeightsError
from typodont.records import read_radiograph
from typodont.records.picture_files import find_pictures
from typodont.tasks.view.recognise import recognise
from typodont.training.weights import load_weights, shipped_weights

pytestmark = pytest.mark.realdata


@pytest.fixture(scope="module")
def net() -> nn.Module:
    try:
        return load_weights(shipped_weights("panoramic", "view"))[0]
    except WeightsError as error:
        pytest.skip(str(error))


def test_panoramics_are_recognised_however_they_lie(net: nn.Module, real_data: Path) -> None:
    for at, file in enumerate(find_pictures(real_data / "panoramic_ufba" / "val.json")[:12]):
        image = np.ascontiguousarray(np.rot90(read_radiograph(file).image, -at))
        seen = recognise(image, 0.0, net)
        assert (seen.kind, seen.quarter_turns) == ("panoramic", at % 4), file.name


def test_photos_and_parts_of_panoramics_are_not_panoramics(net: nn.Module, real_data: Path) -> None:
    for file in find_pictures(real_data / "photo_calculus" / "valid")[:6]:
        photo = read_radiograph(file)
        assert recognise(photo.image, photo.colourful, net).kind == "photo", file.name
    for file in find_pictures(real_data / "panoramic_ufba" / "val.json")[:6]:
        image = read_radiograph(file).image
        # stored squeezed from 1.8 : 1, so that this is a part as wide as it is high
        assert recognise(image[170:350, 100:200].repeat(2, axis=1), 0.0, net).kind == "radiograph", file.name


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_nothing(net: nn.Module, seed: int) -> None:
    noise = np.random.default_rng(seed).random((200, 400), dtype=np.float32)
    assert recognise(noise, 0.0, net).kind == "other"
