"""A phantom of 20,000 x 20,000 px: arithmetic with models that know the truth, and the shipped
detector, which was never trained on a phantom. The shipped classifier is not scored here."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from fakes.truth_models import Truth, TruthClassifier, truth_models
from marrowscope.analysis import Analysis
from marrowscope.cells import OnnxDetector, shipped_model
from marrowscope.evaluation.matching import DetectionScore, match_centres
from marrowscope.phantom import truth_path, write_phantom
from marrowscope.pipeline import AnalysisSettings, Models, analyse
from marrowscope.slides import open_slide
from marrowscope.vocabulary import cell_class

SIDE_PX = 20_000
ALL = AnalysisSettings(n_to_count=None)


@pytest.fixture(scope="module")
def slide_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "smear.tif"
    write_phantom(path, width_px=SIDE_PX, height_px=SIDE_PX, seed=11)
    return path


@pytest.fixture(scope="module")
def truth(slide_path: Path) -> Truth:
    return Truth.read(truth_path(slide_path))


def analysed(path: Path, models: Models) -> Analysis:
    slide = open_slide(path)
    try:
        return analyse(slide, models, ALL, n_threads=2)
    finally:
        slide.close()


@pytest.fixture(scope="module")
def known(slide_path: Path, truth: Truth) -> Analysis:
    return analysed(slide_path, truth_models(truth, jitter_px=0.5))


def in_read_area(analysis: Analysis, truth: Truth) -> np.ndarray:
    box = analysis.regions[0].box
    read = {
        (int(region.box.x_px / box.w_px + 0.5), int(region.box.y_px / box.h_px + 0.5))
        for region in analysis.regions
        if region.read
    }
    column, row = (truth.x_px // box.w_px).astype(int), (truth.y_px // box.h_px).astype(int)
    places = zip(column.tolist(), row.tolist(), strict=True)
    return np.array([place in read for place in places])


def centres(analysis: Analysis) -> np.ndarray:
    return np.stack([analysis.cells.numbers("x_px"), analysis.cells.numbers("y_px")], axis=1)


def test_every_cell_is_found_once_where_it_lies(known: Analysis, truth: Truth) -> None:
    inside = in_read_area(known, truth)
    assert inside.sum() > 15_000
    tree = cKDTree(centres(known))
    near = tree.query_ball_point(np.stack([truth.x_px, truth.y_px], axis=1)[inside], 2.0)
    # Half a pixel of jitter can push a cell at the rim of what was read over its edge.
    assert np.mean([len(hits) == 1 for hits in near]) > 0.9995
    assert max(len(hits) for hits in near) == 1


def test_the_pooled_differential_is_that_of_the_true_cells(known: Analysis, truth: Truth) -> None:
    tree = cKDTree(np.stack([truth.x_px, truth.y_px], axis=1))
    _, nearest = tree.query(centres(known)[known.cells.mask("counted")])
    assert len(set(nearest.tolist())) == known.counts.counted
    expected = Counter(cell_class(name).icsh_category for name in truth.class_id[nearest])
    rows = {row["category"]: row["n"] for row in known.differential if not row["not_modelled"]}
    assert rows == {name: expected.get(name, 0) for name in rows}
    assert sum(rows.values()) == known.counts.counted


def test_nearly_all_countable_cells_are_counted(known: Analysis, truth: Truth) -> None:
    assert in_read_area(known, truth)[truth.countable].mean() > 0.97


def test_areas_add_up(known: Analysis) -> None:
    assert known.areas.looked_at_mm2 == pytest.approx((SIDE_PX * 0.25e-3) ** 2)
    assert sum(known.areas.by_verdict_mm2.values()) == pytest.approx(known.areas.looked_at_mm2)
    assert known.areas.counted_mm2 == pytest.approx(known.areas.countable_mm2)


def test_the_shipped_detector_finds_the_countable_cells(slide_path: Path, truth: Truth) -> None:
    fakes = truth_models(truth)
    detector = OnnxDetector(shipped_model("detector"))
    analysis = analysed(slide_path, Models(detector, TruthClassifier(truth), fakes.records))
    boxes = np.stack([truth.x_px, truth.y_px, truth.w_px, truth.h_px], axis=1)
    found = centres(analysis)
    matches = match_centres(boxes, found[:, 0], found[:, 1])
    wanted = truth.countable & in_read_area(analysis, truth)
    n_found = int((matches.truth[wanted] >= 0).sum())
    n_false = int((~matches.is_true).sum())
    score = DetectionScore(int(wanted.sum()), n_found, n_found + n_false)
    assert score.n > 15_000
    # The loose lobes of a phantom's neutrophils are taken for cells more often than real ones.
    assert score.f1 >= 0.95
