import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from evaluation.made_box_labels import (
    SIZE,
    WRITERS,
    as_coco,
    as_geojson,
    as_voc,
    as_yolo,
    feature,
    write_json,
    write_pictures,
    write_text,
)
from marrowscope.errors import UnreadableInputError
from marrowscope.evaluation.box_formats import pictures_in, read_boxes
from marrowscope.evaluation.box_formats.yolo_names import class_names
from marrowscope.evaluation.image_sets import Box

LABELS = {
    "one.png": [Box("plasma cell", 10, 20, 30, 40), Box("RBC", 100.5, 50.25, 20.5, 21)],
    "sub/two.png": [Box("plasma cell", 0, 0, *SIZE)],
    "sub/none.png": [],
}


def refusal(source: Path, pictures: Path) -> str:
    with pytest.raises(UnreadableInputError) as caught:
        read_boxes(source, pictures)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return write_pictures(tmp_path / "pictures", *LABELS, "unlabelled.png")


def assert_same(
    read: Mapping[str, Sequence[Box]], written: Mapping[str, Sequence[Box]], within_px: float
) -> None:
    assert list(read) == sorted(written)
    for picture, boxes in written.items():
        assert [box.label for box in read[picture]] == [box.label for box in boxes]
        for one, other in zip(read[picture], boxes, strict=True):
            assert (one.x_px, one.y_px, one.w_px, one.h_px) == pytest.approx(
                (other.x_px, other.y_px, other.w_px, other.h_px), abs=within_px
            )


class TestEveryLayout:
    @pytest.mark.parametrize("layout", WRITERS)
    def test_boxes_come_back(self, layout: str, pictures: Path, tmp_path: Path) -> None:
        source = WRITERS[layout](tmp_path / "labels", LABELS)

        assert_same(read_boxes(source, pictures), LABELS, 0.001)

    @pytest.mark.parametrize("layout", WRITERS)
    def test_a_folder_that_holds_the_one_file_will_do(
        self, layout: str, pictures: Path, tmp_path: Path
    ) -> None:
        WRITERS[layout](tmp_path / "labels", LABELS)

        assert_same(read_boxes(tmp_path / "labels", pictures), LABELS, 0.001)

    @pytest.mark.parametrize("layout", WRITERS)
    def test_labels_may_lie_beside_the_pictures(self, layout: str, tmp_path: Path) -> None:
        folder = tmp_path / "both"
        WRITERS[layout](folder, LABELS)
        write_pictures(folder, *LABELS)
        write_text(folder / "._one.xml", "left by an operating system")

        assert_same(read_boxes(folder, folder), LABELS, 0.001)

    @pytest.mark.parametrize("layout", WRITERS)
    def test_what_reaches_over_the_edge_is_clipped(self, layout: str, tmp_path: Path) -> None:
        pictures = write_pictures(tmp_path / "pictures", "a.png")
        source = WRITERS[layout](
            tmp_path / "labels", {"a.png": [Box("x", -10, 200, 30, 80), Box("x", 300, 5, 60, 10)]}
        )

        clipped = {"a.png": [Box("x", 0, 200, 20, 40), Box("x", 300, 5, 20, 10)]}
        assert_same(read_boxes(source, pictures), clipped, 0.001)

    @pytest.mark.parametrize("layout", WRITERS)
    def test_a_box_outside_is_refused(self, layout: str, tmp_path: Path) -> None:
        pictures = write_pictures(tmp_path / "pictures", "a.png")
        source = WRITERS[layout](tmp_path / "labels", {"a.png": [Box("x", 330, 10, 30, 30)]})

        assert "outside its picture of 320 x 240 px" in refusal(source, pictures)

    @pytest.mark.parametrize("layout", WRITERS)
    def test_a_box_without_a_size_is_refused(self, layout: str, tmp_path: Path) -> None:
        pictures = write_pictures(tmp_path / "pictures", "a.png")
        source = WRITERS[layout](tmp_path / "labels", {"a.png": [Box("x", 30, 10, 30, 0)]})

        message = refusal(source, pictures)
        assert "the box is 30 x 0 px large" in message
        assert any(place in message for place in ("line", "entry", "object", "feature"))

    @pytest.mark.parametrize("layout", WRITERS)
    def test_a_picture_that_is_not_there_is_refused(self, layout: str, tmp_path: Path) -> None:
        pictures = write_pictures(tmp_path / "pictures", "a.png", "other/b.png")
        labels = {"a.png": [Box("x", 1, 1, 9, 9)], "gone.png": [Box("x", 1, 1, 9, 9)]}
        source = WRITERS[layout](tmp_path / "labels", labels)

        assert "there is no picture gone" in refusal(source, pictures)

    @pytest.mark.parametrize("layout", WRITERS)
    def test_labels_without_any_box_are_refused(self, layout: str, tmp_path: Path) -> None:
        pictures = write_pictures(tmp_path / "pictures", "a.png")
        source = WRITERS[layout](tmp_path / "labels", {"a.png": []})

        assert "hold no box" in refusal(source, pictures)

    @pytest.mark.parametrize("layout", ["coco", "voc"])
    def test_labels_of_a_picture_of_another_size_are_refused(
        self, layout: str, tmp_path: Path
    ) -> None:
        pictures = write_pictures(tmp_path / "pictures", "a.png", size=(160, 120))
        source = WRITERS[layout](tmp_path / "labels", {"a.png": [Box("x", 1, 1, 9, 9)]})

        message = refusal(source, pictures)
        assert "drawn on a picture of 320 x 240 px, but a.png has 160 x 120 px" in message


NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=12)


@st.composite
def boxes_within(draw: st.DrawFn) -> Box:
    """A box inside a picture of SIZE, at least 1 px wide, on quarter pixels."""
    left, right = sorted(draw(st.sets(st.integers(0, SIZE[0]), min_size=2, max_size=2)))
    top, bottom = sorted(draw(st.sets(st.integers(0, SIZE[1]), min_size=2, max_size=2)))
    shrunk = draw(st.sampled_from([0.0, 0.25]))
    label = draw(NAMES)
    return Box(label, left + shrunk, top + shrunk, right - left - shrunk, bottom - top - shrunk)


@given(st.lists(boxes_within(), min_size=1, max_size=6), st.lists(boxes_within(), max_size=3))
def test_all_layouts_say_the_same(first: list[Box], second: list[Box]) -> None:
    labels = {"a.png": first, "b/c.png": second}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pictures = write_pictures(folder / "pictures", *labels)
        for layout, write in WRITERS.items():
            assert_same(read_boxes(write(folder / layout, labels), pictures), labels, 0.5)


class TestWhichLayout:
    @pytest.mark.parametrize("name", ["labels.docx", "boxes", "picture.png"])
    def test_an_unknown_file_is_refused(self, name: str, pictures: Path, tmp_path: Path) -> None:
        message = refusal(write_text(tmp_path / name, "hello"), pictures)

        assert message.startswith(name)
        assert "COCO" in message

    @pytest.mark.parametrize("value", [{"a": 1}, [{"image": "x"}], 3])
    def test_json_of_something_else_is_refused(
        self, value: object, pictures: Path, tmp_path: Path
    ) -> None:
        assert "no layout" in refusal(write_json(tmp_path / "x.json", value), pictures)

    def test_an_empty_folder_is_refused(self, pictures: Path, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()

        assert "no layout" in refusal(tmp_path / "empty", pictures)

    def test_two_layouts_in_one_folder_are_refused(self, pictures: Path, tmp_path: Path) -> None:
        as_voc(tmp_path / "labels", LABELS)
        as_yolo(tmp_path / "labels", LABELS)

        assert "Pascal VOC and YOLO" in refusal(tmp_path / "labels", pictures)

    def test_several_tables_in_one_folder_are_refused(self, pictures: Path, tmp_path: Path) -> None:
        as_coco(tmp_path / "labels", LABELS)
        write_json(tmp_path / "labels" / "notes.json", {})

        assert "2 tables or JSON files" in refusal(tmp_path / "labels", pictures)

    def test_one_text_file_is_no_label_set(self, pictures: Path, tmp_path: Path) -> None:
        source = write_text(tmp_path / "one.txt", "0 0.5 0.5 0.1 0.1")

        assert "give the folder" in refusal(source, pictures)

    def test_labels_that_are_not_there_are_refused(self, pictures: Path, tmp_path: Path) -> None:
        assert "no such file or folder" in refusal(tmp_path / "gone.csv", pictures)

    @pytest.mark.parametrize("name", ["boxes.csv", "boxes.json"])
    def test_a_file_that_is_not_utf_8_is_refused(
        self, name: str, pictures: Path, tmp_path: Path
    ) -> None:
        (tmp_path / name).write_bytes(b"path,label\xff\xfe\n")

        assert "UTF-8" in refusal(tmp_path / name, pictures)


class TestPictures:
    def test_pictures_are_found_below_a_folder(self, tmp_path: Path) -> None:
        write_pictures(tmp_path, "b.png", "a/c.TIF", "a.jpeg", ".hidden/d.png", "._e.png")
        write_text(tmp_path / "notes.txt", "x")

        found = [path.relative_to(tmp_path).as_posix() for path in pictures_in(tmp_path)]
        assert found == ["a/c.TIF", "a.jpeg", "b.png"]

    def test_no_folder_or_no_picture_is_refused(self, tmp_path: Path) -> None:
        source = as_coco(tmp_path / "labels", LABELS)

        assert "no such folder of pictures" in refusal(source, tmp_path / "gone")
        assert "no JPEG" in refusal(source, tmp_path / "labels")

    def test_a_damaged_picture_is_refused(self, tmp_path: Path) -> None:
        write_text(tmp_path / "pictures" / "a.png", "no picture")
        source = WRITERS["csv"](tmp_path / "labels", {"a.png": [Box("x", 1, 1, 9, 9)]})

        assert refusal(source, tmp_path / "pictures").startswith("a.png")

    def test_a_turned_picture_is_as_wide_as_it_is_shown(self, tmp_path: Path) -> None:
        (tmp_path / "pictures").mkdir()
        exif = Image.Exif()
        exif[0x0112] = 6
        turned = Image.new("RGB", (240, 320))
        turned.save(tmp_path / "pictures" / "a.jpg", exif=exif)
        labels = {"a.jpg": [Box("x", 300, 200, 20, 40)]}

        read = read_boxes(as_coco(tmp_path / "labels", labels), tmp_path / "pictures")
        assert_same(read, labels, 0.001)

    @pytest.mark.parametrize(
        "written", ["images/one.png", "..\\fields\\images\\one.png", "/data/x/one.png"]
    )
    def test_folders_in_front_do_not_matter(
        self, written: str, pictures: Path, tmp_path: Path
    ) -> None:
        source = write_text(tmp_path / "boxes.csv", "path,label,x,y,w,h", f"{written},x,1,2,3,4")

        assert list(read_boxes(source, pictures)) == ["one.png"]

    def test_a_picture_in_a_sub_folder_is_found_by_its_name(
        self, pictures: Path, tmp_path: Path
    ) -> None:
        source = write_text(tmp_path / "boxes.csv", "path,label,x,y,w,h", "two.png,x,1,2,3,4")

        assert list(read_boxes(source, pictures)) == ["sub/two.png"]

    def test_another_smear_with_the_same_file_name_is_not_taken(
        self, pictures: Path, tmp_path: Path
    ) -> None:
        source = write_text(tmp_path / "boxes.csv", "path,label,x,y,w,h", "top/two.png,x,1,2,3,4")

        assert "there is no picture top/two.png" in refusal(source, pictures)

    def test_a_name_that_fits_two_pictures_is_refused(self, tmp_path: Path) -> None:
        pictures = write_pictures(tmp_path / "pictures", "a/x.png", "b/x.png")
        source = write_text(tmp_path / "boxes.csv", "path,label,x,y,w,h", "x.png,y,1,2,3,4")

        assert "may be a/x.png or b/x.png" in refusal(source, pictures)

    def test_two_pictures_that_differ_in_extension_are_told_apart_or_refused(
        self, tmp_path: Path
    ) -> None:
        pictures = write_pictures(tmp_path / "pictures", "x.png", "x.jpg")
        labels = {"x.png": [Box("y", 1, 2, 3, 4)]}

        assert list(read_boxes(as_coco(tmp_path / "coco", labels), pictures)) == ["x.png"]
        assert "may be" in refusal(as_yolo(tmp_path / "yolo", labels), pictures)


class TestCsv:
    HEADER = "path,label,x,y,w,h"

    def test_columns_may_stand_in_any_order_among_others(
        self, pictures: Path, tmp_path: Path
    ) -> None:
        source = write_text(
            tmp_path / "boxes.csv",
            "\ufeffnote, h,w,y,x,label,path",
            "seen twice,4,3,2,1,PLASMA,one.png",
            "",
        )

        assert read_boxes(source, pictures) == {"one.png": (Box("PLASMA", 1, 2, 3, 4),)}

    def test_a_box_without_a_label_is_a_nucleated_cell(
        self, pictures: Path, tmp_path: Path
    ) -> None:
        source = write_text(tmp_path / "boxes.csv", self.HEADER, "one.png,,1,2,3,4")

        assert read_boxes(source, pictures)["one.png"][0].label == "nucleated"

    @pytest.mark.parametrize(
        ("lines", "said"),
        [
            (["path,label,x,y,w", "one.png,x,1,2,3"], "line 1: the column h is missing"),
            (["path;label;x;y;w;h", "one.png;x;1;2;3;4"], "separated by commas"),
            ([], "line 1: the column path is missing"),
            ([HEADER, "one.png,x,1,2,3,4", "one.png,x,1,2,3"], "line 3: has 5 values"),
            ([HEADER, "one.png,x,1,2,3,four"], "line 2: h is no finite number"),
            ([HEADER, "one.png,x,1,2,3,"], "line 2: h is no finite number"),
            ([HEADER, "one.png,x,nan,2,3,4"], "line 2: x is no finite number"),
            ([HEADER, "one.png,x,1,2,inf,4"], "line 2: w is no finite number"),
            ([HEADER, "one.png,x,1,2,-3,4"], "line 2: the box is -3 x 4 px"),
            ([HEADER, '"one.png,x,1,2,3,4'], "damaged table"),
            ([HEADER, "one.png,,,,,", "one.png,,,,,"], "line 3: one.png has labels in another"),
        ],
    )
    def test_bad_tables_are_refused(
        self, lines: list[str], said: str, pictures: Path, tmp_path: Path
    ) -> None:
        assert said in refusal(write_text(tmp_path / "boxes.csv", *lines), pictures)


class TestCoco:
    def value(self, **changes: object) -> dict[str, object]:
        image = {"id": 7, "file_name": "one.png", "width": 320, "height": 240}
        annotation = {"image_id": 7, "category_id": 2, "bbox": [1, 2, 3, 4]}
        return {
            "images": [image],
            "annotations": [annotation | changes],
            "categories": [{"id": 2, "name": "BLAST"}],
        }

    def read(self, value: object, pictures: Path) -> dict[str, tuple[Box, ...]]:
        return read_boxes(write_json(pictures.parent / "coco.json", value), pictures)

    def said(self, value: object, pictures: Path) -> str:
        return refusal(write_json(pictures.parent / "coco.json", value), pictures)

    def test_a_crowd_is_ignored(self, pictures: Path) -> None:
        assert self.read(self.value(iscrowd=1), pictures)["one.png"][0].label == "ignore"

    def test_an_unknown_size_is_not_compared(self, pictures: Path) -> None:
        value = self.value() | {"images": [{"id": 7, "file_name": "one.png"}]}

        assert self.read(value, pictures) == {"one.png": (Box("BLAST", 1, 2, 3, 4),)}

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"category_id": 5}, "annotations entry 1: category 5 has no name"),
            ({"image_id": 8}, "annotations entry 1: image_id 8 is not among the images"),
            ({"image_id": None}, "image_id is missing"),
            ({"bbox": None}, "bbox is missing"),
            ({"bbox": [1, 2, 3]}, "bbox is missing"),
            ({"bbox": [1, 2, 3, float("nan")]}, "no finite number"),
            ({"bbox": [1, 2, 3, True]}, "no finite number"),
            ({"bbox": [1, 2, 3, 10**400]}, "no finite number"),
            ({"bbox": [1, 2, -3, 4]}, "-3 x 4 px large"),
        ],
    )
    def test_bad_annotations_are_refused(
        self, changes: dict[str, object], said: str, pictures: Path
    ) -> None:
        assert said in self.said(self.value(**changes), pictures)

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"annotations": None}, "the list annotations is missing"),
            ({"categories": {}}, "the list categories is missing"),
            ({"annotations": [3]}, "annotations entry 1: is no record"),
            ({"images": [{"id": 7}]}, "images entry 1: file_name is missing"),
            ({"images": [{"file_name": "one.png"}]}, "images entry 1: id is missing"),
            ({"images": [{"id": 7, "file_name": "one.png"}] * 2}, "images entry 2: the id 7"),
            (
                {"images": [{"id": n, "file_name": "one.png"} for n in (7, 8)]},
                "images entry 2: one.png has labels in another place",
            ),
        ],
    )
    def test_bad_files_are_refused(
        self, changes: dict[str, object], said: str, pictures: Path
    ) -> None:
        assert said in self.said(self.value() | changes, pictures)

    @pytest.mark.parametrize("text", ['{"images": [', "", "[" * 100_000, "1" * 5000])
    def test_damaged_json_is_refused(self, text: str, pictures: Path, tmp_path: Path) -> None:
        assert "damaged JSON" in refusal(write_text(tmp_path / "coco.json", text), pictures)


