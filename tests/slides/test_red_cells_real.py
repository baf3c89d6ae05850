"""The ruler on real fields. Boxes and the scale bar check it; nothing of them goes into it."""

import csv
import io
import zipfile

import cv2
import numpy as np
import pytest
from PIL import Image

from fakes.pictures import ArrayPicture
from marrowscope.errors import MixedInputError, UnknownScaleError
from marrowscope.slides.red_cells import RED_CELL_DIAMETER_UM, estimate_scale

FULL_SIZE = "segpc-marrow-fullsize"
SMALL = "segpc-marrow"
BLOOD = "acevedo-blood-fields"

# Mean of 20 free red cells of the full-size fields measured by hand, px: docs/how-to.
BY_HAND_PX = 161.5
# The burnt-in bar of 10 µm is about 61 px long.
SCALE_BAR_UM_PER_PX = 0.163


@pytest.fixture(scope="module")
def pictures(shared_data):
    """Gives up to `most` pictures of a set, spread evenly, resized by a factor."""
    with (shared_data / "fields.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    archive = zipfile.ZipFile(shared_data / "fields.zip")

    def opened(set_name, most, factor=1.0, is_test=None):
        paths = [
            row["path"]
            for row in rows
            if row["set"] == set_name and is_test in (None, row["split"] == "test")
        ]
        picks = np.unique(np.linspace(0, len(paths) - 1, most).round().astype(int))
        return [picture(paths[pick], factor) for pick in picks.tolist()]

    def picture(path, factor):
        pixels = np.array(Image.open(io.BytesIO(archive.read(path))).convert("RGB"))
        if factor != 1.0:
            how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
            pixels = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=how)
        return ArrayPicture(path, pixels)

    yield opened
    archive.close()


def test_blood_fields_of_known_scale(pictures):
    scale = estimate_scale(pictures(BLOOD, 40))
    assert scale.um_per_px == pytest.approx(0.1, rel=0.10)
    assert scale.low_um_per_px < 0.1 < scale.high_um_per_px


def test_full_size_marrow_fields_against_cells_measured_by_hand(pictures):
    scale = estimate_scale(pictures(FULL_SIZE, 16))
    assert scale.um_per_px == pytest.approx(RED_CELL_DIAMETER_UM / BY_HAND_PX, rel=0.10)
    assert scale.n_red_cells >= 20


def test_small_marrow_fields_against_their_scale_bar(pictures):
    scale = estimate_scale(pictures(SMALL, 64, is_test=False))
    assert scale.um_per_px == pytest.approx(SCALE_BAR_UM_PER_PX, rel=0.10)


@pytest.mark.parametrize("factor", [0.3, 0.6, 1.7])
def test_the_estimate_follows_the_size_of_the_pictures(factor, pictures):
    scale = estimate_scale(pictures(BLOOD, 24, factor))
    assert scale.um_per_px == pytest.approx(0.1 / factor, rel=0.10)


def test_one_marrow_field_of_rouleaux_says_how_few_cells_it_has(pictures):
    with pytest.raises(UnknownScaleError, match="at least 10"):
        estimate_scale(pictures(FULL_SIZE, 1))


def test_marrow_fields_of_two_cameras_are_not_mixed(pictures):
    fields = pictures(SMALL, 20, is_test=True) + pictures(BLOOD, 20)
    with pytest.raises(MixedInputError, match=rf"{SMALL}/.* and .*{BLOOD}/"):
        estimate_scale(fields)
