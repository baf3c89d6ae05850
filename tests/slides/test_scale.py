import numpy as np
import pytest
from PIL import Image

from marrowscope.errors import MixedInputError, UnknownScaleError, UsageError
from marrowscope.slides import ScaleOrigin, open_slide, open_slides
from marrowscope.slides.pixel_spacing import plausible_spacing, spacing_of_resolution_tag
from slides.conftest import EstimatorFake, write_png
from slides.made_slides import (
    smooth_pixels,
    write_dicom_folder,
    write_ome_tiff,
    write_svs,
    write_tiled_tiff,
)

PIXELS = smooth_pixels(200, 160)


def scale_of(path, **options):
    slide = open_slide(path, **options)
    slide.close()
    return slide.scale


def test_the_files_scale_wins_over_a_given_one(tmp_path):
    path = write_svs(tmp_path / "a.svs", PIXELS, 0.25)
    scale = scale_of(path, um_per_px=0.5)
    assert (scale.um_per_px, scale.origin) == (0.25, ScaleOrigin.METADATA)


def test_a_given_scale_holds_where_the_file_has_none(tmp_path):
    path = write_png(tmp_path / "a.png", PIXELS)
    scale = scale_of(path, um_per_px=0.5)
    assert (scale.um_per_px, scale.origin) == (0.5, ScaleOrigin.GIVEN)


def test_without_any_the_red_cells_are_measured(tmp_path):
    estimator = EstimatorFake(0.21)
    folder = tmp_path / "smear"
    folder.mkdir()
    for name in ("1.png", "2.png"):
        write_png(folder / name, PIXELS)
    scale = scale_of(folder, mcv_fl=110.0, estimate=estimator)
    assert (scale.um_per_px, scale.origin, scale.n_red_cells) == (0.21, ScaleOrigin.ESTIMATED, 42)
    assert estimator.asked == [(("1.png", "2.png"), 110.0)]


def test_the_shipped_estimator_refuses_what_has_no_red_cells(tmp_path):
    with pytest.raises(UnknownScaleError, match="--um-per-px"):
        open_slide(write_png(tmp_path / "a.png", np.full((300, 300, 3), 250, np.uint8)))


@pytest.mark.parametrize("dpi", [72, 96, 300, 1, 10_000_000])
def test_print_resolutions_are_no_scale(dpi, tmp_path):
    estimator = EstimatorFake(0.3)
    for name in ("a.png", "a.tif"):
        Image.fromarray(PIXELS).save(tmp_path / name, dpi=(dpi, dpi))
        assert scale_of(tmp_path / name, estimate=estimator).origin is ScaleOrigin.ESTIMATED
    Image.fromarray(PIXELS).save(tmp_path / "a.jpg", dpi=(min(dpi, 600), min(dpi, 600)))
    assert scale_of(tmp_path / "a.jpg", estimate=estimator).origin is ScaleOrigin.ESTIMATED


def test_a_resolution_tag_that_a_microscope_could_have_is_a_scale(tmp_path):
    for name in ("a.png", "a.tif"):
        Image.fromarray(PIXELS).save(tmp_path / name, dpi=(127_000, 127_000))
        scale = scale_of(tmp_path / name)
        assert scale.um_per_px == pytest.approx(0.2, rel=1e-3)
        assert scale.origin is ScaleOrigin.METADATA


def test_imagej_counts_pixels_a_micron(tmp_path):
    import tifffile

    tifffile.imwrite(
        tmp_path / "a.tif",
        PIXELS,
        photometric="rgb",
        resolution=(4.0, 4.0),
        description="ImageJ=1.54f\nunit=micron\n",
        metadata=None,
    )
    assert scale_of(tmp_path / "a.tif").um_per_px == pytest.approx(0.25)


