"""A site on disk: a folder with `site.json`, what was learnt in words, and `head.npz`, the head."""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from marrowscope.cells import ModelCard
from marrowscope.differential.confusion import (
    ConfusionMatrix,
    confusion_as_json,
    confusion_from_json,
    confusion_of_cells,
)
from marrowscope.errors import UnreadableInputError, UsageError
from marrowscope.sites.adapting import Adaptation, HeldOutScore
from marrowscope.sites.head import SiteHead
from marrowscope.slides.file_names import shown

SCHEMA_VERSION = "1.0"
FACTS, HEAD = "site.json", "head.npz"
FILES = (FACTS, HEAD)
ARRAYS = ("is_taught", "centre", "weights", "biases", "temperature")
LARGEST_FILE_BYTES = 64_000_000
N_COLOURS = 3
WHITEST = 255.0
DAMAGE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    RecursionError,
    RuntimeError,
    EOFError,
    ArithmeticError,
    zipfile.BadZipFile,
    zlib.error,
)

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class SiteOrigin:
    """What the site learnt from. cells: name of the folder. n_left_out: cells beyond the most that
    are used. n_unreadable: files that hold no picture. n_copies: pictures that were there before.
    scanner, stain: as the laboratory names them, "" where not given. white_rgb: of the reviewed
    cells' background, None where not found.
    """

    cells: str
    um_per_px: float
    n_left_out: int
    n_unreadable: int
    n_copies: int
    scanner: str
    stain: str
    white_rgb: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Site:
    """What `--site` brings. sha256: of the head. is_changed: whether anything was learnt.

    white_rgb: None where nothing was, or no background was seen. confusion: None where the site
    does not say on which scanner and stain its cells were seen.
    """

    sha256: str
    head: SiteHead
    is_changed: bool
    white_rgb: tuple[float, float, float] | None
    confusion: ConfusionMatrix | None


def site_files(learnt: Adaptation, origin: SiteOrigin, card: ModelCard) -> dict[str, bytes]:
    """The files of a site's folder by name; the same arguments give the same bytes."""
    head = _head_bytes(learnt.head)
    facts = site_object(learnt, origin, card) | {"head_sha256": hashlib.sha256(head).hexdigest()}
    text = json.dumps(facts, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return {FACTS: text.encode("utf-8", errors="backslashreplace"), HEAD: head}


def site_object(learnt: Adaptation, origin: SiteOrigin, card: ModelCard) -> JsonObject:
    """What `site.json` holds, without the digest of the head."""
    is_known = bool(origin.scanner.strip() and origin.stain.strip()) and learnt.is_believed
    confusion = (
        confusion_of_cells(
            learnt.truth,
            learnt.called,
            class_ids=card.class_ids,
            scanner=origin.scanner,
            stain=origin.stain,
            note=f"reviewed cells of {origin.cells}, each named without having been learnt from",
        )
        if is_known
        else None
    )
    taught = [name for name in learnt.n_of if learnt.is_changed and name not in learnt.too_few]
    return {
        "schema_version": SCHEMA_VERSION,
        "model": {"name": card.name, "version": card.version, "sha256": card.sha256},
        "learnt": learnt.is_changed,
        "why_not": learnt.why_not,
        "from": asdict(origin),
        "reviewed_cells": dict(learnt.n_of),
        "taught": taught,
        "too_few_cells": dict(learnt.too_few),
        "not_modelled": dict(learnt.not_modelled),
        "penalty": learnt.penalty,
        "temperature": round(learnt.head.temperature, 4),
        "held_out": {
            name: _scores(score)
            for name, score in (("before", learnt.before), ("after", learnt.after))
        },
        "confusion": None if confusion is None else confusion_as_json(confusion),
    }


def _scores(score: HeldOutScore) -> JsonObject:
    return {
        "balanced_accuracy": score.balanced_accuracy,
        "recalls": dict(score.recalls),
        "calibration_error": score.calibration_error,
        "undecided": score.undecided,
    }


def _head_bytes(head: SiteHead) -> bytes:
    file = io.BytesIO()
    np.savez(
        file,
        is_taught=head.is_taught,
        centre=head.centre,
        weights=head.weights,
        biases=head.biases,
        temperature=np.array(head.temperature),
    )
    return file.getvalue()


def read_site(folder: Path, card: ModelCard) -> Site:
    """The site in a folder, for the model of the card.

    Raises UnreadableInputError where it is gone, damaged or not whole, UsageError where it was
    taught to another model.
    """
    where = shown(folder.name or str(folder))
    if not folder.is_dir():
        raise UnreadableInputError(f"{where}: there is no such site folder; check --site")
    damaged = UnreadableInputError(
        f"{where}: is not the folder of a site, or it was damaged; make it again with adapt"
    )
    try:
        facts = json.loads(_bytes(folder / FACTS))
        head_bytes = _bytes(folder / HEAD)
        if facts["head_sha256"] != hashlib.sha256(head_bytes).hexdigest():
            raise damaged
        if facts["schema_version"] != SCHEMA_VERSION:
            raise damaged
        model: Mapping[str, str] = facts["model"]
        if model["sha256"] != card.sha256:
            raise UsageError(
                f"{where}: was taught to {model['name']} {model['version']}, another model than "
                f"{card.name} {card.version}; adapt this one to the same cells"
            )
        confusion = facts["confusion"]
        is_changed = facts["learnt"] is True
        white = _colour(facts["from"]["white_rgb"])
        return Site(
            sha256=facts["head_sha256"],
            head=_kept_head(head_bytes, card, is_changed=is_changed),
            is_changed=is_changed,
            white_rgb=white if is_changed else None,
            confusion=None if confusion is None else confusion_from_json(confusion),
        )
    except UsageError:
        raise
    except DAMAGE as error:
        raise damaged from error


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > LARGEST_FILE_BYTES:
        raise ValueError("too large for what it should be")
    return path.read_bytes()


def _colour(value: Any) -> tuple[float, float, float] | None:
    if value is None:
        return None
    colours = [float(one) for one in value]
    if len(colours) != N_COLOURS or not all(0 < one <= WHITEST for one in colours):
        raise ValueError("no colour")
    return (colours[0], colours[1], colours[2])


def _kept_head(data: bytes, card: ModelCard, *, is_changed: bool) -> SiteHead:
    head = _head(data, len(card.class_ids), card.n_features)
    if is_changed != bool(head.is_taught.any()):
        raise ValueError("a head that contradicts what is said of it")
    return head


def _head(data: bytes, n_classes: int, n_features: int) -> SiteHead:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(one.file_size for one in archive.infolist()) > LARGEST_FILE_BYTES:
            raise ValueError("unpacks to more than it should be")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        is_taught, centre, weights, biases, temperature = (arrays[name] for name in ARRAYS)
    n_taught = int(is_taught.sum())
    shapes = (is_taught.shape, weights.shape, biases.shape, temperature.shape)
    if shapes != ((n_classes,), (n_features, n_taught), (n_taught,), ()):
        raise ValueError("arrays of other sizes than the model's")
    if centre.shape != (n_features,) or not temperature > 0:
        raise ValueError("a head that fits no features")
    if not all(np.isfinite(one).all() for one in (centre, weights, biases, temperature)):
        raise ValueError("not a number")
    return SiteHead(is_taught.astype(np.bool_), centre, weights, biases, float(temperature))
