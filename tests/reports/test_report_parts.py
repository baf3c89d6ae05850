import io

import numpy as np
import pytest
from PIL import Image

from marrowscope.reports import SlidePictures, build_document
from marrowscope.reports.chart import axis_reaching
from marrowscope.reports.json_values import count, number
from marrowscope.reports.wording import area, area_span, plural, ratio_span, span
from marrowscope.slides.model import Scale, ScaleOrigin
from marrowscope.vocabulary import error_cost
from reports.made_analysis import Made, make_analysis
from reports.made_pictures import gradient_slide


def test_axis_holds_its_highest_value_and_places_it() -> None:
    axis = axis_reaching(22.5)
    assert (axis.end, axis.ticks) == (30.0, (0, 10, 20, 30))
    assert axis.place(15.0) == "50.00%"
    assert axis.place(-1.0) == "0.00%"
    assert axis.place(200.0) == "100.00%"
    assert axis_reaching(100.0).end == 100.0


def test_area_limits_grow_with_the_square_of_the_scale() -> None:
    scale = Scale(0.1, ScaleOrigin.ESTIMATED, 0.09, 0.11, 30)
    assert area_span(1.0, scale) == "0.81–1.21 mm²"
    assert area_span(1.0, Scale(0.1, ScaleOrigin.METADATA)) == ""


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0.00 mm²"), (0.0004, "under 0.001 mm²"), (0.086, "0.086 mm²"), (1234.5, "1,234.5 mm²")],
)
def test_areas_never_round_to_nothing(value: float, words: str) -> None:
    assert area(value) == words


def test_spans_and_plurals() -> None:
    assert span(6.08, 10.9) == "6.1–10.9"
    assert span(None, 3.0) == ""
    assert ratio_span(0.427, 1.66) == "0.43–1.7"
    assert plural(1, "cell", "cells") == "1 cell"
    assert plural(1200, "cell", "cells") == "1,200 cells"


def test_wrong_json_values_are_errors() -> None:
    with pytest.raises(TypeError, match="expected a number"):
        number({"percent": "8"}, "percent")
    with pytest.raises(TypeError, match="whole number"):
        count({"n": 1.5}, "n")
    assert number({}, "percent") is None


def test_crops_are_true_to_scale_and_centred() -> None:
    pictures = SlidePictures([gradient_slide(("f.png",))])
    crop = pictures.crop("f.png", 1280.0, 960.0, 240.0, 120)
    pixels = np.asarray(Image.open(io.BytesIO(crop.data)))
    assert pixels.shape == (120, 120, 3)
    assert pixels[..., 0].mean() == pytest.approx(127.5, abs=1.5)
    width = float(pixels[:, -1, 0].mean()) - float(pixels[:, 0, 0].mean())
    assert width == pytest.approx(240 / 2560 * 255, abs=2.0)


def test_crops_beyond_the_border_are_the_grey_of_the_surround_there() -> None:
    crop = SlidePictures([gradient_slide(("f.png",))]).crop("f.png", 0.0, 0.0, 200.0, 64)
    pixels = np.asarray(Image.open(io.BytesIO(crop.data)))
    assert pixels[:24, :24].min() > 205
    assert pixels[:24, :24].max() < 219


def test_overviews_keep_the_shape_of_the_picture() -> None:
    overview = SlidePictures([gradient_slide(("f.png",))]).overview("f.png", 640)
    assert (overview.width_px, overview.height_px) == (640, 480)
    small = SlidePictures([gradient_slide(("f.png",))]).overview("f.png", 10_000)
    assert (small.width_px, small.height_px) == (2560, 1920)


def test_private_images_cannot_be_reached() -> None:
    with pytest.raises(KeyError):
        SlidePictures([gradient_slide(("f.png",))]).overview("label", 640)


def test_gallery_is_in_icsh_order_and_the_dearest_mistakes_come_first() -> None:
    analysis = make_analysis(Made(n_cells=400))
    document = build_document(analysis)
    class_ids = analysis.cells.class_ids
    given = dict(zip(analysis.cells.texts("cell_id"), analysis.cells.probabilities(), strict=True))
    ids = [group.group_id for group in document.gallery]
    assert ids[:4] == ["undecided", "class-BLAST_NOS", "class-PROMY", "class-MYELO"]
    assert ids[-2:] == ["class-ERY_NOS", "removed-SMUDGE"]
    for group in document.gallery:
        called = group.group_id.partition("-")[2] or "UNCLASS"
        cost = [
            round(
                sum(p * error_cost(t, called) for p, t in zip(given[one], class_ids, strict=True)),
                3,
            )
            for one in (cell.cell_id for cell in group.cells)
        ]
        assert cost == sorted(cost, reverse=True)
        assert len(group.cells) == min(group.n, 60)
    assert sum(group.n for group in document.gallery[:-1]) == document.n_counted


def test_overview_areas_are_by_verdict() -> None:
    document = build_document(make_analysis())
    assert document.areas[0].kind == "counted"
    assert {"thick", "background", "out of focus", "debris"} == {
        part.kind for part in document.areas[1:] if part.kind != "countable"
    }
    assert all(part.area_mm2 >= 0.005 for part in document.areas[1:])