class TestYolo:
    ROW = "0 0.5 0.5 0.1 0.1"

    @pytest.mark.parametrize(
        ("picture", "label", "source", "pictures"),
        [
            ("images/a.png", "labels/a.txt", "labels", "images"),
            ("images/a.png", "labels/a.txt", ".", "."),
            ("images/train/a.png", "labels/train/a.txt", "labels", "images"),
            ("images/train/a.png", "labels/train/a.txt", "labels/train", "images/train"),
            ("images/train/a.png", "labels/train/a.txt", ".", "images"),
            ("train/images/a.png", "train/labels/a.txt", ".", "."),
            ("train/images/a.png", "train/labels/a.txt", "train/labels", "train/images"),
            ("obj_train_data/a.png", "obj_train_data/a.txt", ".", "obj_train_data"),
            ("a.png", "a.txt", ".", "."),
        ],
    )
    def test_labels_lie_beside_or_parallel_to_the_pictures(
        self, picture: str, label: str, source: str, pictures: str, tmp_path: Path
    ) -> None:
        write_pictures(tmp_path, picture)
        write_text(tmp_path / label, self.ROW)
        write_text(tmp_path / "data.yaml", "nc: 1", "names: ['blast']")
        write_text(tmp_path / "train.txt", picture)
        write_text(tmp_path / "README.roboflow.txt", "made elsewhere")

        read = read_boxes(tmp_path / source, tmp_path / pictures)
        assert [box.label for boxes in read.values() for box in boxes] == ["blast"]
        assert [tmp_path / pictures / name for name in read] == [tmp_path / picture]

    def test_train_and_val_are_read_together(self, tmp_path: Path) -> None:
        write_pictures(tmp_path, "images/train/a.png", "images/val/a.png", "images/val/b.png")
        write_text(tmp_path / "labels/train/a.txt", self.ROW)
        write_text(tmp_path / "labels/val/a.txt")
        write_text(tmp_path / "data.yaml", "names: [x]")

        read = read_boxes(tmp_path, tmp_path / "images")
        assert {name: len(boxes) for name, boxes in read.items()} == {
            "train/a.png": 1,
            "val/a.png": 0,
        }

    def test_an_outline_becomes_the_box_around_it(self, tmp_path: Path) -> None:
        pictures = write_pictures(tmp_path / "images", "a.png")
        write_text(tmp_path / "labels/a.txt", "0 0.25 0.5 0.5 0.25 0.75 0.5 0.5 0.75")
        write_text(tmp_path / "classes.txt", "x")

        assert_same(
            read_boxes(tmp_path / "labels", pictures),
            {"a.png": [Box("x", 80, 60, 160, 120)]},
            0.001,
        )

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("1 0.5 0.5 0.1 0.1", "a.txt, line 2: class 1 has no name"),
            ("-1 0.5 0.5 0.1 0.1", "where the number of a class is expected"),
            ("blast 0.5 0.5 0.1 0.1", "where the number of a class is expected"),
            ("0 0.5 0.5 0.1", "line 2: has 4 values"),
            ("0 0.5 0.5 0.1 0.1 0.97", "line 2: has 6 values"),
            ("0 0.5 0.5 0.1 0.1 0.9 0.9 0.9", "line 2: has 8 values"),
            ("0", "line 2: has 1 values"),
            ("0 160 120 20 20", "not in pixels"),
            ("0 0.5 0.5 0.1 nan", "no finite number"),
            ("0 0.5 0.5 0.1 x", "no finite number"),
            ("0 0.5 0.5 0 0.1", "0 x 24 px large"),
            ("0 0.5 0.5 0.5 0.5 0.5 0.6", "0 x 24 px large"),
            ("0 1.5 0.5 0.1 0.1", "outside its picture"),
        ],
    )
    def test_bad_rows_are_refused(self, row: str, said: str, tmp_path: Path) -> None:
        pictures = write_pictures(tmp_path / "images", "a.png")
        write_text(tmp_path / "labels/a.txt", self.ROW, row)
        write_text(tmp_path / "classes.txt", "x")

        assert said in refusal(tmp_path / "labels", pictures)

    def test_classes_without_names_are_refused(self, tmp_path: Path) -> None:
        pictures = write_pictures(tmp_path / "images", "a.png")
        write_text(tmp_path / "labels/a.txt", self.ROW)

        message = refusal(tmp_path / "labels", pictures)
        assert message.startswith("labels: the names of the classes are missing")


