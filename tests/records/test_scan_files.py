import pytest

from typodont.errors import ConfigError
from typodont.records import find_scans


def make(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def found(folder):
    return [
        (scan.mesh.relative_to(folder).as_posix(), scan.labels and scan.labels.relative_to(folder).as_posix())
        for scan in find_scans(folder)
    ]


def test_flat_and_nested_layouts(tmp_path):
    make(
        tmp_path, "B_upper.obj", "B_upper.json", "A_lower.STL", "upper/C/C_upper.obj", "upper/C/C_upper.json",
        "lower/C/C_lower.obj", "lower/C/C_lower__kpt.json", "notes.txt", "orphan.json", ".cache/x.obj", ".hidden.obj",
    )  # fmt: skip
    assert found(tmp_path) == [
        ("A_lower.STL", None),
        ("B_upper.obj", "B_upper.json"),
        ("lower/C/C_lower.obj", None),
        ("upper/C/C_upper.obj", "upper/C/C_upper.json"),
    ]


def test_one_mesh_per_stem(tmp_path):
    make(tmp_path, "a.stl", "a.ply", "a.json", "b.vtp", "b.stl", "c.obj", "c.vtp", "sub/c.stl")
    assert found(tmp_path) == [("a.ply", "a.json"), ("b.vtp", None), ("c.obj", None), ("sub/c.stl", None)]


def test_dots_in_names(tmp_path):
    make(tmp_path, "a.1.obj", "a.1.json", "a.2.obj")
    assert found(tmp_path) == [("a.1.obj", "a.1.json"), ("a.2.obj", None)]


def test_empty_and_missing_folder(tmp_path):
    assert find_scans(str(tmp_path)) == []
    with pytest.raises(ConfigError, match="found no such folder"):
        find_scans(tmp_path / "no")
