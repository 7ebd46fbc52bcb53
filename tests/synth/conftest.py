"""A few scans and one patient, made once."""

from __future__ import annotations

import pytest

from typodont.synth.patient import SyntheticPatient, make_patient
from typodont.synth.scan import SyntheticScan, make_scan
from typodont.synth.tooth_plan import ArchStyle

GROWN = ArchStyle(mixed=0, erupting=0, wisdom=0, no_second_molars=0)


@pytest.fixture(scope="session")
def scans() -> list[SyntheticScan]:
    """A raw upper scan, a lower model base with milk teeth, an upper scan with brackets."""
    return [
        make_scan(3, 0, jaw="upper", n_faces=16_000, base=0, brackets=0, style=GROWN),
        make_scan(3, 1, jaw="lower", n_faces=16_000, base=1, brackets=0, style=ArchStyle(mixed=1)),
        make_scan(3, 2, jaw="upper", n_faces=16_000, base=0, brackets=1, style=GROWN),
    ]


@pytest.fixture(scope="session")
def patient() -> SyntheticPatient:
    """Both jaws of one person."""
    return make_patient(4, 1, n_faces=8_000, base=0)