class TestYoloNames:
    @pytest.mark.parametrize(
        "lines",
        [
            ["names: [plasma cell, RBC]"],
            ["path: ../x  # where", "nc: 2", "names: ['plasma cell', \"RBC\"]  # two"],
            ["names: [", "  'plasma cell',", "  'RBC',", "]", "nc: 2"],
            ["names:", "  0: plasma cell  # first", "", "  1: 'RBC'", "train: images"],
            ["names:", "- plasma cell", "- RBC", "nc: 2"],
            ["names: {0: plasma cell, 1: RBC}"],
            ["'names': {1: RBC, 0: 'plasma cell'}"],
        ],
    )
    def test_names_are_read_from_yaml(self, lines: list[str], tmp_path: Path) -> None:
        write_text(tmp_path / "data.yaml", *lines)

        assert class_names([tmp_path]) == {0: "plasma cell", 1: "RBC"}

    def test_quotes_hold_what_they_enclose(self, tmp_path: Path) -> None:
        write_text(tmp_path / "data.yaml", """names: ['it''s, #1', "a: b"]""")

        assert class_names([tmp_path]) == {0: "it's, #1", 1: "a: b"}

    @pytest.mark.parametrize(
        "lines",
        [
            ["names: blast"],
            ["names: &all [a, b]"],
            ["names: [a, [b]]"],
            ["names: [a, b"],
            ["names: {0: a, b}"],
            ["names:", "  - name: a"],
            ["names:", "  - a", "  1: b"],
            ["names:", "  0:", "    label: a"],
            ["names: []"],
            ["names:"],
            [r'names: ["\x41"]'],
        ],
    )
    def test_other_yaml_is_refused_not_guessed(self, lines: list[str], tmp_path: Path) -> None:
        write_text(tmp_path / "data.yaml", *lines)

        with pytest.raises(UnreadableInputError, match=r"data\.yaml, line 1: names is neither"):
            class_names([tmp_path])

    def test_yaml_without_names_is_refused(self, tmp_path: Path) -> None:
        write_text(tmp_path / "data.yaml", "nc: 2", "some:", "  names: [a]")

        with pytest.raises(UnreadableInputError, match="names is missing"):
            class_names([tmp_path])

    @pytest.mark.parametrize("file", ["classes.txt", "obj.names"])
    def test_names_are_read_one_a_line(self, file: str, tmp_path: Path) -> None:
        write_text(tmp_path / "above" / file, "plasma cell", " RBC ", "")
        (tmp_path / "below").mkdir()

        found = class_names([tmp_path / "below", tmp_path / "above"])
        assert found == {0: "plasma cell", 1: "RBC"}