@pytest.mark.parametrize("nonsense", [0, -0.25, float("nan"), float("inf"), 25.0])
def test_nonsense_in_a_slide_is_unknown(nonsense, tmp_path):
    assert plausible_spacing(nonsense, nonsense) is None
    estimator = EstimatorFake(0.3)
    path = write_svs(tmp_path / "a.svs", PIXELS, nonsense)
    assert scale_of(path, estimate=estimator).origin is ScaleOrigin.ESTIMATED


def test_a_tiled_tiff_with_the_default_of_its_writer_has_no_scale(tmp_path):
    path = write_tiled_tiff(tmp_path / "a.tif", PIXELS, None)
    assert scale_of(path, estimate=EstimatorFake(0.3)).origin is ScaleOrigin.ESTIMATED
    assert spacing_of_resolution_tag(0.019, 0.019) is None
    assert spacing_of_resolution_tag(0.02, 5.0) is not None


@pytest.mark.parametrize(("unit", "value"), [("µm", 0.25), ("nm", 250.0), ("mm", 0.00025)])
def test_ome_units(unit, value, tmp_path):
    path = write_ome_tiff(tmp_path / "a.ome.tif", PIXELS, value, unit=unit)
    assert scale_of(path).um_per_px == pytest.approx(0.25)


def test_an_ome_unit_that_is_no_length_is_unknown(tmp_path):
    path = write_ome_tiff(tmp_path / "a.ome.tif", PIXELS, 0.25, unit="pixel")
    assert scale_of(path, estimate=EstimatorFake(0.3)).origin is ScaleOrigin.ESTIMATED


def test_dicom_without_spacing_is_unknown(tmp_path):
    folder = write_dicom_folder(tmp_path / "d", PIXELS, None)
    assert scale_of(folder, um_per_px=0.3).um_per_px == 0.3


def test_fields_share_one_scale(tmp_path):
    write_png(tmp_path / "1.png", PIXELS, 0.20)
    write_png(tmp_path / "2.png", smooth_pixels(90, 40), 0.22)
    write_png(tmp_path / "3.png", PIXELS)
    scale = scale_of(tmp_path)
    assert scale.um_per_px == pytest.approx(0.21, rel=1e-4)
    assert scale.origin is ScaleOrigin.METADATA


def test_fields_whose_scales_disagree_are_refused_whatever_is_given(tmp_path):
    write_png(tmp_path / "1.png", PIXELS, 0.20)
    write_png(tmp_path / "2.png", PIXELS, 0.25)
    for um_per_px in (None, 0.2):
        with pytest.raises(MixedInputError, match=r"1\.png.*2\.png"):
            open_slide(tmp_path, um_per_px=um_per_px)


def test_slides_of_a_case_keep_their_own_scales(tmp_path):
    write_svs(tmp_path / "a.svs", PIXELS, 0.25)
    write_svs(tmp_path / "b.svs", PIXELS, 0.5)
    slides = open_slides([tmp_path])
    assert [slide.scale.um_per_px for slide in slides] == [0.25, 0.5]
    for slide in slides:
        slide.close()


def test_oblong_pixels_are_refused_unless_the_scale_is_given(tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / "a.png", dpi=(100_000, 110_000))
    with pytest.raises(UnknownScaleError, match="not square"):
        open_slide(tmp_path / "a.png")
    assert scale_of(tmp_path / "a.png", um_per_px=0.25).um_per_px == 0.25
    Image.fromarray(PIXELS).save(tmp_path / "b.png", dpi=(100_000, 101_000))
    assert scale_of(tmp_path / "b.png").um_per_px == pytest.approx(0.2527, rel=1e-3)


@pytest.mark.parametrize(
    "options", [{"um_per_px": 0.0}, {"um_per_px": float("nan")}, {"um_per_px": 40}, {"mcv_fl": -1}]
)
def test_options_that_cannot_be_true_are_wrong_use(options, tmp_path):
    with pytest.raises(UsageError):
        open_slide(write_png(tmp_path / "a.png", PIXELS), **options)
