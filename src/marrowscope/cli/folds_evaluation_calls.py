"""Calls of the room of training for the folds. Importing this needs PyTorch, the extra `train`."""

from dataclasses import replace

from marrowscope.cells.manifest import read_card
from marrowscope.cli.evaluation_calls import EvaluationResult, json_bytes
from marrowscope.cli.evaluation_orders import FoldsEvaluationOrder
from marrowscope.cli.training_calls import field_detector, step_reporter
from marrowscope.errors import UnreadableInputError, UsageError
from marrowscope.evaluation.model_cards import card_with_fold_scores
from marrowscope.exchange import check_place_for, write_files
from marrowscope.progress import Progress
from marrowscope.training.classifier_fitting import ClassifierRecipe
from marrowscope.training.classifier_folds import run_folds
from marrowscope.training.folds_text import folds_text

FOLDS = "folds.json"
FOLD_STEPS = 1000


def evaluate_folds_as_ordered(order: FoldsEvaluationOrder, progress: Progress) -> EvaluationResult:
    """Trains and scores the folds and writes `folds.json`; with a card, the scores go there too.

    Raises MarrowscopeError.
    """
    if not order.data.is_dir():
        raise UnreadableInputError(f"{order.data.name}: there is no such folder; check --data")
    if order.card is not None and read_card(order.card).task != "classifier":
        raise UsageError(f"--card: {order.card.name} is the card of no classifier")
    detector = field_detector(order.detector, order.licence)
    check_place_for((FOLDS,), order.out)
    recipe = replace(ClassifierRecipe(), steps=order.steps or FOLD_STEPS)
    report = step_reporter("training the folds", progress)
    progress.stage("reading the pictures", None)
    results = run_folds(order.data, order.out, detector, recipe, order.split.value, report)
    written = write_files({FOLDS: json_bytes(results)}, order.out)
    if order.card is not None:
        card = card_with_fold_scores(order.card, results)
        write_files({order.card.name: card.encode("utf-8")}, order.card.parent)
    return EvaluationResult(results, folds_text(results), {"scores": written[0]})
