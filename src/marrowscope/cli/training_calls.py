"""Calls of the rooms of training. Importing this needs PyTorch, the extra `train`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from marrowscope.cells.manifest import ModelCard
from marrowscope.cli.evaluation_calls import card_as_ordered
from marrowscope.cli.services import TrainingOrder, TrainingTask
from marrowscope.evaluation.box_formats import read_boxes
from marrowscope.evaluation.evaluation_sets import set_of_pictures
from marrowscope.evaluation.image_sets import BoxedField
from marrowscope.geometry import UInt8Array
from marrowscope.progress import Progress
from marrowscope.settings import Licence
from marrowscope.training.classifier import train_classifier
from marrowscope.training.classifier_fitting import ClassifierRecipe
from marrowscope.training.detector import DetectorRecipe, train_detector


def step_reporter(name: str, progress: Progress) -> Callable[[int, int, float], None]:
    """What training calls after each step, counted from 1 or, where it goes on, from there."""
    has_begun = False

    def report(step: int, n_steps: int, _running_loss: float) -> None:
        nonlocal has_begun
        if not has_begun:
            progress.stage(name, n_steps - step + 1)
            has_begun = True
        progress.advance(1)

    return report


def field_detector(model: Path | None, licence: Licence) -> ModelCard | None:
    """Card of the detector that finds the cells of marrow fields; the shipped one for None.

    None where the licence leaves the fields out. Raises UsageError where `model` is no such card.
    """
    if licence is Licence.PERMISSIVE:
        return None
    return card_as_ordered("detector", model, licence, "--detector")


def _detector(order: TrainingOrder, progress: Progress) -> Path:
    recipe = DetectorRecipe(permissive=order.licence is Licence.PERMISSIVE)
    if order.seed is not None:
        recipe = replace(recipe, seed=order.seed)
    report = step_reporter("training the detector", progress)
    progress.stage("reading the pictures", None)
    own_fields: list[tuple[BoxedField, UInt8Array]] = []
    if order.fields is not None and order.boxes is not None:
        boxes = read_boxes(order.boxes, order.fields)
        own = set_of_pictures(order.fields, boxes, um_per_px=order.um_per_px)
        own_fields = [(field, own.read(field)) for field in own.fields]
    return train_detector(order.data, order.out, recipe, report, own_fields)


def _classifier(order: TrainingOrder, progress: Progress) -> Path:
    recipe = ClassifierRecipe()
    if order.seed is not None:
        recipe = replace(recipe, seed=order.seed)
    if order.steps is not None:
        recipe = replace(recipe, steps=order.steps)
    progress.stage("reading the pictures", None)
    report = step_reporter("training the classifier", progress)
    detector = field_detector(order.detector, order.licence)
    return train_classifier(order.data, order.out, detector, recipe, report)


TRAINERS: Mapping[TrainingTask, Callable[[TrainingOrder, Progress], Path]] = {
    TrainingTask.DETECTOR: _detector,
    TrainingTask.CLASSIFIER: _classifier,
}
