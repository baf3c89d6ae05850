"""The shipped models: one card beside each ONNX file says what it is and what it cannot do."""

import hashlib
import json
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from marrowscope.errors import ModelError

_WEIGHTS = "marrowscope.weights"
FEATURES_OF_ONE_NETWORK = 1280
"""What cards say nothing of that were written before there were several networks in a model."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a model's card says.

    task: "detector" or "classifier". facts: the whole card as read, for printing.
    class_ids and what follows are empty or zero for a detector.
    """

    name: str
    version: str
    task: str
    path: Path
    sha256: str
    licence: str
    um_per_px: float
    facts: dict[str, Any]
    threshold: float
    class_ids: tuple[str, ...] = ()
    blood_only: frozenset[str] = frozenset()
    crop_px: int = 0
    n_features: int = 0
    temperature: float = 1.0

    @property
    def is_permissive(self) -> bool:
        """Whether its licence lets it be used commercially."""
        return "-NC" not in self.licence

    def verify(self) -> bytes:
        """The model file's bytes, if they are those the card names.

        Raises ModelError where the file is missing or its SHA-256 differs.
        """
        try:
            data = self.path.read_bytes()
        except (OSError, ValueError) as error:
            message = f"model {self.path.name} cannot be read: install marrowscope again"
            raise ModelError(message) from error
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise ModelError(
                f"model {self.path.name} is not the one its card names (SHA-256 {found[:12]}… "
                f"instead of {self.sha256[:12]}…): install marrowscope again"
            )
        return data


def _positive(value: Any) -> float:
    if not (isinstance(value, int | float) and 0 < value < math.inf):
        raise ValueError(f"{value} is no scale")
    return float(value)


def _share(value: Any) -> float:
    if not (isinstance(value, int | float) and 0 <= value <= 1):
        raise ValueError(f"{value} is no threshold")
    return float(value)


def read_card(path: Path) -> ModelCard:
    """The card at `path` (JSON); its model lies beside it. Raises ModelError if unreadable."""
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return ModelCard(
            name=facts["name"],
            version=facts["version"],
            task=facts["task"],
            path=path.parent / facts["file"],
            sha256=str(facts["sha256"]),
            licence=facts["licence"],
            um_per_px=_positive(facts["um_per_px"]),
            facts=facts,
            threshold=_share(facts["threshold"]),
            class_ids=tuple(facts.get("class_ids", ())),
            blood_only=frozenset(facts.get("learnt_from_blood_alone", ())),
            crop_px=facts.get("crop_px", 0),
            n_features=facts.get("n_features", FEATURES_OF_ONE_NETWORK),
            temperature=facts.get("temperature", 1.0),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = f"model card {path.name} cannot be read: install marrowscope again"
        raise ModelError(message) from error


@lru_cache(maxsize=1)
def shipped_models() -> tuple[ModelCard, ...]:
    """The cards in the package, by file name."""
    folder = Path(str(files(_WEIGHTS)))
    return tuple(read_card(path) for path in sorted(folder.glob("*.json")))


def shipped_model(task: str, *, permissive: bool = False) -> ModelCard:
    """The shipped detector or classifier.

    permissive: the one that may be used commercially, instead of the one that learnt from more.
    Raises ModelError if the package lacks it.
    """
    cards = [card for card in shipped_models() if card.task == task]
    fitting = [card for card in cards if card.is_permissive or not permissive]
    if not fitting:
        if cards:
            raise ModelError(
                f"no {task} is installed that may be used commercially; "
                "--licence full uses the shipped one for non-commercial research"
            )
        raise ModelError(f"no {task} is installed: install marrowscope again")
    return min(fitting, key=lambda card: card.is_permissive is not permissive)
