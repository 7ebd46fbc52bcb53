"""Every kind of damage is found where it was made, and sound labels pass."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

from typodont import anatomy
from typodont.cli import main
from typodont.errors import ConfigError, FormatError
from typodont.formats import CocoImage, CocoInstance, read_label_picture, write_coco
from typodont.tasks.panoramic.lint.finding import KINDS
from typodont.tasks.panoramic.lint.lint import lint_panoramics
from typodont.tasks.panoramic.lint.masks import interpolated_pixels
from typodont.tasks.panoramic.lint.numbers import Spot, number_findings

SHAPE = (256, 512)
SCALE = 3.3
ROW = {anatomy.UPPER: 90.0, anatomy.LOWER: 168.0}


def spot(fdi):
    """Where an ideal tooth lies: side by side along a row, sizes of the textbook."""
    quadrant, number = divmod(fdi, 10)
    before = sum(anatomy.size(10 * quadrant + n).md_crown for n in range(1, number))
    size = anatomy.size(fdi)
    distance = (before + size.md_crown / 2) * SCALE
    column = SHAPE[1] / 2 + (-distance if anatomy.side(fdi) == anatomy.RIGHT else distance)
    height = (size.crown_length + size.root_length) * SCALE
    return Spot(fdi, ROW[anatomy.jaw(fdi)], column, height, size.md_crown * SCALE)


def mask_of(place):
    rows, columns = np.indices(SHAPE)
    return ((rows - place.row) / (place.height / 2)) ** 2 + ((columns - place.column) / (place.width / 2)) ** 2 <= 1


IDEAL = {fdi: mask_of(spot(fdi)) for fdi in anatomy.PERMANENT}


def picture(seed=0):
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), 5)
    return (255 * (noise - noise.min()) / np.ptp(noise)).astype(np.uint8)


def save_picture(folder, name, pixels):
    (folder / "images").mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(folder / "images" / f"{name}.png")


def coco_set(folder, *label_sets, seed=0):
    """A COCO file of label sets, each a list of (category name, mask), with pictures."""
    images = []
    for i, teeth in enumerate(label_sets):
        save_picture(folder, f"p{seed + i}", picture(seed + i))
        instances = tuple(CocoInstance.of(str(name), mask) for name, mask in teeth)
        images.append(CocoImage(f"images/p{seed + i}.png", SHAPE, instances))
    names = {instance.category for image in images for instance in image.instances}
    write_coco(images, folder / "labels.json", categories={name: i for i, name in enumerate(sorted(names), 1)})
    return folder / "labels.json"


def write_label_picture(values, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values.astype(np.uint8)).save(path)


def mask_set(folder, values, pixels=None, name="a"):
    """A folder with one picture and its label picture."""
    save_picture(folder, name, picture() if pixels is None else pixels)
    write_label_picture(values, folder / "masks_fdi" / f"{name}.png")
    return folder


def label_map(teeth=IDEAL):
    values = np.zeros(SHAPE, dtype=np.uint8)
    for fdi, mask in teeth.items():
        values[mask] = fdi
    return values


def kinds(*sets, **options):
    return [finding.kind for finding in lint_panoramics(sets, **options).findings]


def bilinear(values, shape):
    """A label picture resized as the published system does it, and which of its pixels then lie."""
    rows, columns = ((np.arange(n) + 0.5) * old / n - 0.5 for n, old in zip(shape, values.shape, strict=True))
    where = np.meshgrid(rows, columns, indexing="ij")
    small = np.floor(map_coordinates(values.astype(float), where, order=1, mode="nearest") + 1e-6).astype(np.uint8)
    lies = small > 0
    for row_step in (0, 1):
        for column_step in (0, 1):
            row = np.clip(np.floor(rows).astype(int) + row_step, 0, values.shape[0] - 1)
            column = np.clip(np.floor(columns).astype(int) + column_step, 0, values.shape[1] - 1)
            lies &= small != values[np.ix_(row, column)]
    return small, lies


def test_sound_labels_pass(tmp_path):
    full = list(IDEAL.items())
    few = [(fdi, IDEAL[fdi]) for fdi in (17, 14, 21, 27, 44, 43, 31, 38)]
    assert kinds(coco_set(tmp_path / "coco", full, few)) == []
    assert kinds(mask_set(tmp_path / "masks", label_map())) == []


def test_findings_beside_the_teeth_are_not_looked_at(tmp_path):
    labels = coco_set(tmp_path, list(IDEAL.items()))
    (tmp_path / "findings.json").write_text(labels.read_text().replace('"11"', '"caries"'))
    assert kinds(tmp_path) == []


def test_one_jaw_passes(tmp_path):
    assert kinds(coco_set(tmp_path, [(fdi, mask) for fdi, mask in IDEAL.items() if fdi < 30])) == []


def test_number_twice_in_coco(tmp_path):
    teeth = {**IDEAL, 15: IDEAL[15]}
    report = lint_panoramics([coco_set(tmp_path, [*((f, m) for f, m in teeth.items() if f != 25), (15, IDEAL[25])])])
    assert [(finding.kind, finding.teeth) for finding in report.findings] == [("number_twice", (15,))]
    assert report.findings[0].name == "p0"


def test_number_twice_in_a_label_picture(tmp_path):
    values = label_map()
    values[values == 25] = 15
    assert kinds(mask_set(tmp_path, values)) == ["number_twice"]


def test_flipped_picture_with_unswapped_numbers(tmp_path):
    flipped = [(fdi, mask[:, ::-1]) for fdi, mask in IDEAL.items()]
    assert kinds(coco_set(tmp_path, flipped)) == ["mirrored", "mirrored"]


def test_flipped_picture_with_swapped_numbers_passes(tmp_path):
    flipped = [(anatomy.mirrored(fdi), mask[:, ::-1]) for fdi, mask in IDEAL.items()]
    assert kinds(coco_set(tmp_path, flipped)) == []


def test_uppers_below_lowers(tmp_path):
    report = lint_panoramics([coco_set(tmp_path, [(fdi, mask[::-1]) for fdi, mask in IDEAL.items()])])
    assert [finding.kind for finding in report.findings] == ["wrong_jaw"]
    assert "16 upper teeth lie below the 16 lower" in report.findings[0].what


def findings_about(changes, without=()):
    """Findings about the ideal row with some spots renumbered or moved: {fdi: new spot}."""
    spots = [changes.get(fdi, spot(fdi)) for fdi in anatomy.PERMANENT if fdi not in without]
    return [(finding.kind, finding.teeth) for finding in number_findings(spots)]


@pytest.mark.parametrize(("a", "b"), [(11, 21), (16, 15), (33, 34), (41, 42), (47, 46)])
def test_neighbours_swapped(a, b):
    changes = {a: replace(spot(a), column=spot(b).column), b: replace(spot(b), column=spot(a).column)}
    assert findings_about(changes) == [("order", tuple(sorted((a, b))))]


def test_number_of_the_other_side():
    assert findings_about({26: replace(spot(26), column=spot(16).column)}, without=(16,)) == [("order", (26,))]


def test_number_of_the_other_jaw():
    assert findings_about({46: replace(spot(46), row=ROW[anatomy.UPPER])}, without=(16,)) == [("wrong_jaw", (46,))]


def test_impacted_teeth_pass():
    canine = replace(spot(13), row=ROW[anatomy.UPPER] - 45, column=spot(12).column + 5)
    wisdom = replace(spot(38), row=ROW[anatomy.LOWER] - 45)
    assert findings_about({13: canine, 38: wisdom}) == []


def test_milk_teeth_stand_over_germs_without_blame():
    germs = {fdi: replace(spot(fdi), row=ROW[anatomy.LOWER] + 55) for fdi in (34, 35)}
    milk = [replace(spot(germ), fdi=fdi) for fdi, germ in ((74, 34), (75, 35))]
    spots = [germs.get(fdi, spot(fdi)) for fdi in anatomy.PERMANENT] + milk
    assert number_findings(spots) == []


def test_milk_tooth_under_the_number_of_the_molar_behind_it():
    germ = replace(spot(45), row=ROW[anatomy.LOWER] + 60)
    milk = replace(spot(45), fdi=46)
    molar = replace(spot(46), fdi=47)
    assert findings_about({45: germ, 46: milk, 47: molar}, without=(48,)) == [("over_neighbour", (46, 45))]


@pytest.mark.parametrize("fdi", [11, 18, 25, 36, 43])
def test_a_missing_tooth_is_no_finding(fdi):
    assert findings_about({}, without=(fdi,)) == []


def test_bilinear_resizing_is_seen_and_nothing_else_is_said_about_it(tmp_path):
    small, _ = bilinear(label_map(), (180, 360))
    pixels = np.asarray(Image.fromarray(picture()).resize((360, 180)))
    report = lint_panoramics([mask_set(tmp_path, small, pixels)])
    assert [finding.kind for finding in report.findings] == ["interpolated"]


def test_damaged_pixels_are_those_whose_value_no_source_neighbour_has():
    rows, columns = np.indices((512, 1024)) // 2
    small, lies = bilinear(label_map()[rows, columns], (240, 500))
    found = interpolated_pixels(small)
    assert lies.sum() > 0.02 * (small > 0).sum()
    assert (found & lies).sum() > 0.98 * lies.sum()
    assert (found & lies).sum() > 0.95 * found.sum()


def test_nearest_neighbour_is_no_damage():
    rows, columns = (np.linspace(0, n - 1, new).round().astype(int) for n, new in zip(SHAPE, (180, 370), strict=True))
    values = label_map()[np.ix_(rows, columns)]
    assert interpolated_pixels(values).sum() < 0.005 * (values > 0).sum()


def test_label_pictures_saved_as_jpeg(tmp_path):
    Image.fromarray(label_map()).save(tmp_path / "lossy.jpg", quality=80)
    values = np.asarray(Image.open(tmp_path / "lossy.jpg"))
    assert "interpolated" in kinds(mask_set(tmp_path / "set", values))


def test_numbers_that_do_not_exist(tmp_path):
    values = label_map()
    values[values == 28] = 29
    report = lint_panoramics(
        [mask_set(tmp_path / "masks", values), coco_set(tmp_path / "coco", [("molar", IDEAL[16])])]
    )
    assert [finding.kind for finding in report.findings if finding.kind != "leak"] == ["unknown_number"] * 2
    assert "'29'" in report.findings[-2].what
    assert "'molar'" in report.findings[-1].what


def test_map_file_gives_the_numbers(tmp_path):
    labels = coco_set(tmp_path, [("molar", IDEAL[16]), ("braces", IDEAL[21])])
    (tmp_path / "numbers.txt").write_text(json.dumps({"molar": 16, "braces": 0}))
    assert kinds(labels, numbers=tmp_path / "numbers.txt") == []


def test_grey_values_are_mapped(tmp_path):
    values = label_map()
    save_picture(tmp_path, "a", picture())
    write_label_picture(np.where(values == 48, 200, values), tmp_path / "masks_grey" / "a.png")
    numbers = {str(fdi): fdi for fdi in anatomy.PERMANENT}
    (tmp_path / "grey_to_fdi.json").write_text(json.dumps(numbers))
    assert kinds(tmp_path) == ["unknown_number"]
    (tmp_path / "grey_to_fdi.json").write_text(json.dumps({**numbers, "200": 48}))
    assert kinds(tmp_path) == []


def test_empty_masks(tmp_path):
    nothing = np.zeros(SHAPE, dtype=bool)
    report = lint_panoramics([coco_set(tmp_path, [(16, IDEAL[16]), (21, nothing)], [])])
    assert [(f.kind, f.teeth, f.name) for f in report.findings] == [("empty", (21,), "p0"), ("empty", (), "p1")]


def test_specks_and_impossible_sizes(tmp_path):
    speck = IDEAL[36].copy()
    speck[5:8, 5:8] = True
    both = IDEAL[22] | IDEAL[23] | IDEAL[24] | IDEAL[21]
    teeth = {**{fdi: IDEAL[fdi] for fdi in anatomy.PERMANENT if fdi not in (21, 23, 24)}, 36: speck, 22: both}
    report = lint_panoramics([coco_set(tmp_path, list(teeth.items()))])
    assert [(f.kind, f.teeth) for f in report.findings] == [("speck", (36,)), ("implausible_area", (22,))]


def test_missing_pictures_other_sizes_and_damaged_files(tmp_path):
    folder = mask_set(tmp_path, label_map(), name="small")
    save_picture(folder, "small", picture()[:, :400])
    write_label_picture(label_map(), folder / "masks_fdi" / "lost.png")
    save_picture(folder, "broken", picture())
    (folder / "masks_fdi" / "broken.png").write_bytes(b"no picture")
    report = lint_panoramics([folder])
    assert {(f.kind, f.name) for f in report.findings if f.kind != "duplicate"} == {
        ("missing_picture", "lost"),
        ("size", "small"),
        ("unreadable", "broken"),
    }


def test_copies_within_and_across_sets(tmp_path):
    train = coco_set(tmp_path / "train", list(IDEAL.items()), list(IDEAL.items()))
    test = coco_set(tmp_path / "test", list(IDEAL.items()), seed=7)
    assert kinds(train, test) == []
    save_picture(tmp_path / "train", "p1", picture(0)[:, ::-1])
    save_picture(tmp_path / "test", "p7", (picture(0) * 0.7).astype(np.uint8))
    report = lint_panoramics([train, test])
    assert [(f.kind, f.name) for f in report.findings] == [("leak", "p0"), ("leak", "p1"), ("duplicate", "p0")]
    assert "mirrored" in report.findings[1].what
    assert str(test) in report.findings[0].what


def test_one_picture_under_two_label_sets_of_a_set_is_no_copy(tmp_path):
    labels = coco_set(tmp_path, list(IDEAL.items()))
    (tmp_path / "again.json").write_bytes(labels.read_bytes())
    assert kinds(tmp_path) == []


def test_one_picture_in_two_sets_is_a_leak(tmp_path):
    labels = coco_set(tmp_path, list(IDEAL.items()))
    (tmp_path / "again.json").write_bytes(labels.read_bytes())
    assert kinds(labels, tmp_path / "again.json") == ["leak"]


def test_report_and_exit_status(tmp_path, capsys):
    clean = coco_set(tmp_path / "clean", list(IDEAL.items()))
    damaged = coco_set(tmp_path / "damaged", [(fdi, mask[:, ::-1]) for fdi, mask in IDEAL.items()], seed=3)
    assert main(["panoramic", "lint", str(clean)]) == 0
    assert "1 label sets: nothing found" in capsys.readouterr().out
    assert main(["panoramic", "lint", str(clean), str(damaged), "--out", str(tmp_path / "report.json")]) == 1
    shown = capsys.readouterr().out
    assert KINDS["mirrored"].title in shown
    assert KINDS["mirrored"].fix in shown
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["pictures"] == 2
    assert [finding["kind"] for finding in report["findings"]] == ["mirrored", "mirrored"]
    assert list(report["kinds"]) == ["mirrored"]
    assert report["findings"][0]["file"] == str(damaged)


def test_nothing_to_check(tmp_path):
    with pytest.raises(ConfigError, match="no input"):
        lint_panoramics([])
    with pytest.raises(ConfigError, match="no such file"):
        lint_panoramics([tmp_path / "nowhere"])
    with pytest.raises(ConfigError, match=r"expected a COCO .json"):
        lint_panoramics([tmp_path])
    (tmp_path / "labels.json").write_text("[]")
    with pytest.raises(FormatError, match="COCO"):
        lint_panoramics([tmp_path / "labels.json"])


@pytest.mark.realdata
def test_published_id_masks_resized_bilinearly(real_data):
    """The published system resizes its id masks bilinearly to 512 x 512, which damages about four percent of them."""
    shares, found_shares = [], []
    for file in sorted((real_data / "panoramic_hitl" / "masks_grey").glob("*.png"))[:2]:
        small, lies = bilinear(read_label_picture(file), (512, 512))
        shares.append(lies.sum() / (small > 0).sum())
        found_shares.append(interpolated_pixels(small).sum() / (small > 0).sum())
    assert np.mean(found_shares) == pytest.approx(np.mean(shares), rel=0.05)
    assert 0.03 < np.mean(found_shares) < 0.055


@pytest.mark.realdata
def test_hand_drawn_labels_of_mixed_dentitions(real_data, tmp_path):
    source = real_data / "panoramic_hitl"
    (tmp_path / "grey_to_fdi.json").symlink_to(source / "grey_to_fdi.json")
    for name in ("1", "8"):
        for file in (f"images/{name}.jpg", f"masks_grey/{name}.png"):
            (tmp_path / file).parent.mkdir(exist_ok=True)
            (tmp_path / file).symlink_to(source / file)
    found = [(finding.kind, finding.name, finding.teeth) for finding in lint_panoramics([tmp_path]).findings]
    assert found == [("number_twice", "8", (fdi,)) for fdi in (26, 35, 34, 33, 16, 45)]
