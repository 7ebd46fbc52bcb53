"""Draw the pictures of the docs; all of them show synthetic patients.

python docs/make_pictures.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps
from scipy.ndimage import binary_erosion
from scipy.spatial import KDTree

from typodont.anatomy import COLORS
from typodont.anatomy.findings import FINDING_COLORS, FINDING_TITLES, XRAY_FINDINGS
from typodont.geometry.camera import Camera
from typodont.geometry.mesh import Mesh
from typodont.geometry.render import ambient_occlusion, contact_sheet, render_mesh
from typodont.progress import track
from typodont.records.crown_case import KINDS, CrownCase
from typodont.records.landmarked_photo import LandmarkedPhoto
from typodont.records.radiograph import Radiograph
from typodont.synth.cleft.anatomy import KINDS as JAW_KINDS
from typodont.synth.cleft.maxilla import make_maxilla
from typodont.synth.cleft.template import REGIONS
from typodont.synth.patient import SyntheticPatient, make_patient
from typodont.synth.photo import SyntheticPhoto, make_photo
from typodont.synth.photo.dentition_photo import make_dentition_photo
from typodont.synth.photo.palate_photo import make_palate_photo
from typodont.synth.photo_options import LandmarkedOptions
from typodont.synth.preparation.case import make_crown_case
from typodont.synth.preparation.options import CrownOptions
from typodont.synth.scan import SyntheticScan, make_scan
from typodont.synth.write import write_scans
from typodont.synth.xray import SyntheticPanoramic, make_panoramic
from typodont.tasks.crown.design import design_restoration
from typodont.tasks.crown.fit_scene import fit_scene
from typodont.tasks.crown.models import CrownModels
from typodont.tasks.crown.models import load_models as load_crown_models
from typodont.tasks.crown.options import DesignOptions
from typodont.tasks.panoramic.models import load_models
from typodont.tasks.panoramic.overlay import draw_overlay
from typodont.tasks.panoramic.predict import predict_panoramic
from typodont.tasks.photo.models import load_models as load_photo_models
from typodont.tasks.photo.options import ReconstructOptions
from typodont.tasks.photo.overlay import draw_fit
from typodont.tasks.photo.picture import Photograph
from typodont.tasks.photo.predict import predict_mouth
from typodont.tasks.suggest import rank
from typodont.tasks.suggest.result import write_sheet
from typodont.training.deformable_file import read_shape_model, shipped_shape_model
from typodont.training.weights import shipped_weights
from typodont.types import Float, Int

IMAGES = Path(__file__).parent / "images"
SEED, ARCHES = 12, 10
PANORAMICS, NUMBERED = (0, 1, 3, 5), 4
RICH = (0, 1, 12)
PREPARATIONS = (("crown", 4), ("crown", 1), ("inlay", 0), ("inlay", 3), ("onlay", 0), ("onlay", 1))
RESTORED_SEED, RESTORED = 950, (19, 22, 10, 2, 6)
PHOTO_SEED, PHOTOS, OUTLINED = 4, (4, 2, 10, 9, 6, 8), 11
LANDMARKED = ((1, 6, 5, 2, 3), (0, 2, 4, 1, 3))
MOUTHS = ((make_dentition_photo, 3), (make_dentition_photo, 2), (make_dentition_photo, 6), (make_palate_photo, 1))
SHOWN, HIDDEN = (40, 200, 90), (40, 90, 230)
ENAMEL, GUM = (236, 230, 214), (218, 146, 144)
JAW_SEED = 6
JAW_COLORS = {"": (233, 168, 163), "vomer": (214, 120, 118), "cleft floor": (150, 66, 66)}
GROUND, LINE, TRUTH = (186, 208, 232), (206, 40, 40), (150, 194, 150)


def main() -> None:
    """Write ten arches, one patient in bite, panoramics plain, with findings and numbered, and what to label next."""
    IMAGES.mkdir(exist_ok=True)
    arches = [draw_arch(make_scan(SEED, index)) for index in track(range(ARCHES), "arches", unit="arch")]
    save(contact_sheet(arches, columns=5, gap=4), IMAGES / "synthetic_arches.png")
    save(draw_bite(make_patient(SEED, 1, base=0)), IMAGES / "synthetic_patient.png")
    save(draw_panoramics([make_panoramic(SEED, index) for index in PANORAMICS]), IMAGES / "synthetic_panoramics.png")
    rich = [make_panoramic(SEED, index, findings="rich") for index in RICH]
    save(draw_findings(rich), IMAGES / "synthetic_xray_findings.png")
    save(draw_numbered(make_panoramic(SEED, NUMBERED)), IMAGES / "numbered_panoramic.png")
    save(draw_photos([make_photo(PHOTO_SEED, index) for index in (*PHOTOS, OUTLINED)]), IMAGES / "synthetic_photos.png")
    save(draw_landmarked(), IMAGES / "synthetic_landmarked_photos.png")
    save(draw_infant_jaws(), IMAGES / "infant_jaws.png")
    save(draw_palate_modes(), IMAGES / "palate_modes.png")
    save(draw_dentitions(), IMAGES / "dentition_members.png")
    save(draw_mouths(), IMAGES / "mouths_from_photos.png")
    draw_suggestions(IMAGES / "suggestions.png")
    save(draw_preparations(), IMAGES / "synthetic_preparations.png")
    save(draw_restorations(), IMAGES / "restorations.png")


def draw_arch(scan: SyntheticScan) -> np.ndarray:
    """From the occlusal side with the labels, from the front as it would look."""
    labels = scan.mesh.vertex_attributes["label"]
    dark = ambient_occlusion(scan.mesh)
    above = render_mesh(scan.mesh, by_number(labels), size=(300, 270), occlusion=dark)
    front = render_mesh(scan.mesh, by_tissue(labels), size=(300, 130), view="front", jaw=scan.jaw, occlusion=dark)
    return np.concatenate([above, front])


def draw_bite(patient: SyntheticPatient) -> np.ndarray:
    """Both jaws closed, from three sides."""
    parts = [patient.upper.mesh, patient.lower.mesh.transformed(patient.bite)]
    labels = np.concatenate([part.vertex_attributes["label"] for part in parts])
    mesh = join(*parts)
    dark = ambient_occlusion(mesh)
    views = [
        render_mesh(mesh, by_tissue(labels), size=(480, 300), view=view, jaw="upper", occlusion=dark)
        for view in ("left", "front", "right")
    ]
    return np.concatenate(views, axis=1)


def draw_suggestions(path: Path) -> None:
    """Three of twelve arches to label next, as ``typodont study scan --suggest`` shows them."""
    with tempfile.TemporaryDirectory() as folder:
        write_scans(12, SEED, Path(folder))
        write_sheet(rank("scan", [Path(folder)], n=3), path)


def draw_panoramics(pictures: list[SyntheticPanoramic]) -> np.ndarray:
    """Two in a row, the last one with the outlines of its teeth."""
    tiles = []
    for picture in pictures:
        tile = np.repeat(picture.image[..., None], 3, axis=2)
        if picture is pictures[-1]:
            for fdi, mask in picture.teeth.items():
                tile[mask & ~binary_erosion(mask, iterations=2)] = COLORS[fdi]
        tiles.append(np.asarray(Image.fromarray(tile).resize((400, 214), Image.Resampling.LANCZOS)))
    return contact_sheet(tiles, columns=2, gap=4)


def draw_findings(pictures: list[SyntheticPanoramic]) -> np.ndarray:
    """Each beside a copy with the outlines of what is on its teeth; the last row names the colours."""
    tiles, size = [], (540, 280)
    for picture in pictures:
        plain = np.repeat(picture.image[..., None], 3, axis=2)
        marked = plain.copy()
        for found in picture.findings:
            if found.category != "tooth":
                marked[found.mask & ~binary_erosion(found.mask)] = FINDING_COLORS[found.category]
        tiles += [np.asarray(Image.fromarray(tile).resize(size, Image.Resampling.LANCZOS)) for tile in (plain, marked)]
    sheet = contact_sheet(tiles, columns=2, gap=4)
    legend = Image.new("RGB", (sheet.shape[1], 24), "white")
    draw, font = ImageDraw.Draw(legend), ImageFont.load_default(size=15)
    for at, name in enumerate(XRAY_FINDINGS[1:]):
        left = 8 + at * (legend.width // (len(XRAY_FINDINGS) - 1))
        draw.rectangle((left, 6, left + 12, 18), fill=FINDING_COLORS[name])
        draw.text((left + 18, 3), FINDING_TITLES[name], fill="black", font=font)
    return np.concatenate([sheet, np.asarray(legend)])


def draw_infant_jaws() -> np.ndarray:
    """Two jaws of each kind, from the tongue."""
    jaws = [make_maxilla(JAW_SEED, index, kind=kind) for index in range(2) for kind in JAW_KINDS]
    return contact_sheet([draw_jaw(jaw.mesh) for jaw in jaws], [*JAW_KINDS, *JAW_KINDS], columns=len(JAW_KINDS), gap=4)


def draw_palate_modes() -> np.ndarray:
    """The first modes of the palate's model, two standard deviations to both sides, with their names."""
    path = shipped_weights("photo", "palate_shape")
    model, card = read_shape_model(path)
    pictures, names = [], []
    for sign in (-2.0, 2.0):
        for mode in card.figures["modes"][:5]:
            pictures.append(draw_jaw(model.surface(sign * np.eye(model.n_parameters)[mode["mode"] - 1])))
            names.append(f"{mode['mode']}: {mode['name']}" if sign < 0 else "")
    return contact_sheet(pictures, names, columns=5, gap=4, font_size=11)


