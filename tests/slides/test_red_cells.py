import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.pictures import ArrayPicture
from marrowscope.errors import MixedInputError, UnknownScaleError, UsageError
from marrowscope.geometry import PixelBox
from marrowscope.slides import ScaleOrigin
from marrowscope.slides.red_cell_outlines import red_cell_outlines
from marrowscope.slides.red_cell_size import find_disagreement, red_cell_size
from marrowscope.slides.red_cell_windows import MAX_WINDOWS_A_PICTURE, sample_windows
from marrowscope.slides.red_cells import (
    MAX_FIELDS,
    MIN_RED_CELLS,
    RED_CELL_DIAMETER_UM,
    estimate_scale,
)
from slides import drawn_red_cells as drawn

FIELDS = [drawn.field(seed, 40) for seed in range(3)]


def pictures(*fields, first="a"):
    return [ArrayPicture(f"{first}{number}.png", pixels) for number, pixels in enumerate(fields)]


def diameter_px(scale):
    return RED_CELL_DIAMETER_UM / scale.um_per_px


@pytest.mark.parametrize(
    ("true_px", "side_px", "n_across"),
    [(7, 240, 18), (13, 300, 14), (26, 420, 9), (52, 600, 7), (104, 900, 6), (240, 1800, 5)],
)
def test_the_scale_follows_cells_of_any_size(true_px, side_px, n_across):
    fields = [drawn.field(seed, true_px, side_px, n_across) for seed in range(2)]
    assert diameter_px(estimate_scale(pictures(*fields))) == pytest.approx(true_px, rel=0.05)


@pytest.mark.parametrize(
    ("red_cell", "glass"),
    [
        ((210, 165, 165), (250, 230, 205)),  # pink on yellowish
        ((175, 175, 165), (205, 208, 210)),  # grey-green
        ((150, 130, 145), (215, 200, 205)),  # greyish purple
        ((110, 110, 130), (200, 190, 172)),  # bluish
    ],
)
def test_stains_of_many_laboratories_are_measured(red_cell, glass):
    fields = [drawn.field(seed, 44, colour=red_cell, glass=glass) for seed in range(2)]
    assert diameter_px(estimate_scale(pictures(*fields))) == pytest.approx(44, rel=0.05)


def test_platelets_and_nuclei_do_not_win():
    fields = [drawn.field(seed, 50, n_platelets=14, n_nuclei=14) for seed in range(4)]
    scale = estimate_scale(pictures(*fields))
    assert diameter_px(scale) == pytest.approx(50, rel=0.05)
    assert MIN_RED_CELLS <= scale.n_red_cells <= 4 * 8


def test_the_estimate_says_what_it_rests_on():
    scale = estimate_scale(pictures(*FIELDS))
    assert scale.origin is ScaleOrigin.ESTIMATED
    assert scale.n_red_cells == pytest.approx(3 * 36, abs=12)
    assert scale.low_um_per_px < 0.18 < scale.high_um_per_px
    # 4 % between people is there however many cells are measured.
    assert scale.high_um_per_px / scale.um_per_px > np.exp(1.96 * 0.04)


def test_few_cells_give_wider_limits_than_many():
    few = estimate_scale(pictures(drawn.field(0, 40, side_px=300, n_across=4)))
    many = estimate_scale(pictures(*FIELDS))
    assert few.n_red_cells < many.n_red_cells
    assert few.high_um_per_px / few.low_um_per_px > many.high_um_per_px / many.low_um_per_px


def test_macrocytes_make_a_pixel_larger():
    normal, large = estimate_scale(pictures(*FIELDS)), estimate_scale(pictures(*FIELDS), 120.0)
    assert large.um_per_px / normal.um_per_px == pytest.approx(np.sqrt(120 / 90))
    assert estimate_scale(pictures(*FIELDS), 90.0) == normal


@pytest.mark.parametrize("mcv_fl", [0.0, 49.9, 150.1, float("nan"), 9.0e4])
def test_an_impossible_cell_volume_is_wrong_use(mcv_fl):
    with pytest.raises(UsageError, match="50 to 150 fL"):
        estimate_scale(pictures(*FIELDS), mcv_fl)


def test_the_same_fields_give_the_same_numbers():
    assert estimate_scale(pictures(*FIELDS)) == estimate_scale(pictures(*FIELDS))