class TestPascalVoc:
    BOX = "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>31</xmax><ymax>42</ymax></bndbox>"

    def write(self, folder: Path, inside: str, filename: str = "one.png") -> Path:
        name = f"<filename>{filename}</filename>"
        return write_text(folder / "one.xml", f"<annotation>{name}", inside, "</annotation>")

    def test_one_file_will_do_and_parts_are_not_read(self, pictures: Path, tmp_path: Path) -> None:
        part = f"<part><name>nucleus</name>{self.BOX.replace('31', '9')}</part>"
        inside = f"<object>{part}<name>BLAST</name>{self.BOX}</object>"
        source = self.write(tmp_path / "xml", inside)

        assert read_boxes(source, pictures) == {"one.png": (Box("BLAST", 1, 2, 30, 40),)}

    def test_without_a_file_name_the_label_files_own_counts(
        self, pictures: Path, tmp_path: Path
    ) -> None:
        source = self.write(tmp_path / "xml", f"<object>{self.BOX}</object>", filename="")

        assert read_boxes(source, pictures) == {"one.png": (Box("nucleated", 1, 2, 30, 40),)}

    @pytest.mark.parametrize(
        ("inside", "said"),
        [
            ("<object><name>x</name></object>", "one.xml, object 1: bndbox is missing"),
            ("<object><bndbox><xmin>1</xmin></bndbox></object>", "ymin is no finite number"),
            (f"<object>{BOX.replace('31', 'NaN')}</object>", "xmax is no finite number"),
            (f"<object>{BOX.replace('31', '0')}</object>", "-1 x 40 px large"),
            ("<size><width>x</width></size>", "size/width is no finite number"),
            ("<object>", "one.xml, line 3: is damaged XML"),
            ("&name;", "damaged XML"),
        ],
    )
    def test_bad_files_are_refused(
        self, inside: str, said: str, pictures: Path, tmp_path: Path
    ) -> None:
        self.write(tmp_path / "xml", inside)

        assert said in refusal(tmp_path / "xml", pictures)

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
    @pytest.mark.parametrize(
        "doctype",
        [
            '<!DOCTYPE annotation [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>',
            '<!DOCTYPE annotation [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
            '<!DOCTYPE annotation SYSTEM "http://localhost/a.dtd">',
        ],
    )
    def test_a_document_type_is_refused(
        self, doctype: str, encoding: str, pictures: Path, tmp_path: Path
    ) -> None:
        text = f'<?xml version="1.0" encoding="{encoding}"?>{doctype}<annotation>&a;</annotation>'
        (tmp_path / "one.xml").write_bytes(text.encode(encoding))

        assert "take the DOCTYPE out" in refusal(tmp_path / "one.xml", pictures)

    def test_other_xml_is_refused(self, pictures: Path, tmp_path: Path) -> None:
        assert "no Pascal VOC" in refusal(write_text(tmp_path / "x.xml", "<OME/>"), pictures)

    def test_an_unknown_encoding_is_refused(self, pictures: Path, tmp_path: Path) -> None:
        source = write_text(tmp_path / "x.xml", '<?xml version="1.0" encoding="klingon"?><a/>')

        assert refusal(source, pictures).startswith("x.xml")

    def test_two_files_for_one_picture_are_refused(self, pictures: Path, tmp_path: Path) -> None:
        self.write(tmp_path / "xml", f"<object>{self.BOX}</object>")
        self.write(tmp_path / "xml" / "again", f"<object>{self.BOX}</object>")

        assert "one.png has labels in another place" in refusal(tmp_path / "xml", pictures)


