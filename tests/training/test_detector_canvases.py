"""What the detector is taught, drawn small: needs no PyTorch."""

import cv2
import numpy as np
import pytest

from marrowscope.cells.model import OBJECT_KINDS, ObjectKind
from marrowscope.training.detector_canvases import CANVAS_PX, Canvas, make_canvas, targets
from marrowscope.training.detector_tiles import (
    DEBRIS,
    NUCLEATED,
    Source,
    Tile,
)
from marrowscope.training.nucleus_labels import nucleus_mask

SMUDGED = OBJECT_KINDS.index(ObjectKind.SMUDGED)


def drawn(*cells: tuple[int, int, int, int], side: int = 200) -> np.ndarray:
    """Pale glass with round cells (x, y, radius of the cell, radius of its nucleus)."""
    pixels = np.full((side, side, 3), 225, dtype=np.uint8)
    for x, y, cell, nucleus in cells:
        cv2.circle(pixels, (x, y), cell, (150, 170, 215), -1)
        cv2.circle(pixels, (x, y), nucleus, (90, 40, 130), -1)
    return pixels


def tile(source: Source, *cells: tuple[int, int, int, int], kind: int = NUCLEATED) -> Tile:
    pixels = drawn(*cells)
    boxes = np.array([[x, y, 2 * r, 2 * r] for x, y, r, _ in cells], dtype=float).reshape(-1, 4)
    return Tile(
        pixels,
        np.zeros(pixels.shape[:2], dtype=bool),
        nucleus_mask(pixels, boxes),
        boxes,
        np.full(len(cells), kind, dtype=np.int64),
        source,
    )


def only(source: Source, *tiles: Tile) -> dict[Source, list[Tile]]:
    return {one: list(tiles) if one is source else [] for one in Source}


def test_the_nucleus_is_found_by_its_colour_and_the_cytoplasm_is_not() -> None:
    pixels = drawn((100, 100, 40, 18))
    mask = nucleus_mask(pixels, np.array([[100.0, 100.0, 80.0, 80.0]]))
    assert mask.sum() == pytest.approx(np.pi * 18**2, rel=0.12)
    assert mask[100, 130] == 0


def test_a_cell_alone_on_glass_has_no_more_nucleus_than_itself() -> None:
    assert nucleus_mask(drawn(), np.array([[100.0, 100.0, 40.0, 40.0]])).sum() == 0


@pytest.mark.parametrize("source", list(Source))
def test_every_source_makes_whole_canvases(source: Source) -> None:
    tiles = only(source, tile(source, (60, 60, 24, 14), (140, 120, 30, 16)))
    for seed in range(20):
        canvas = make_canvas(tiles, np.random.default_rng(seed))
        assert canvas.pixels.shape == (CANVAS_PX, CANVAS_PX, 3)
        centres = canvas.cells[:, :2]
        assert np.all((centres >= 0) & (centres <= CANVAS_PX))
        assert len(canvas.cells) == len(canvas.kinds)


def test_the_same_seed_makes_the_same_canvas() -> None:
    tiles = only(Source.BOXED, tile(Source.BOXED, (60, 60, 24, 14)))
    one, other = (make_canvas(tiles, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one.pixels, other.pixels)
    assert np.array_equal(one.cells, other.cells)


def test_a_cell_cut_by_a_canvas_is_taught_where_enough_shows_and_never_as_empty() -> None:
    tiles = only(Source.BOXED, tile(Source.BOXED, (100, 100, 40, 24)))
    n_cut = 0
    for seed in range(200):
        canvas = make_canvas(tiles, np.random.default_rng(seed))
        shown = (canvas.nucleus > 128).sum()
        if not len(canvas.cells):
            left_over = (canvas.nucleus > 128) & ~canvas.unsure
            assert left_over.sum() < 0.06 * np.pi * 12**2
        elif shown < 300:
            n_cut += 1
            x, y, w, h = canvas.cells[0]
            assert x - w / 2 >= -0.51 or x + w / 2 <= CANVAS_PX + 0.51
            assert y - h / 2 >= -0.51 or y + h / 2 <= CANVAS_PX + 0.51
    assert n_cut > 3


def canvas_with(kind: int) -> Canvas:
    plain = np.zeros((CANVAS_PX, CANVAS_PX), dtype=np.uint8)
    return Canvas(
        np.zeros((CANVAS_PX, CANVAS_PX, 3), dtype=np.uint8),
        plain > 0,
        plain,
        np.array([[41.0, 60.6, 20.0, 24.0]]),
        np.array([kind]),
    )


def test_targets_hold_centre_size_offset_and_kind() -> None:
    _, maps = targets([canvas_with(SMUDGED)])
    (one,) = maps
    assert one[0].max() == one[0, 30, 20] == 1.0
    assert np.exp(one[1:3, 30, 20]) == pytest.approx([10.0, 12.0])
    assert one[3:5, 30, 20] == pytest.approx([0.5, 0.3])
    assert one[6, 30, 20] == 1.0
    assert one[9, 30, 20] == SMUDGED
    assert one[9, 5, 5] == -1


def test_debris_is_taught_as_what_it_is_and_as_no_cell() -> None:
    _, maps = targets([canvas_with(DEBRIS)])
    assert maps[0, 0].max() == 0.0
    assert maps[0, 5].min() == 1.0
    assert maps[0, 9, 30, 20] == DEBRIS