@pytest.mark.parametrize(
    "no_smear",
    [
        [np.full((420, 420, 3), 250, np.uint8)],
        [np.zeros((420, 420, 3), np.uint8)],
        [np.full((1, 1, 3), 90, np.uint8), np.full((3, 900, 3), 90, np.uint8)],
        [drawn.noise(1, 0, True), drawn.noise(2, 0, False)],
        [drawn.noise(3, 2, True), drawn.noise(4, 4, False)],
        [drawn.noise(5, 8, True), drawn.noise(6, 16, False)],
        [drawn.fur(1), drawn.fur(2)],
        [drawn.writing((0, 0, 0), size) for size in (10, 16, 28, 60)],
        [drawn.writing((150, 130, 130), size) for size in (28, 28, 60, 60)],
        [drawn.scattered_discs(seed) for seed in range(6)],
    ],
    ids=["white", "black", "tiny", "grain", "blobs", "clouds", "cat", "ink", "pale ink", "discs"],
)
def test_what_is_no_smear_has_no_scale(no_smear):
    with pytest.raises(UnknownScaleError, match="--um-per-px"):
        estimate_scale(pictures(*no_smear))


def test_nuclei_alone_are_no_ruler():
    fields = [drawn.field(seed, 40, n_nuclei=36) for seed in range(3)]
    with pytest.raises(UnknownScaleError, match="only 0 free red cells"):
        estimate_scale(pictures(*fields))


def test_cells_of_a_few_pixels_are_not_told_from_grain():
    with pytest.raises(UnknownScaleError, match="too small"):
        estimate_scale(pictures(*[drawn.field(seed, 5.5, 130, 14) for seed in range(3)]))


def test_too_few_cells_are_counted_in_the_refusal():
    field = drawn.field(1, 40, side_px=240, n_across=3, n_nuclei=5)
    with pytest.raises(UnknownScaleError, match=r"only 4 free red cells .*at least 10 "):
        estimate_scale(pictures(field))


def test_no_pictures_have_no_scale():
    with pytest.raises(UnknownScaleError):
        estimate_scale([])


@pytest.mark.parametrize("side_px", [420, 421])
def test_fields_of_two_magnifications_are_refused_by_name(side_px):
    small, large = FIELDS, [drawn.field(seed, 55, side_px=side_px) for seed in range(3)]
    with pytest.raises(MixedInputError) as refusal:
        estimate_scale(pictures(*small) + pictures(*large, first="b"))
    message = str(refusal.value)
    assert "a0.png" in message and "b" in message.split(" and ")[1]
    assert "\n" not in message


def test_fields_whose_sizes_alone_differ_share_a_scale():
    other = drawn.field(9, 42, side_px=500, n_across=7)
    scale = estimate_scale(pictures(*FIELDS, other))
    assert diameter_px(scale) == pytest.approx(41, rel=0.05)


class CountingPicture(ArrayPicture):
    def __init__(self, name, pixels):
        super().__init__(name, pixels)
        self.boxes = []

    def read(self, box, out_width, out_height):
        self.boxes.append(box)
        return super().read(box, out_width, out_height)


def test_of_many_fields_a_bounded_number_is_read():
    many = [CountingPicture(f"{n}.png", FIELDS[n % 3][:200, :200]) for n in range(3 * MAX_FIELDS)]
    estimate_scale(many)
    read = [picture for picture in many if picture.boxes]
    assert len(read) == MAX_FIELDS
    assert many[0].boxes and many[-1].boxes


def stained_slide(side_px, seed=0):
    pixels = np.full((side_px, side_px, 3), 250, np.uint8)
    middle = side_px // 4
    pixels[middle : 3 * middle, middle : 3 * middle] = 200
    return CountingPicture("slide", pixels)


def test_windows_of_a_slide_are_few_stained_and_apart():
    slide = stained_slide(4000)
    windows = sample_windows(slide, 250, 1)
    assert len(windows) == MAX_WINDOWS_A_PICTURE
    assert windows == sample_windows(slide, 250, 1)
    assert len({(window.x_px, window.y_px) for window in windows}) == len(windows)
    for window in windows:
        centre = window.x_px + window.w_px / 2, window.y_px + window.h_px / 2
        assert all(1000 <= place <= 3000 for place in centre)
        assert window.w_px <= 250 and window.h_px <= 250
    assert max(window.x_px for window in windows) - min(window.x_px for window in windows) > 1000