def draw_jaw(mesh: Mesh) -> np.ndarray:
    """A jaw in the colours of its regions: keratinised gum, palate, raw mucosa of the nose."""
    return render_mesh(mesh, region_colors(mesh.vertex_attributes["label"]), size=(230, 210), view="occlusal")


def region_colors(labels: Int) -> np.ndarray:
    """(N, 3) of the regions of an infant's upper jaw."""
    return np.array([JAW_COLORS.get(region, JAW_COLORS[""]) for region in REGIONS])[labels]


def draw_dentitions() -> np.ndarray:
    """The mean dentition and three drawn from the model: upper jaw, and both from the front."""
    model = shipped_shape_model("dentition")
    rng = np.random.default_rng(SEED)
    pictures = []
    for drawn in (0, 1, 1, 1):
        mesh = model.surface(drawn * rng.standard_normal(model.n_parameters))
        seen = mesh.submesh(~mesh.vertex_attributes["cap"].astype(bool)[mesh.faces].any(axis=1))
        upper = seen.submesh(seen.vertex_attributes["label"][seen.faces[:, 0]] < 30)
        above = render_mesh(upper, ENAMEL, size=(280, 260), view="occlusal")
        front = render_mesh(seen, ENAMEL, size=(280, 130), view="front", jaw="upper")
        pictures.append(np.concatenate([above, front]))
    return contact_sheet(pictures, columns=4, gap=4)


