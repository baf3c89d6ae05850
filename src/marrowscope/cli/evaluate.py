"""`marrowscope evaluate`: one sub-command, in a module of its own, for each thing to score."""

import typer

from marrowscope.cli.evaluate_classifier import classifier
from marrowscope.cli.evaluate_detector import detector
from marrowscope.cli.evaluate_folds import folds


def build_evaluate() -> typer.Typer:
    """The command `evaluate` with its sub-commands."""
    evaluate = typer.Typer(help="Scores a model on what is known.", rich_markup_mode=None)
    for command in (detector, classifier, folds):
        evaluate.command()(command)
    return evaluate
