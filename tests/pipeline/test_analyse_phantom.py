"""The whole flow on a phantom, with models that read its truth: counts, seams, positions."""

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from fakes.truth_models import Truth, truth_models
from marrowscope.analysis import Analysis
from marrowscope.differential import CLASSIFIER_ERROR_NOT_KNOWN
from marrowscope.differential.confusion import ConfusionMatrix, confusion_of_cells
from marrowscope.phantom import truth_path, write_phantom
from marrowscope.pipeline import AnalysisSettings, analyse
from marrowscope.slides import open_slide, open_slides
from marrowscope.vocabulary import cell_class, counts_in_differential

SIDE_PX = 5000
ALL = AnalysisSettings(n_to_count=None)


@pytest.fixture(scope="module")
def slide_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("phantom") / "smear.tif"
    write_phantom(path, width_px=SIDE_PX, height_px=SIDE_PX, seed=5)
    return path


@pytest.fixture(scope="module")
def truth(slide_path: Path) -> Truth:
    return Truth.read(truth_path(slide_path))


def analysed(path: Path, truth: Truth, settings: AnalysisSettings = ALL, **given) -> Analysis:
    n_threads = given.pop("n_threads", 1)
    slide = open_slide(path)
    try:
        return analyse(slide, truth_models(truth, **given), settings, n_threads=n_threads)
    finally:
        slide.close()


@pytest.fixture(scope="module")
def whole(slide_path: Path, truth: Truth) -> Analysis:
    return analysed(slide_path, truth)


def inside_read_regions(analysis: Analysis, truth: Truth) -> np.ndarray:
    inside = np.zeros(len(truth.x_px), dtype=bool)
    for region in analysis.regions:
        box = region.box
        if region.read:
            inside |= (
                (truth.x_px >= box.x_px)
                & (truth.x_px < box.x_px + box.w_px)
                & (truth.y_px >= box.y_px)
                & (truth.y_px < box.y_px + box.h_px)
            )
    return inside


def test_every_cell_in_what_was_read_is_found_once(whole: Analysis, truth: Truth) -> None:
    inside = inside_read_regions(whole, truth)
    found = np.stack([whole.cells.numbers("x_px"), whole.cells.numbers("y_px")], axis=1)
    distance, nearest = cKDTree(found).query(
        np.stack([truth.x_px[inside], truth.y_px[inside]], axis=1)
    )
    assert distance.max() < 0.01
    assert len(set(nearest)) == inside.sum()


def test_nothing_is_found_twice_though_views_disagree(slide_path: Path, truth: Truth) -> None:
    steady = analysed(slide_path, truth)
    shaken = analysed(slide_path, truth, jitter_px=1.0)
    assert abs(shaken.counts.found - steady.counts.found) <= 2
    found = np.stack([shaken.cells.numbers("x_px"), shaken.cells.numbers("y_px")], axis=1)
    inside = inside_read_regions(shaken, truth)
    distance, _ = cKDTree(found).query(np.stack([truth.x_px[inside], truth.y_px[inside]], axis=1))
    assert distance.max() < 2.0


def test_seams_lose_and_double_nothing(whole: Analysis, truth: Truth) -> None:
    width = whole.regions[0].box.w_px
    from_seam = np.abs((truth.x_px + width / 2) % width - width / 2)
    inside = inside_read_regions(whole, truth)
    at_seam = inside & (from_seam < 20) & (truth.x_px > 40) & (truth.x_px < SIDE_PX - 40)
    assert at_seam.sum() > 20
    found = np.stack([whole.cells.numbers("x_px"), whole.cells.numbers("y_px")], axis=1)
    near = cKDTree(found).query_ball_point(
        np.stack([truth.x_px[at_seam], truth.y_px[at_seam]], axis=1), 3.0
    )
    assert all(len(hits) == 1 for hits in near)


def test_the_differential_is_that_of_the_counted_cells(whole: Analysis, truth: Truth) -> None:
    tree = cKDTree(np.stack([truth.x_px, truth.y_px], axis=1))
    found = np.stack([whole.cells.numbers("x_px"), whole.cells.numbers("y_px")], axis=1)
    _, nearest = tree.query(found)
    counted = whole.cells.mask("counted")
    expected = Counter(
        cell_class(class_id).icsh_category for class_id in truth.class_id[nearest[counted]]
    )
    for row in whole.differential:
        if not row["not_modelled"]:
            assert row["n"] == expected.get(row["category"], 0)
    assert sum(expected.values()) == whole.counts.counted


def test_cells_outside_the_differential_are_removed_and_kept_as_rows(whole: Analysis) -> None:
    class_ids = whole.cells.texts("class_id")
    why_not = whole.cells.texts("why_not")
    removed = why_not == "class"
    assert removed.sum() == whole.counts.removed > 0
    assert not any(counts_in_differential(class_id) for class_id in class_ids[removed])


def test_most_of_the_countable_area_is_counted_and_thick_parts_are_not(
    whole: Analysis, truth: Truth
) -> None:
    inside = inside_read_regions(whole, truth)
    assert inside[truth.countable].mean() > 0.9
    assert {region.verdict for region in whole.regions} >= {"countable", "thick"}
    assert whole.areas.by_verdict_mm2["thick"] > 0.02
    total_mm2 = (SIDE_PX * 0.25e-3) ** 2
    assert whole.areas.looked_at_mm2 == pytest.approx(total_mm2)