def draw_photos(photos: list[SyntheticPhoto]) -> np.ndarray:
    """Four in a row, the last picture once more with the outlines of its findings."""
    outlined = photos[-1].image.copy()
    for found in photos[-1].findings:
        outlined[found.mask & ~binary_erosion(found.mask, iterations=2)] = FINDING_COLORS[found.category]
    images = [Image.fromarray(image) for image in (*(photo.image for photo in photos), outlined)]
    return contact_sheet([np.asarray(ImageOps.fit(image, (300, 225))) for image in images], columns=4, gap=4)


def draw_landmarked() -> np.ndarray:
    """Dentitions above palates, three of a telephone, two of a clinic; the last of each with the landmarks."""
    rows = []
    for make, numbers in ((make_dentition_photo, LANDMARKED[0]), (make_palate_photo, LANDMARKED[1])):
        for place, (look, index) in enumerate(
            zip(("phone", "phone", "phone", "clinic", "clinic"), numbers, strict=True)
        ):
            photo = make(PHOTO_SEED, index, LandmarkedOptions(look=look, longest=640, meshes=False)).photo
            rows.append(with_landmarks(photo) if place in (2, 4) else photo.pixels())
    fitted = [np.asarray(ImageOps.fit(Image.fromarray(picture), (300, 225))) for picture in rows]
    return contact_sheet(fitted, columns=5, gap=4)


