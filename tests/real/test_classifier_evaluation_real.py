"""The shipped classifier on a handful of real cells, as its users would have it scored."""

import json
from pathlib import Path

import pytest

from marrowscope.cells import OnnxClassifier, shipped_model
from marrowscope.evaluation.cell_pictures import CellPicture
from marrowscope.evaluation.classifier_evaluation import ClassifierEvaluation, evaluate_classifier
from marrowscope.evaluation.classifier_json import evaluation_object
from marrowscope.evaluation.classifier_page import render_classifier_page
from marrowscope.evaluation.classifier_sets import CellSet, LabelledCell
from marrowscope.evaluation.image_sets import ImageSets
from marrowscope.evaluation.labels import class_of
from marrowscope.progress import NoProgress

SET, PER_CLASS = "mll-marrow", 12
LABELS = ("BLA", "EOS", "LYT", "MON", "NGS", "PMO")


@pytest.fixture(scope="module")
def evaluation(shared_data: Path) -> ClassifierEvaluation:
    """The first test cells of each label, as the cells of one slide."""
    images = ImageSets(shared_data)
    chosen = {}
    for label in LABELS:
        of_label = [
            crop
            for crop in images.crops
            if (crop.image_set, crop.split, crop.label) == (SET, "test", label)
        ]
        chosen |= {crop.path: crop for crop in of_label[:PER_CLASS]}
    cells = tuple(
        LabelledCell(path, class_of(SET, crop.label) or "", crop.um_per_px)
        for path, crop in sorted(chosen.items())
    )
    one = CellSet(
        SET,
        cells,
        lambda cell: CellPicture(images.crop_pixels(chosen[cell.path])),
        n_least=3,
        is_one_slide=True,
    )
    card = shipped_model("classifier")
    return evaluate_classifier(OnnxClassifier(card), card, (one,), NoProgress())


def test_most_cells_are_named_rightly_with_and_without_their_own_reference(
    evaluation: ClassifierEvaluation,
) -> None:
    (made,) = evaluation_object(evaluation, "9.9")["sets"].values()
    assert made["n"] == PER_CLASS * len(LABELS)
    assert made["balanced_accuracy"] > 0.6
    assert made["without_slide_reference"]["balanced_accuracy"] > 0.5
    assert made["per_class"]["EOS_MAT"]["recall"] > 0.7
    assert made["slide_reference"]["source"] == "slide"
    json.dumps(made, allow_nan=False)


def test_the_page_shows_cells(evaluation: ClassifierEvaluation) -> None:
    page = render_classifier_page(evaluation, "9.9")
    n_mistakes = len(evaluation.sets[0].mistakes)
    assert page.count("data:image/webp;base64,") == n_mistakes > 0
