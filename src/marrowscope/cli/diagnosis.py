"""What `doctor` finds out about an installation and the machine it is on."""

import platform
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from marrowscope.cli.services import ModelCard, Services
from marrowscope.errors import MarrowscopeError
from marrowscope.settings import Licence, Purpose, Settings, unknown_variables, usable_cores

Found = TypeVar("Found")

MIN_FREE_MB = 1000
LICENCE_NOTES = {
    Licence.FULL: "research use only; the weights in use were trained on SegPC-2021 and are "
    "CC BY-NC-SA 4.0: not for commercial use",
    Licence.PERMISSIVE: "research use only; the weights in use never saw SegPC-2021 and are "
    "CC BY 4.0",
}
NON_COMMERCIAL = "-NC"


@dataclass(frozen=True, slots=True)
class ModelState:
    """A shipped model; `is_intact` says that its file is the one its card names, `is_in_use` that
    the licence in force chooses it.

    scores, data, limits: as the card has them.
    """

    name: str
    version: str
    task: str
    sha256: str
    licence: str
    is_in_use: bool
    is_intact: bool
    data: Sequence[str]
    limits: Sequence[str]
    scores: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """A file format, the endings of its files, and how well reading it is tested."""

    name: str
    extensions: str
    tested: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The state of an installation. problems: what is wrong, one line each; empty when well.

    providers: where ONNX Runtime can compute, best first. disk_free_mb: in the home folder's
    file system; None where it cannot be told. notes: what is odd without being wrong.
    """

    version: str
    python: str
    platform: str
    cores: int
    threads: int
    providers: tuple[str, ...]
    home: str
    disk_free_mb: int | None
    licence: str
    licence_note: str
    models: tuple[ModelState, ...]
    readers: tuple[Reader, ...]
    notes: tuple[str, ...]
    problems: tuple[str, ...]


def diagnose(services: Services, settings: Settings, version: str) -> Diagnosis:
    """Looks at everything that an analysis needs; nothing it meets stops it from going on."""
    problems: list[str] = []
    models = tuple(
        _model_state(card, settings.licence, problems)
        for card in _looked_up("models", services.shipped_models, problems)
    )
    readers = tuple(Reader(*row) for row in _looked_up("slide readers", services.formats, problems))
    providers = tuple(_looked_up("ONNX Runtime", services.execution_providers, problems))
    _check_complete(models, problems)
    _check_home(settings.home, problems)
    free_mb = _free_mb(settings.home)
    if free_mb is not None and free_mb < MIN_FREE_MB:
        problems.append(f"disk: only {free_mb} MB free at {settings.home}; free some space")
    notes = [f"{name} is set, but is no setting" for name in unknown_variables()]
    if settings.purpose is Purpose.CLINICAL and not settings.is_licence_chosen:
        problems.append("licence: purpose is clinical and nobody chose; set full or permissive")
    return Diagnosis(
        version=version,
        python=platform.python_version(),
        platform=platform.platform(),
        cores=usable_cores(),
        threads=settings.threads,
        providers=providers,
        home=str(settings.home),
        disk_free_mb=free_mb,
        licence=settings.licence.value,
        licence_note=LICENCE_NOTES[settings.licence],
        models=models,
        readers=readers,
        notes=tuple(notes),
        problems=tuple(problems),
    )


def _looked_up(
    what: str, look_up: Callable[[], Sequence[Found]], problems: list[str]
) -> Sequence[Found]:
    """The answer, or nothing and one problem more: a library of this room cannot be loaded."""
    try:
        return look_up()
    except (MarrowscopeError, ImportError, OSError) as error:
        problems.append(f"{what}: {error}; install Marrowscope again")
        return ()


def _model_state(card: ModelCard, licence: Licence, problems: list[str]) -> ModelState:
    is_permissive = NON_COMMERCIAL not in card.licence
    try:
        card.verify()
        is_intact = True
    except (MarrowscopeError, OSError) as error:
        problems.append(f"model {card.name}: {error}")
        is_intact = False
    return ModelState(
        name=card.name,
        version=card.version,
        task=card.task,
        sha256=card.sha256,
        licence=card.licence,
        is_in_use=is_permissive is (licence is Licence.PERMISSIVE),
        is_intact=is_intact,
        data=tuple(card.facts.get("data", ())),
        limits=tuple(card.facts.get("limits", ())),
        scores=card.facts.get("scores", {}),
    )


def _check_complete(models: Sequence[ModelState], problems: list[str]) -> None:
    for task in ("detector", "classifier"):
        if not any(model.task == task for model in models):
            problems.append(f"models: no {task} is installed; install Marrowscope again")


def _check_home(home: Path, problems: list[str]) -> None:
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        reason = error.strerror or "unknown reason"
        problems.append(f"home folder {home} cannot be written ({reason}); set MARROWSCOPE_HOME")


def _free_mb(home: Path) -> int | None:
    existing = next((folder for folder in (home, *home.parents) if folder.is_dir()), None)
    return None if existing is None else shutil.disk_usage(existing).free // 1_000_000