def with_landmarks(photo: LandmarkedPhoto) -> np.ndarray:
    """The picture with a ring at each landmark: one colour where it shows, another where it is hidden."""
    image = Image.fromarray(photo.pixels())
    draw = ImageDraw.Draw(image)
    for (x, y), shows in zip(photo.points, photo.visible, strict=True):
        if np.isfinite(x):
            draw.ellipse((x - 4, y - 4, x + 4, y + 4), outline=SHOWN if shows else HIDDEN, width=2)
    return np.asarray(image)


def draw_mouths() -> np.ndarray:
    """What `typodont photo reconstruct` makes of single photographs: outlines over each, the surface from there."""
    columns = []
    for make, index in MOUTHS:
        photo = make(PHOTO_SEED, index, LandmarkedOptions(look="phone", longest=640, meshes=False)).photo
        picture = Photograph(Path(photo.name), photo.pixels(), None, 1.0, False)
        options = ReconstructOptions(views=(photo.view,))  # type: ignore[arg-type]
        result = predict_mouth([picture], load_photo_models(photo.subject), options)
        drawn = draw_fit(picture.image, result.photos[0].found, result.photos[0].camera, result.mesh)
        labels = result.mesh.vertex_attributes["label"]
        colors = by_number(labels) if result.teeth else region_colors(labels)
        surface = render_mesh(result.mesh, colors, size=(300, 225), view=result.photos[0].camera.rotation)
        columns.append(np.concatenate([np.asarray(ImageOps.fit(Image.fromarray(drawn), (300, 225))), surface]))
    return np.concatenate(columns, axis=1)


def draw_preparations() -> np.ndarray:
    """Ground teeth with their margin lines, from above and from the side, and with the surface that they had."""
    options = {kind: CrownOptions(kind=kind, shown="few", flaws=0.0, pose=False) for kind in KINDS}
    cases = [make_crown_case(SEED, index, options=options[kind]) for kind, index in PREPARATIONS]
    return contact_sheet([np.concatenate(draw_preparation(case)) for case in cases], columns=len(cases), gap=4)


def draw_preparation(case: CrownCase) -> list[np.ndarray]:
    """Three pictures of one case."""
    assert case.margin is not None
    assert case.axis is not None
    assert case.crown is not None
    middle = case.margin.mean(axis=0)
    near = np.linalg.norm(case.scan.vertices - middle, axis=1) < 8.5
    site = case.scan.submesh(near[case.scan.faces].all(axis=1))
    colors = by_tissue(site.vertex_attributes["label"])
    colors[site.vertex_attributes["prepared"] > 0] = GROUND
    colors[KDTree(case.margin).query(site.vertices)[0] < 0.08] = LINE
    outward = middle * [1, 1, 0] - case.scan.vertices.mean(axis=0) * [1, 1, 0]
    views = [_looking(case.axis, outward), _looking(0.7 * case.axis + 0.7 * _unit(outward), case.axis)]
    tissue, truth = by_tissue(site.vertex_attributes["label"]), np.tile(TRUTH, (len(case.crown.vertices), 1))
    pictures = [render_mesh(site, colors, size=(230, 210), view=view) for view in views]
    return [
        *pictures,
        render_mesh(join(site, case.crown), np.concatenate([tissue, truth]), size=(230, 210), view=views[1]),
    ]