class TestQuPath:
    RING = ((10, 20), (40, 20), (25, 60), (10, 20))

    @pytest.mark.parametrize("name", ["one.geojson", "one.json", "one.png.geojson"])
    @pytest.mark.parametrize("form", ["collection", "list", "feature"])
    def test_one_file_is_named_after_its_picture(
        self, name: str, form: str, pictures: Path, tmp_path: Path
    ) -> None:
        one = feature(self.RING, "Blast: CD34")
        value = {
            "collection": {"type": "FeatureCollection", "features": [one]},
            "list": [one],
            "feature": one,
        }[form]

        read = read_boxes(write_json(tmp_path / name, value), pictures)
        assert read == {"one.png": (Box("Blast: CD34", 10, 20, 30, 40),)}

    def test_with_one_picture_the_name_does_not_matter(self, tmp_path: Path) -> None:
        pictures = write_pictures(tmp_path / "pictures", "a.png")
        source = write_json(tmp_path / "export.geojson", [feature(self.RING, "x")])

        assert list(read_boxes(source, pictures)) == ["a.png"]

    def test_a_name_of_no_picture_is_refused(self, pictures: Path, tmp_path: Path) -> None:
        source = write_json(tmp_path / "export.geojson", [feature(self.RING, "x")])

        assert "each file is named after its picture" in refusal(source, pictures)

    def test_what_has_no_class_is_a_nucleated_cell(self, pictures: Path, tmp_path: Path) -> None:
        bare = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [self.RING]}}
        source = write_json(tmp_path / "one.geojson", [feature(self.RING, None), bare])

        labels = [box.label for box in read_boxes(source, pictures)["one.png"]]
        assert labels == ["nucleated", "nucleated"]

    def test_names_of_a_derived_class_are_joined(self, pictures: Path, tmp_path: Path) -> None:
        one = feature(self.RING, None)
        assert isinstance(one, dict)
        one["properties"] = {"classification": {"names": ["Blast", "CD34"]}}

        read = read_boxes(write_json(tmp_path / "one.geojson", [one]), pictures)
        assert read["one.png"][0].label == "Blast: CD34"

    def test_regions_are_no_cells(self, pictures: Path, tmp_path: Path) -> None:
        features = [feature(self.RING, name) for name in ("Region*", "Ignore*", "x")]
        source = write_json(tmp_path / "one.geojson", features)

        labels = [box.label for box in read_boxes(source, pictures)["one.png"]]
        assert labels == ["Ignore*", "x"]

    def test_the_parts_of_a_multipolygon_are_one_cell(self, pictures: Path, tmp_path: Path) -> None:
        other = [[100, 100], [120, 100], [120, 130], [100, 100]]
        geometry = {"type": "MultiPolygon", "coordinates": [[self.RING], [other]]}
        one = {"type": "Feature", "geometry": geometry, "properties": {}}

        read = read_boxes(write_json(tmp_path / "one.geojson", [one]), pictures)
        assert read == {"one.png": (Box("nucleated", 10, 20, 110, 110),)}

    @pytest.mark.parametrize(
        ("geometry", "said"),
        [
            ({"type": "Point", "coordinates": [1, 2]}, "feature 1: is a point"),
            ({"type": "MultiPoint", "coordinates": [[1, 2]]}, "is a point"),
            ({"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, "neither a polygon"),
            ({"type": "Polygon", "coordinates": []}, "coordinates are damaged"),
            ({"type": "Polygon", "coordinates": [[[1], [2]]]}, "coordinates are damaged"),
            ({"type": "Polygon", "coordinates": 5}, "coordinates are damaged"),
            ({"type": "Polygon"}, "coordinates are damaged"),
            ({"type": "Polygon", "coordinates": [[[1, {}], [2, 3]]]}, "no finite number"),
            ({"type": "Polygon", "coordinates": [[[1, 2], [float("nan"), 3]]]}, "no finite"),
            ({"type": "Polygon", "coordinates": [[[1, 2], [1, 5]]]}, "0 x 3 px large"),
            (None, "no feature with a geometry"),
        ],
    )
    def test_bad_geometry_is_refused(
        self, geometry: object, said: str, pictures: Path, tmp_path: Path
    ) -> None:
        one = {"type": "Feature", "geometry": geometry, "properties": {}}

        assert said in refusal(write_json(tmp_path / "one.geojson", [one]), pictures)

    @pytest.mark.parametrize(
        ("value", "said"),
        [
            ({"type": "FeatureCollection"}, "list of features is missing"),
            ([{"type": "Feature"}, 5], "no feature with a geometry"),
            ([], "hold no box"),
        ],
    )
    def test_bad_files_are_refused(
        self, value: object, said: str, pictures: Path, tmp_path: Path
    ) -> None:
        assert said in refusal(write_json(tmp_path / "one.geojson", value), pictures)

    @pytest.mark.parametrize("classification", ["Blast", {"colour": 3}, {"names": []}])
    def test_a_class_without_a_name_is_refused(
        self, classification: object, pictures: Path, tmp_path: Path
    ) -> None:
        one = feature(self.RING, None)
        assert isinstance(one, dict)
        one["properties"] = {"classification": classification}

        message = refusal(write_json(tmp_path / "one.geojson", [one]), pictures)
        assert "classification has no name" in message

    def test_a_folder_with_other_json_in_it_is_refused(
        self, pictures: Path, tmp_path: Path
    ) -> None:
        as_geojson(tmp_path / "labels", LABELS)
        write_json(tmp_path / "labels" / "one.geojson", {"images": []})

        assert "one.geojson: is no GeoJSON" in refusal(tmp_path / "labels", pictures)
