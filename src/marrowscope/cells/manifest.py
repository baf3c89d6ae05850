"""The shipped models: one card beside each ONNX file says what it is and what it cannot do."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from marrowscope.errors import ModelError

_WEIGHTS = "marrowscope.weights"


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
    temperature: float = 1.0

    def verify(self) -> bytes:
        """The model file's bytes, if they are those the card names.

        Raises ModelError where the file is missing or its SHA-256 differs.
        """
        try:
            data = self.path.read_bytes()
        except OSError as error:
            message = f"model {self.path.name} cannot be read: install marrowscope again"
            raise ModelError(message) from error
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise ModelError(
                f"model {self.path.name} is not the one its card names (SHA-256 {found[:12]}… "
                f"instead of {self.sha256[:12]}…): install marrowscope again"
            )
        return data


def read_card(path: Path) -> ModelCard:
    """The card at `path` (JSON); its model lies beside it. Raises ModelError if unreadable."""
    try:
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return ModelCard(
            name=facts["name"],
            version=facts["version"],
            task=facts["task"],
            path=path.parent / facts["file"],
            sha256=facts["sha256"],
            licence=facts["licence"],
            um_per_px=facts["um_per_px"],
            facts=facts,
            threshold=facts["threshold"],
            class_ids=tuple(facts.get("class_ids", ())),
            blood_only=frozenset(facts.get("learnt_from_blood_alone", ())),
            crop_px=facts.get("crop_px", 0),
            temperature=facts.get("temperature", 1.0),
        )
    except (OSError, ValueError, KeyError) as error:
        message = f"model card {path.name} cannot be read: install marrowscope again"
        raise ModelError(message) from error


@lru_cache(maxsize=1)
def shipped_models() -> tuple[ModelCard, ...]:
    """The cards in the package, by file name."""
    folder = Path(str(files(_WEIGHTS)))
    return tuple(read_card(path) for path in sorted(folder.glob("*.json")))


def shipped_model(task: str) -> ModelCard:
    """The shipped detector or classifier. Raises ModelError if the package lacks it."""
    for card in shipped_models():
        if card.task == task:
            return card
    raise ModelError(f"no {task} is installed: install marrowscope again")
