"""Calls of the rooms of training. Importing this needs PyTorch, the extra `train`."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from marrowscope.cli.services import TrainingOrder, TrainingTask
from marrowscope.progress import Progress
from marrowscope.training.classifier import ClassifierRecipe, train_classifier
from marrowscope.training.detector import DetectorRecipe, train_detector


def _step_reporter(name: str, progress: Progress) -> Callable[[int, int, float], None]:
    """What training calls after each step, counted from 1, of each of its rounds."""

    def report(step: int, n_steps: int, _running_loss: float) -> None:
        if step == 1:
            progress.stage(name, n_steps)
        progress.advance(1)

    return report


def _detector(order: TrainingOrder, progress: Progress) -> Path:
    recipe = DetectorRecipe()
    if order.seed is not None:
        recipe = replace(recipe, seed=order.seed)
    report = _step_reporter("training the detector", progress)
    return train_detector(order.data, order.out, recipe, report)


def _classifier(order: TrainingOrder, progress: Progress) -> Path:
    recipe = ClassifierRecipe()
    if order.seed is not None:
        recipe = replace(recipe, seed=order.seed)
    report = _step_reporter("training the classifier", progress)
    return train_classifier(order.data, order.out, order.detector, recipe, report)


TRAINERS: Mapping[TrainingTask, Callable[[TrainingOrder, Progress], Path]] = {
    TrainingTask.DETECTOR: _detector,
    TrainingTask.CLASSIFIER: _classifier,
}
