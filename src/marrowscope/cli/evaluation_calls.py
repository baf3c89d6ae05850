"""What the evaluations share: which model is meant, that it loads, and how results are encoded."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from marrowscope.cells import ModelCard, shipped_model
from marrowscope.cells.manifest import read_card
from marrowscope.errors import ModelError, UsageError
from marrowscope.settings import Licence

NUMBERS, PAGE, CELLS = "evaluation.json", "evaluation.html", "cells.csv"

Model = TypeVar("Model")


@dataclass(frozen=True, slots=True)
class EvaluationResult:
    """The keys of `evaluation.json`, tables for a person, and the files by name."""

    summary: Mapping[str, Any]
    text: str
    paths: Mapping[str, Path]


def card_as_ordered(
    task: str, model: Path | None, licence: Licence, option: str = "--model"
) -> ModelCard:
    """The card at `model`, of a detector or a classifier; where None, that of the shipped one.

    option: how the caller named `model`.

    Raises UsageError where the file is no card of such a model, ModelError where the licence of
    the shipped one is not accepted.
    """
    if model is None:
        return shipped_model(task, permissive=licence is Licence.PERMISSIVE)
    try:
        card = read_card(model)
    except (ModelError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{option}: {model.name} is not the card of a model; give the JSON file that "
            "training writes beside the ONNX file"
        ) from error
    if card.task != task:
        raise UsageError(f"{option}: {model.name} is the card of a {card.task}, no {task}")
    return card


def model_that_loads(load: Callable[[ModelCard], Model], card: ModelCard, is_own: bool) -> Model:
    """The model of a card. is_own: given with --model. Raises ModelError."""
    try:
        return load(card)
    except ModelError as error:
        if not is_own:
            raise
        raise ModelError(
            f"--model: {card.path.name} is missing, does not load, or is not the file that its "
            "card names; train it again"
        ) from error


def software_version() -> str:
    """Version of the installed package."""
    return version("marrowscope")


def json_bytes(summary: Mapping[str, Any]) -> bytes:
    """`evaluation.json`."""
    numbers = json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return page_bytes(numbers)


def page_bytes(text: str) -> bytes:
    """The text in UTF-8; a name that is none is written escaped."""
    return text.encode("utf-8", errors="backslashreplace")
