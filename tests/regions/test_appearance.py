import cv2
import numpy as np
import pytest

from marrowscope.regions.appearance import (
    Verdict,
    appearance,
    is_blurred,
    sharpness,
    verdict_of,
    white_of,
)

WHITE = (225.0, 220.0, 226.0)
NUCLEUS = (90, 50, 140)
RED_CELL = (200, 178, 180)


def glass(side: int = 50) -> np.ndarray:
    return np.full((side, side, 3), WHITE, dtype=np.uint8)


def with_nuclei(share: float, side: int = 50) -> np.ndarray:
    pixels = glass(side)
    n_rows = round(side * share)
    pixels[:n_rows] = NUCLEUS
    return pixels


@pytest.mark.parametrize(
    ("pixels", "verdict"),
    [
        (glass(), Verdict.BACKGROUND),
        (with_nuclei(0.2), Verdict.COUNTABLE),
        (with_nuclei(0.9), Verdict.THICK),
        (np.full((50, 50, 3), RED_CELL, dtype=np.uint8), Verdict.NO_CELLS),
        (np.full((50, 50, 3), (8, 6, 9), dtype=np.uint8), Verdict.DEBRIS),
        (np.full((50, 50, 3), (190, 120, 40), dtype=np.uint8), Verdict.STRANGE),
    ],
)
def test_verdict_names_what_lies_there(pixels: np.ndarray, verdict: Verdict) -> None:
    assert verdict_of(appearance(pixels, WHITE)) is verdict


def test_shares_are_shares_of_the_area() -> None:
    seen = appearance(with_nuclei(0.3), WHITE)
    assert seen.nuclear == pytest.approx(0.3)
    assert seen.covered == pytest.approx(0.3)


def test_white_is_the_bright_part_and_never_black() -> None:
    assert white_of(with_nuclei(0.5)) == pytest.approx(WHITE, abs=1)
    assert white_of(np.zeros((10, 10, 3), dtype=np.uint8)) == (100, 100, 100)


def disc(sigma: float) -> np.ndarray:
    pixels = glass(128)
    cv2.circle(pixels, (64, 64), 20, NUCLEUS, -1)
    return cv2.GaussianBlur(pixels, (0, 0), sigma)


def test_a_blurred_view_is_called_blurred_and_a_sharp_one_is_not() -> None:
    assert not is_blurred(disc(0.6))
    assert is_blurred(disc(4.0))


def test_blur_lowers_sharpness_step_by_step() -> None:
    found = [sharpness(disc(sigma)) for sigma in (0.6, 1.5, 3.0, 5.0)]
    assert found == sorted(found, reverse=True)


def test_empty_glass_has_no_focus_to_judge() -> None:
    assert sharpness(glass()) is None
    assert not is_blurred(glass())