def draw_restorations() -> np.ndarray:
    """Restorations that the shipped networks designed for cases that they were not trained on, in their place."""
    models = load_crown_models()
    cases = [make_crown_case(RESTORED_SEED, index) for index in RESTORED]
    columns = [np.concatenate(draw_restoration(case, models)) for case in track(cases, "restorations", unit="case")]
    return contact_sheet(columns, [f"{case.kind} {case.tooth}" for case in cases], columns=len(cases), gap=4)


def draw_restoration(case: CrownCase, models: CrownModels) -> list[np.ndarray]:
    """The sound tooth from occlusal, then the restoration from there, from buccal and lingual."""
    assert case.crown is not None
    options = DesignOptions(tooth=case.tooth, kind=case.kind or "auto")
    report = design_restoration(case.scan, models, options, antagonist=case.antagonist, name=case.name).report
    scene = fit_scene(report)
    near = np.linalg.norm(case.scan.vertices - scene.centre, axis=1) < 11
    site = case.scan.submesh(near[case.scan.faces].all(axis=1))
    tissue = by_tissue(site.vertex_attributes["label"])
    pictures = []
    for mesh, color, sides in (
        (case.crown, TRUTH, ("occlusal",)),
        (report.restoration.mesh, GROUND, ("occlusal", "buccal", "lingual")),
    ):
        both = join(site, mesh)
        colors, dark = np.concatenate([tissue, np.tile(color, (len(mesh.vertices), 1))]), ambient_occlusion(both)
        for side in sides:
            camera = Camera(scene.rotations[side], scene.centre, 0.06, (300, 240))
            pictures.append(render_mesh(both, colors, view=camera, occlusion=dark))
    return pictures


def _looking(toward: Float, up: Float) -> Float:
    """(3, 3) rotation of a camera that looks against `toward`."""
    z = _unit(toward)
    x = _unit(np.cross(up, z))
    return np.stack([x, np.cross(z, x), z])


def _unit(vector: Float) -> Float:
    return vector / np.linalg.norm(vector)


def draw_numbered(picture: SyntheticPanoramic) -> np.ndarray:
    """What `typodont panoramic segment` draws of a picture, at half size."""
    image = picture.image.astype(np.float32) / 255
    radiograph = Radiograph(image, picture.name, None, None, None, None, 0.0, ())
    result = predict_panoramic(radiograph, load_models())
    drawn = Image.fromarray(draw_overlay(image, result.label_map, result.teeth))
    return np.asarray(drawn.resize((900, round(900 * drawn.height / drawn.width)), Image.Resampling.LANCZOS))


def join(first: Mesh, second: Mesh) -> Mesh:
    """One mesh of two, without attributes."""
    faces = np.vstack([first.faces, second.faces + len(first.vertices)])
    return Mesh(np.vstack([first.vertices, second.vertices]), faces)


def by_number(labels: Int) -> np.ndarray:
    """(N, 3) the package's tooth colours."""
    numbers, which = np.unique(labels, return_inverse=True)
    return np.array([COLORS[int(fdi)] for fdi in numbers], dtype=np.uint8)[which]


def by_tissue(labels: Int) -> np.ndarray:
    """(N, 3) enamel and gum."""
    return np.array([GUM, ENAMEL], dtype=np.uint8)[(labels > 0).astype(int)]


def save(picture: np.ndarray, path: Path) -> None:
    """As a PNG of 256 colours, small enough for a repository; a median cut keeps the colours of small teeth."""
    Image.fromarray(picture).quantize(256, method=Image.Quantize.MEDIANCUT, kmeans=1).save(path, optimize=True)
    print(f"{path.relative_to(IMAGES.parent)}: {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    main()
