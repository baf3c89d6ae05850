"""Cells cut out of whole slides around the boxes of tables, as BMDeep has them."""

from pathlib import Path

import numpy as np
import pytest

from marrowscope.errors import UnknownScaleError, UnreadableInputError
from marrowscope.evaluation.crop_layouts import open_crop_sources
from marrowscope.evaluation.crop_source import CropSource
from marrowscope.evaluation.labels import class_of

pytest.importorskip("pyvips", reason="needs pyvips to write slides")

from slides.made_slides import pixels_with_discs, write_svs

CENTRES = [(150.0, 130.0), (400.0, 300.0), (500.0, 20.0)]
LABELS = ["promyelocyte", "lymphocytic_blast", "spicule"]
COLUMNS = "cell_id,roi_id,slide_id,x1,y1,x2,y2,original_consensus_label"


def row(cell: int, slide: str, centre: tuple[float, float], label: str) -> str:
    x, y = centre
    return f"{cell},1,{slide},{x - 20},{y - 20},{x + 20},{y + 20},{label}"


def write_tables(folder: Path, *rows: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cells.csv").write_text("\n".join([COLUMNS, *rows]) + "\n", encoding="utf-8")
    (folder / "rois.csv").write_text("roi_id,slide_id,x1,y1,x2,y2\n", encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two slides with three discs each, and their tables."""
    slides = ("A_bm", "B_bm")
    rows = [
        row(10 * n + place, slide, centre, label)
        for n, slide in enumerate(slides)
        for place, (centre, label) in enumerate(zip(CENTRES, LABELS, strict=True))
    ]
    write_tables(tmp_path, *rows)
    (tmp_path / "slides").mkdir()
    for slide in slides:
        pixels = pixels_with_discs(640, 512, CENTRES)
        write_svs(tmp_path / "slides" / f"{slide}.svs", pixels, 0.25)
    return tmp_path


def only_source(folder: Path) -> CropSource:
    (source,) = open_crop_sources(folder)
    return source


def test_every_box_is_a_crop_with_the_scale_of_its_slide(folder: Path) -> None:
    source = only_source(folder)

    assert source.name == "bmdeep"
    assert [crop.path for crop in source.crops] == [
        "A_bm/0",
        "A_bm/1",
        "A_bm/2",
        "B_bm/10",
        "B_bm/11",
        "B_bm/12",
    ]
    assert [class_of(crop.image_set, crop.label) for crop in source.crops[:3]] == [
        "PROMY",
        "BLAST_LYMPH",
        None,
    ]
    assert {crop.um_per_px for crop in source.crops} == {0.25}
    assert len({crop.split for crop in source.crops if crop.path.startswith("A")}) == 1


def test_the_cell_is_in_the_middle_of_25_um(folder: Path) -> None:
    source = only_source(folder)

    for crop in (source.crops[4], source.crops[0]):
        pixels = source.crop_pixels(crop)
        assert pixels.shape == (100, 100, 3)
        dark = np.argwhere(pixels[:, :, 0] < 120)
        assert dark.mean(axis=0) == pytest.approx([49.5, 49.5], abs=0.7)


def test_beyond_the_edge_of_the_slide_it_is_white(folder: Path) -> None:
    source = only_source(folder)

    pixels = source.crop_pixels(source.crops[2])

    assert pixels.shape == (100, 100, 3)
    assert pixels[:28].min() == 255


def test_cells_that_cannot_be_cut_are_counted(folder: Path) -> None:
    write_tables(
        folder,
        row(1, "A_bm", CENTRES[0], "promyelocyte"),
        row(2, "A_bm", (9000, 10), "promyelocyte"),
        row(3, "C_bm", CENTRES[0], "promyelocyte"),
        row(4, "A_bm", CENTRES[0], "no such label"),
    )

    source = only_source(folder)

    assert len(source.crops) == 1
    assert source.skipped == {
        "cells outside their slide": 1,
        "cells whose slide is not there": 1,
        "label no such label: not one that is known": 1,
    }


def test_no_slide_at_all_is_refused(tmp_path: Path) -> None:
    write_tables(tmp_path, row(1, "A_bm", CENTRES[0], "promyelocyte"))

    with pytest.raises(UnreadableInputError, match="put the slides below the folder"):
        _ = only_source(tmp_path).crops


def test_a_slide_without_a_scale_is_refused_and_not_measured(tmp_path: Path) -> None:
    write_tables(tmp_path, row(1, "A_bm", CENTRES[0], "promyelocyte"))
    write_svs(tmp_path / "A_bm.svs", pixels_with_discs(640, 512, CENTRES), None)

    with pytest.raises(UnknownScaleError, match="states no µm/px"):
        _ = only_source(tmp_path).crops


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["1,1,A_bm,5,5,5,9,mitosis"], "line 2: the box has no size"),
        (["1,1,A_bm,5,x,9,9,mitosis"], "line 2: y1 is no finite number"),
        (["1,1,A_bm,1,1,9,9,mitosis", "1,1,A_bm,1,1,9,9,mitosis"], "line 3: cell 1 is there twice"),
        (['1,1,A_bm,1,1,9,9,"mitosis'], "damaged table"),
    ],
)
def test_a_table_that_cannot_be_true_is_refused(tmp_path: Path, rows: list[str], said: str) -> None:
    write_tables(tmp_path, *rows)

    with pytest.raises(UnreadableInputError, match=said):
        _ = only_source(tmp_path).crops
