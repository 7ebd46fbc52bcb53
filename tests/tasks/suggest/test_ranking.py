"""From files to a ranking, with a made-up network; the shipped ones on made-up and real files."""

import csv
import logging

import numpy as np
import pytest
from PIL import Image

from typodont.errors import ConfigError, FormatError, OutputExistsError
from typodont.formats import write_mesh
from typodont.synth.scan import make_scan
from typodont.tasks.suggest import check_free, rank, ranking_table, write_ranking
from typodont.tasks.suggest.look import Look, Looker
from typodont.tasks.suggest.result import MOST_PICTURES, reason
from typodont.training.weights import SHIPPED

PICTURE = np.full((30, 40, 3), 90, dtype=np.uint8)


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Files that hold their doubt and their place on a line; the looker reads nothing else."""

    def look(file):
        words = file.read_text().split()
        if len(words) != 2:
            raise FormatError(f"{file}: found {len(words)} numbers, expected 2")
        return Look(float(words[0]), np.array([float(words[1])], dtype=np.float32))

    looker = Looker((".txt",), look, lambda _: PICTURE)
    monkeypatch.setattr("typodont.tasks.suggest.ranking.open_looker", lambda job, weights: looker)
    for name, content in {"near": "0.5 1", "far": "0.5 9", "sure": "0.1 10", "bad": "what is this"}.items():
        (tmp_path / f"{name}.txt").write_text(content)
    (tmp_path / "labelled").mkdir()
    (tmp_path / "labelled" / "known.txt").write_text("0.4 0")
    return tmp_path


def size_of(picture):
    with Image.open(picture) as image:
        return image.size


def names(ranking):
    return [one.file.stem for one in ranking.suggestions]


def test_away_from_what_is_labelled_and_unreadable_files_passed_over(files, caplog):
    with caplog.at_level(logging.WARNING):
        ranking = rank("scan", [files], n=2, labelled=[files / "labelled"])
    assert names(ranking) == ["far", "near", "sure"]
    assert len(ranking.first) == 2
    assert list(ranking.failed) == [files / "bad.txt"]
    assert "bad.txt: found 3 numbers, expected 2" in caplog.text


def test_a_labelled_file_is_not_suggested_again(files):
    ranking = rank("scan", [files], labelled=[files / "far.txt"])
    assert "far" not in names(ranking)
    assert ranking.n == 3


def test_a_bug_in_the_way_of_one_file_does_not_stop_the_others(files):
    (files / "odd.txt").write_text("0.5 nowhere")
    ranking = rank("scan", [files])
    assert len(ranking.suggestions) == 4
    assert "internal error, ValueError" in ranking.failed[files / "odd.txt"]


def test_what_cannot_work_says_so(files, tmp_path):
    with pytest.raises(ConfigError, match="n is 0"):
        rank("scan", [files], n=0)
    with pytest.raises(FormatError, match="none of the 1 unlabelled files"):
        rank("scan", [files / "bad.txt"])
    with pytest.raises(ConfigError, match="no input"):
        rank("scan", [])


def test_jobs_without_suggestions_are_named():
    with pytest.raises(ConfigError, match=r"no job with suggestions called 'crowns'.*known: findings, panoramic, scan"):
        rank("crowns", [])


def test_table_csv_and_pictures(files):
    ranking = rank("scan", [files], n=2)
    text = ranking_table(ranking)
    assert "1 far.txt" in text
    assert "–" in text.splitlines()[1]
    assert text.splitlines()[-1] == "2 of 4 files; 1 passed over"
    write_ranking(ranking, files / "out")
    with (files / "out" / "suggestions.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4"]
    assert rows[0]["distance"] == ""
    assert float(rows[1]["gain"]) == pytest.approx(ranking.suggestions[1].gain, abs=1e-4)
    width, height = size_of(files / "out" / "suggestions.png")
    assert width > 2 * 40
    assert height > 30
    assert "distance" not in reason(ranking.suggestions[0])
    assert "distance" in reason(ranking.suggestions[1])


def test_a_ranking_that_exists_is_kept(files):
    check_free(files / "out", force=False)
    write_ranking(rank("scan", [files], n=1), files / "out")
    check_free(files / "out", force=True)
    with pytest.raises(OutputExistsError, match=r"suggestions\.csv exists already; --force"):
        check_free(files / "out", force=False)


def test_the_sheet_has_an_end(files):
    for number in range(MOST_PICTURES + 3):
        (files / f"more{number}.txt").write_text(f"0.3 {number}")
    ranking = rank("scan", [files], n=100)
    write_ranking(ranking, files / "out")
    width, height = size_of(files / "out" / "suggestions.png")
    assert (width // 40) * (height // 30) < 2 * MOST_PICTURES


@pytest.mark.slow
@pytest.mark.skipif(not (SHIPPED / "scan" / "segment.safetensors").exists(), reason="no shipped scan weights")
def test_shipped_weights_rank_scans(tmp_path):
    for index in range(2):
        scan = make_scan(5, index, n_faces=12000)
        write_mesh(scan.mesh, tmp_path / "scans" / f"{scan.name}.ply")
    (tmp_path / "scans" / "broken.stl").write_bytes(b"solid nothing")
    ranking = rank("scan", [tmp_path / "scans"], n=1)
    assert [file.name for file in ranking.failed] == ["broken.stl"]
    assert all(0 < one.uncertainty < 0.5 for one in ranking.suggestions)
    write_ranking(ranking, tmp_path / "out")
    with Image.open(tmp_path / "out" / "suggestions.png") as sheet:
        assert np.asarray(sheet).std() > 10


@pytest.mark.slow
@pytest.mark.realdata
@pytest.mark.skipif(not (SHIPPED / "panoramic" / "segment.safetensors").exists(), reason="no shipped weights")
def test_shipped_weights_rank_panoramics(real_data, tmp_path):
    pictures = sorted((real_data / "panoramic_hitl" / "images").iterdir())[:3]
    photo = sorted((real_data / "photo_calculus").rglob("*.jpg"))[0]
    ranking = rank("panoramic", [*pictures, photo], n=2)
    assert {one.file for one in ranking.suggestions} == set(pictures)
    assert "photo" in ranking.failed[photo]
    write_ranking(ranking, tmp_path)
    assert (tmp_path / "suggestions.png").exists()
