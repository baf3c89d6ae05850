import numpy as np
import pytest

from marrowscope.evaluation.perturbations import (
    EOSIN,
    HAEMATOXYLIN,
    PERTURBATIONS,
    Perturbation,
    ScaledPixels,
    blurred,
    compressed,
    exposed,
    rescaled,
    stained,
    warmed,
    with_gamma,
)

FIELD = ScaledPixels(
    np.random.default_rng(3).integers(20, 240, (40, 60, 3)).astype(np.uint8), um_per_px=0.2
)


def random() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.mark.parametrize("way", PERTURBATIONS, ids=lambda way: way.name)
def test_the_neutral_strength_changes_nothing(way: Perturbation) -> None:
    if way.neutral is None:
        return
    assert way.neutral in way.strengths
    changed = way.apply(FIELD, way.neutral, random())

    assert changed.um_per_px == FIELD.um_per_px
    assert np.abs(changed.pixels.astype(int) - FIELD.pixels).max() <= 1


@pytest.mark.parametrize("way", PERTURBATIONS, ids=lambda way: way.name)
def test_every_other_strength_changes_something_the_same_way_each_time(way: Perturbation) -> None:
    for strength in way.strengths:
        if strength in (way.neutral, FIELD.um_per_px):
            continue
        first, second = (way.apply(FIELD, strength, random()) for _ in range(2))
        assert first.pixels.dtype == np.uint8
        assert np.array_equal(first.pixels, second.pixels)
        is_same_size = first.pixels.shape == FIELD.pixels.shape
        assert not (is_same_size and np.array_equal(first.pixels, FIELD.pixels))


def test_names_are_unique() -> None:
    assert len({way.name for way in PERTURBATIONS}) == len(PERTURBATIONS)


@pytest.mark.parametrize(("um_per_px", "shape"), [(0.4, (20, 30, 3)), (0.1, (80, 120, 3))])
def test_another_scale_keeps_the_area(um_per_px: float, shape: tuple[int, ...]) -> None:
    changed = rescaled(FIELD, um_per_px)

    assert (changed.pixels.shape, changed.um_per_px) == (shape, um_per_px)


@pytest.mark.parametrize(("stain", "index"), [(HAEMATOXYLIN, 0), (EOSIN, 1)])
def test_each_stain_is_strengthened_alone(stain: tuple[float, ...], index: int) -> None:
    def drop(strength: float) -> np.ndarray:
        axis = np.array(stain) / np.linalg.norm(stain) * strength
        return np.round(256 * 10**-(axis) - 1).astype(np.uint8).reshape(1, 1, 3)

    strengths = [1.0, 1.0]
    strengths[index] = 1.5

    assert np.abs(stained(drop(0.4), *strengths).astype(int) - drop(0.6)).max() <= 2
    strengths = strengths[::-1]
    assert np.abs(stained(drop(0.4), *strengths).astype(int) - drop(0.4)).max() <= 2


def test_light_by_hand() -> None:
    grey = np.full((1, 1, 3), 200, dtype=np.uint8)

    assert exposed(grey, 0.6).tolist() == [[[120, 120, 120]]]
    assert exposed(grey, 1.3).tolist() == [[[255, 255, 255]]]
    assert warmed(grey, 0.1).tolist() == [[[220, 200, 180]]]
    assert with_gamma(grey, 2.0).tolist() == [[[157, 157, 157]]]


def test_blur_is_in_micrometres() -> None:
    point = np.zeros((61, 61, 3), dtype=np.uint8)
    point[30, 30] = 255
    sharp = blurred(ScaledPixels(point, 0.5), 0.5)
    soft = blurred(ScaledPixels(point, 0.25), 0.5)

    # 1 and 2 px: the peak of a Gaussian falls with the square of its width.
    assert sharp[30, 30, 0] == pytest.approx(4 * soft[30, 30, 0], rel=0.15)


def test_jpeg_keeps_the_order_of_colours() -> None:
    red = np.zeros((16, 16, 3), dtype=np.uint8)
    red[..., 0] = 220

    assert np.abs(compressed(red, 90).astype(int) - red).max() < 12
