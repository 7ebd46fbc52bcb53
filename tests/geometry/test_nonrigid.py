"""Registration of scans to a shape model: any pose and triangles, with known truth."""

import numpy as np
import pytest

from typodont.errors import MeshError
from typodont.geometry.mesh import Mesh
from typodont.geometry.nonrigid import register
from typodont.geometry.registration import apply
from typodont.geometry.surface_places import Surface
from typodont.synth.cleft.scan import make_maxilla_scan
from typodont.training.deformable_file import shipped_shape_model


@pytest.fixture(scope="module")
def model():
    return shipped_shape_model("palate")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["intact", "unilateral left", "bilateral"])
def test_scans_of_any_pose_are_laid_on_the_template(model, kind):
    scan = make_maxilla_scan(77, 3, kind=kind)
    found = register(scan.mesh, model)
    truth = apply(found.matrix @ scan.place, scan.maxilla.mesh.vertices)
    assert np.linalg.norm(found.vertices - truth, axis=1).mean() < 0.9
    on_jaw = Surface(scan.maxilla.mesh).nearest(apply(np.linalg.inv(found.matrix @ scan.place), found.vertices))
    apart = np.linalg.norm(apply(found.matrix @ scan.place, on_jaw.points) - found.vertices, axis=1)
    assert apart.mean() < 0.2
    assert found.rms_mm < 0.1


def test_a_scan_in_another_unit_is_told(model):
    mesh = model.surface(np.zeros(model.n_parameters))
    with pytest.raises(MeshError, match="check its unit"):
        register(Mesh(mesh.vertices / 10, mesh.faces), model)
