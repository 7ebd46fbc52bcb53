import pytest

from typodont.errors import FormatError
from typodont.formats import CocoImage, CocoInstance
from typodont.formats.box_csv import is_box_csv, read_box_csv

HEAD = "filename,width,height,class,xmin,ymin,xmax,ymax\n"


def saved(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(text)
    return path


def test_pictures_in_their_order(tmp_path):
    path = saved(
        tmp_path, HEAD + "b.png,40,30,Cavity,1,2,3,4.5\na.png,20,10,Cavity,0,0,5,5\nb.png,40,30,Tooth,1,1,9,9\n"
    )
    assert is_box_csv(path)
    assert read_box_csv(path) == [
        CocoImage(
            "b.png",
            (30, 40),
            (
                CocoInstance("Cavity", None, "line 2", box=(1, 2, 3, 4.5)),
                CocoInstance("Tooth", None, "line 4", box=(1, 1, 9, 9)),
            ),
        ),
        CocoImage("a.png", (10, 20), (CocoInstance("Cavity", None, "line 3", box=(0, 0, 5, 5)),)),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("filename,width\n", r"found no column class, height, xmax, xmin, ymax, ymin, expected filename,width,"),
        (HEAD + "a.png,40,30,Tooth,1,x,3,4\n", "line 2: found no number"),
        (HEAD + "a.png,40,30,Tooth,1\n", "line 2: found no number"),
        (HEAD + "a.png,40,30,Tooth,1,1,3,4\na.png,30,40,Tooth,1,1,3,4\n", "line 3: found the size 30 × 40 of a.png"),
    ],
)
def test_damaged(tmp_path, text, message):
    with pytest.raises(FormatError, match=message):
        read_box_csv(saved(tmp_path, text))


def test_other_csv_is_no_list_of_boxes(tmp_path):
    assert not is_box_csv(saved(tmp_path, "a,b\n1,2\n"))
    assert not is_box_csv(saved(tmp_path, ""))
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe\x00")
    assert not is_box_csv(tmp_path / "a.csv")
    with pytest.raises(FormatError, match="cannot be read as CSV"):
        read_box_csv(tmp_path / "a.csv")