def test_windows_never_overlap_where_the_picture_is_no_multiple():
    slide = CountingPicture("slide", np.tile(FIELDS[0], (2, 2, 1))[:700, :800])
    windows = sample_windows(slide, 300, 1)
    covered = np.zeros((700, 800), int)
    for w in windows:
        covered[int(w.y_px) : int(w.y_px + w.h_px), int(w.x_px) : int(w.x_px + w.w_px)] += 1
    assert covered.max() == 1 and covered.sum() == 700 * 800


def test_pictures_share_the_windows_and_a_blank_one_has_none():
    slide = stained_slide(2000)
    assert len(sample_windows(slide, 250, 32)) == 2
    assert len(sample_windows(slide, 250, 500)) == 1
    assert sample_windows(CountingPicture("w", np.full((900, 900, 3), 250, np.uint8)), 250, 1) == []
    assert sample_windows(slide, 2000, 1) == [PixelBox(0, 0, 2000, 2000)]


@pytest.mark.parametrize("true_px", [27.0, 36.5, 50.0])
def test_a_disc_is_measured_to_half_a_pixel(true_px):
    field = drawn.field(1, true_px, side_px=300, n_across=4, spread=0.0)
    outlines = red_cell_outlines(field, 20, 80)
    assert len(outlines.diameter_px) == 16
    assert np.abs(outlines.diameter_px - true_px).max() < 0.7
    assert np.abs(np.sort(outlines.x_px)[:4] - 37.5).max() < 0.7


def test_cells_that_touch_overlap_or_are_cut_are_not_measured():
    random = np.random.default_rng(1)
    pixels = np.full((200 * drawn.FINE, 200 * drawn.FINE, 3), drawn.GLASS, np.uint8)
    for x, y in [(40, 40), (70, 40), (150, 50), (190, 150), (60, 140)]:
        drawn.disc(pixels, x, y, 40, drawn.RED_CELL)
    outlines = red_cell_outlines(drawn.finished(pixels, random, 200, 0.8), 20, 80)
    assert sorted(zip(outlines.x_px.round(-1), outlines.y_px.round(-1), strict=True)) == [
        (60, 140),
        (150, 50),
    ]


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(8, 250), st.integers(15, 200))
def test_size_of_a_population_is_its_median_whatever_the_pixel_size(seed, true_px, n):
    random = np.random.default_rng(seed)
    diameters = true_px * np.exp(random.normal(0, 0.07, n))
    dust = random.uniform(6, 0.4 * true_px, 4) if true_px > 20 else np.zeros(0)
    size = red_cell_size(np.concatenate([diameters, dust]))
    assert size.diameter_px == pytest.approx(true_px, rel=5 * size.standard_error)
    assert size.is_one_population
    assert n * 0.95 - 1 <= size.n_cells <= n


def test_no_diameters_have_no_size():
    assert red_cell_size(np.zeros(0)) is None


def two_groups(ratio, n_a_field, spread=0.07):
    random = np.random.default_rng(2)
    fields = np.repeat(np.arange(8), n_a_field)
    true = np.where(fields < 4, 50.0, 50.0 * ratio)
    return true * np.exp(random.normal(0, spread, len(fields))), fields.tolist()


@pytest.mark.parametrize(("ratio", "differ"), [(1.0, False), (1.15, False), (1.4, True), (3, True)])
def test_groups_of_fields_disagree_beyond_a_fifth(ratio, differ):
    diameters, fields = two_groups(ratio, 6)
    disagreement = find_disagreement(diameters, fields, [(512, 384)] * 8)
    assert (disagreement is not None) == differ
    if disagreement is not None:
        assert disagreement.small_field < 4 <= disagreement.large_field
        assert disagreement.large_px / disagreement.small_px == pytest.approx(ratio, rel=0.06)


def test_fields_of_few_cells_are_compared_by_the_size_of_their_picture():
    diameters, fields = two_groups(1.5, 2)
    assert find_disagreement(diameters, fields, [(512, 384)] * 8) is None
    sizes = [(512, 384)] * 4 + [(640, 480)] * 4
    disagreement = find_disagreement(diameters[:16], fields, sizes)
    assert disagreement is not None
    assert (disagreement.small_field, disagreement.large_field) == (0, 4)


def test_a_handful_of_cells_cannot_accuse_a_field():
    diameters, fields = two_groups(1.5, 1)
    assert find_disagreement(diameters, fields, [(512, 384)] * 4 + [(640, 480)] * 4) is None