def test_the_count_stops_after_whole_regions(slide_path: Path, truth: Truth) -> None:
    analysis = analysed(slide_path, truth, AnalysisSettings(n_to_count=200))
    in_count = analysis.counts.counted + analysis.counts.removed
    assert in_count >= 200
    counted_regions = [region for region in analysis.regions if region.counted]
    ranks = sorted(region.rank for region in counted_regions)
    assert ranks == list(range(len(ranks)))
    boxes = [region.box for region in counted_regions]
    x, y = analysis.cells.numbers("x_px"), analysis.cells.numbers("y_px")
    why_not = analysis.cells.texts("why_not")
    for place, reason in enumerate(why_not):
        in_counted = any(box.contains(x[place], y[place]) for box in boxes)
        assert in_counted == (reason in ("", "class")) or reason == "cut"
    assert "limit" in why_not


def test_the_choice_knows_no_class(slide_path: Path, truth: Truth) -> None:
    other = np.roll(truth.class_id, 7)
    renamed = Truth(
        truth.cell_id, truth.x_px, truth.y_px, truth.w_px, truth.h_px, other, truth.countable
    )
    settings = AnalysisSettings(n_to_count=150)
    one, two = analysed(slide_path, truth, settings), analysed(slide_path, renamed, settings)
    chosen = [np.isin(found.cells.texts("why_not"), ("", "class")) for found in (one, two)]
    assert np.array_equal(chosen[0], chosen[1])


def test_unsure_cells_stay_in_the_count_as_undecided(slide_path: Path, truth: Truth) -> None:
    unsure = set(truth.cell_id[::5].tolist())
    analysis = analysed(slide_path, truth, unsure=unsure)
    assert analysis.counts.abstained > 50
    modelled = [row for row in analysis.differential if not row["not_modelled"]]
    assert sum(row["n"] for row in modelled) + analysis.counts.abstained == analysis.counts.counted
    assert all(row["upper_n"] == row["n"] + analysis.counts.abstained for row in modelled)
    best = analysis.cells.texts("class_id")[analysis.cells.mask("abstained")]
    assert len(set(best)) > 3


def measured_errors(class_ids: tuple[str, ...]) -> ConfusionMatrix:
    """A classifier that is always right, on 40 reviewed cells of each class."""
    truths = [name for name in class_ids for _ in range(40)]
    return confusion_of_cells(truths, truths, class_ids=class_ids, scanner="S1", stain="MGG")


def test_shares_are_corrected_only_where_the_errors_were_measured(
    slide_path: Path, truth: Truth, whole: Analysis
) -> None:
    def with_matrix(scanner: str) -> Analysis:
        models = truth_models(truth)
        known = replace(models, confusion=measured_errors(models.classifier.class_ids))
        slide = open_slide(slide_path)
        try:
            settings = replace(ALL, scanner=scanner, stain="mgg")
            return analyse(slide, known, settings, n_threads=1)
        finally:
            slide.close()

    here, elsewhere = with_matrix("s1"), with_matrix("another")

    assert here.corrected["known"]
    corrected = {row["class_ids"][0]: row for row in here.corrected["rows"]}
    counted = {row["category"]: row for row in here.differential}
    assert (
        corrected["SEG"]["low"]
        < counted["segmented neutrophils"]["percent"]
        < corrected["SEG"]["high"]
    )
    assert here.counts == whole.counts
    assert here.differential == whole.differential
    assert all(one["kind"] != "classifier error" for one in here.not_assessed)
    for analysis in (elsewhere, whole):
        assert not analysis.corrected["known"]
        assert analysis.corrected["reason"].startswith(CLASSIFIER_ERROR_NOT_KNOWN)
        assert any(one["kind"] == "classifier error" for one in analysis.not_assessed)


def test_shares_are_not_corrected_where_nobody_reviewed_what_is_counted(
    slide_path: Path, truth: Truth
) -> None:
    models = truth_models(truth)
    whole = measured_errors(models.classifier.class_ids)
    at = whole.class_ids.index("SEG")
    counts = tuple(
        tuple(0 for _ in row) if place == at else row for place, row in enumerate(whole.counts)
    )
    slide = open_slide(slide_path)
    try:
        known = replace(models, confusion=replace(whole, counts=counts))
        settings = replace(ALL, scanner="s1", stain="mgg")
        analysis = analyse(slide, known, settings, n_threads=1)
    finally:
        slide.close()
    assert not analysis.corrected["known"]
    assert "too few reviewed cells" in analysis.corrected["reason"]
    assert "segmented" in analysis.corrected["reason"]


def test_cells_at_the_edge_of_the_picture_are_cut(whole: Analysis) -> None:
    x, w = whole.cells.numbers("x_px"), whole.cells.numbers("w_px")
    y, h = whole.cells.numbers("y_px"), whole.cells.numbers("h_px")
    over = (x < w / 2) | (y < h / 2) | (x + w / 2 > SIDE_PX) | (y + h / 2 > SIDE_PX)
    reasons = whole.cells.texts("why_not")[over]
    assert set(reasons) <= {"cut", "region"}


def test_the_same_whatever_the_number_of_threads(slide_path: Path, truth: Truth) -> None:
    settings = AnalysisSettings(n_to_count=300)
    one = analysed(slide_path, truth, settings, jitter_px=1.0)
    four = analysed(slide_path, truth, settings, jitter_px=1.0, n_threads=4)
    assert one == four


def test_two_slides_are_counted_in_turn(slide_path: Path, truth: Truth, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    folder.mkdir()
    for name in ("left.tif", "right.tif"):
        shutil.copy(slide_path, folder / name)
    slides = open_slides([folder])
    analysis = analyse(slides, truth_models(truth), AnalysisSettings(n_to_count=300))
    for slide in slides:
        slide.close()
    per_slide = [one.counts.counted for one in analysis.by_slide]
    assert sum(per_slide) == analysis.counts.counted
    assert min(per_slide) > 0.3 * sum(per_slide)
