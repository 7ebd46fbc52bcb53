"""A small surface for the format tests, and other programs' readers."""

import numpy as np
import pytest

from typodont.geometry.mesh import Mesh


@pytest.fixture
def surface():
    """A wavy sheet with shuffled vertices, the last two without faces; label, colour, a float and face labels."""
    rng = np.random.default_rng(0)
    n = 7
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(n), np.arange(n)))
    vertices = np.stack([x, y, np.sin(x)], axis=1) + rng.normal(0, 0.05, (n * n, 3))
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + 1, corner + n], 1), np.stack([corner + 1, corner + n + 1, corner + n], 1)]
    )
    order = rng.permutation(n * n)
    vertices = np.vstack([vertices[order], [[9.0, 9.0, 9.0], [8.0, 9.0, 9.0]]])
    count = len(vertices)
    return Mesh(
        vertices,
        np.argsort(order)[faces],
        {
            "label": rng.choice([0, 11, 48, 85], count).astype(np.int64),
            "color": rng.integers(0, 256, (count, 3)).astype(np.uint8),
            "confidence": rng.random(count),
        },
        {"label": rng.choice([0, 21, 36], len(faces)).astype(np.int64)},
    )


@pytest.fixture
def vtk_polydata():
    """A function Mesh -> vtkPolyData with point and cell arrays, and optional quads instead of triangles."""
    vtk = pytest.importorskip("vtk")
    from vtk.util.numpy_support import numpy_to_vtk

    def make(mesh, cells=None):
        points, polys = vtk.vtkPoints(), vtk.vtkCellArray()
        points.SetDataTypeToDouble()
        for vertex in mesh.vertices:
            points.InsertNextPoint(*vertex)
        for cell in mesh.faces.tolist() if cells is None else cells:
            polys.InsertNextCell(len(cell), cell)
        data = vtk.vtkPolyData()
        data.SetPoints(points)
        data.SetPolys(polys)
        for attributes, owner in (
            (mesh.vertex_attributes, data.GetPointData()),
            (mesh.face_attributes, data.GetCellData()),
        ):
            for name, values in attributes.items():
                array = numpy_to_vtk(values, deep=True)
                array.SetName({"label": "Label", "color": "Colors"}.get(name, name))
                owner.AddArray(array)
        return data

    return make
