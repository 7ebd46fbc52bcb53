"""Whatever happens to a file, reading it gives a surface or a message, never a bare traceback."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from typodont.errors import TypodontError
from typodont.formats import read_mesh, write_mesh, write_ply, write_stl
from typodont.geometry.mesh import Mesh

WRITERS = {
    "stl": write_mesh,
    "text.stl": lambda mesh, path: write_stl(mesh, path, ascii=True),
    "ply": write_mesh,
    "text.ply": lambda mesh, path: write_ply(mesh, path, ascii=True),
    "obj": write_mesh,
    "vtp": write_mesh,
}
TINY = Mesh(np.eye(4, 3), [[0, 1, 2], [0, 2, 3]], {"label": np.array([0, 11, 11, 12])}, {"label": np.array([11, 12])})


@pytest.mark.parametrize("suffix", WRITERS)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_truncated_or_changed_anywhere(suffix, data, tmp_path):
    path = tmp_path / f"a.{suffix}"
    WRITERS[suffix](TINY, path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    try:
        outcome = f"{path}: {len(read_mesh(path).faces)} faces"
    except TypodontError as error:
        outcome = str(error)
    assert str(path) in outcome
    assert ": 0 faces" not in outcome
