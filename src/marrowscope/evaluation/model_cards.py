"""Writes the card of a trained model: what it is, how well it does, what it never saw."""

import hashlib
import json
from pathlib import Path
from typing import Any

from marrowscope.cells.manifest import ModelCard, read_card

CREATIVE_COMMONS = "CC BY-NC-SA 4.0"
"""Licence of weights that learnt from SegPC-2021, as that set demands."""
RESEARCH_USE = "research use only; not validated in any laboratory"

DETECTOR_FACTS: dict[str, Any] = {
    "name": "marrow-detector",
    "task": "detector",
    "licence": CREATIVE_COMMONS,
    "um_per_px": 0.5,
    "opset": 17,
    "input": "pixels: (n, rows, columns, 3) unsigned 8-bit RGB, sides a multiple of 16",
    "output": "maps: (n, 10, rows/2, columns/2) centre score, log width, log height, offset x, y, "
    "nucleus cover, four kind logits",
    "data": [
        "SegPC-2021 marrow fields (CC BY-NC-SA 4.0): every nucleated cell boxed by hand on some, "
        "plasma cells on all, other nucleated cells added by the model's own first round",
        "Munich Leukemia Laboratory marrow cells (CC BY 4.0): one cell a picture, artefacts sorted "
        "by hand into cells, smudged nuclei and debris",
        "Acevedo blood fields (CC BY 4.0; boxes OI-PBC): every cell boxed",
        "TXL-PBC blood fields (MIT)",
    ],
    "split": "fixed: three-digit SegPC pictures, both sizes, are test; trained on train only, "
    "threshold from val",
    "limits": [
        RESEARCH_USE,
        "hand-made boxes and kinds are those of non-haematologists",
        "marrow fields come from one laboratory",
        "megakaryocytes, mast cells and macrophages were hardly or never seen; a megakaryocyte "
        "candidate is a nucleus above 350 µm², nothing else",
        "few smudged nuclei and little debris were labelled: smudged nuclei are found as cells and "
        "hardly ever called smudged; the kind of an object is a hint and left to the reader",
        "lobes of segmented neutrophils that lie apart are sometimes found as cells of their own",
        "nobody drew nuclei: their outlines were learnt from colour",
        "cells of unlabelled classes were taught by the model's own first round",
        "the score is not a probability",
    ],
}


def detector_facts(*, permissive: bool = False, n_own_fields: int = 0) -> dict[str, Any]:
    """Facts of a detector trained with or without the SegPC-2021 fields, and with own fields."""
    facts = dict(DETECTOR_FACTS)
    if permissive:
        facts["name"] = "marrow-detector-permissive"
        facts["licence"] = "CC BY 4.0"
        facts["data"] = [line for line in facts["data"] if "SegPC" not in line]
        facts["split"] = "fixed; trained on train only, threshold from val, neither with SegPC"
        facts["limits"] = [
            line for line in facts["limits"] if line != "marrow fields come from one laboratory"
        ] + ["never saw a whole marrow field: single marrow cells and blood alone"]
    if n_own_fields:
        facts["data"] = [*facts["data"], f"{n_own_fields} own fields"]
    return facts


def classifier_limits(from_blood: str, from_fields: str) -> list[str]:
    """What a classifier cannot do; from_blood, from_fields: what it learnt of these two."""
    return [
        RESEARCH_USE,
        "nearly every class comes from one laboratory: on a stranger's slide it will do much worse",
        from_blood,
        from_fields,
        "erythroid stages, monoblasts, lymphoblasts, promonocytes, abnormal promyelocytes, mast "
        "cells, megakaryocytes, macrophages, smudges are not modelled",
        "never saw a whole-slide image",
    ]


CLASSIFIER_FACTS: dict[str, Any] = {
    "name": "marrow-classifier",
    "task": "classifier",
    "licence": CREATIVE_COMMONS,
    "opset": 17,
    "input": "pixels: (n, 96, 96, 3) unsigned 8-bit RGB, white-balanced, cell in the middle",
    "output": "logits: (n, classes), probabilities by softmax of logits / temperature; features: "
    "(n, n_features); strangeness: (n,), unlike all it learnt from above 1",
    "backbone": "EfficientNet-Lite0 from ImageNet (Apache-2.0)",
    "data": [
        "Munich Leukemia Laboratory marrow cells (CC BY 4.0): blasts, promyelocytes, segmented, "
        "eosinophils, lymphocytes, monocytes, not identifiable, artefacts",
        "Acevedo blood cells (CC BY 4.0): myelocytes, metamyelocytes, bands, segmented, "
        "eosinophils, basophils, monocytes, lymphocytes, erythroblasts, promyelocytes, platelets",
        "TXL-PBC blood fields (MIT): white cells, boxed without a class; some 400 of them named by "
        "eye by readers who are no haematologists",
        "SegPC-2021 marrow fields (CC BY-NC-SA 4.0): plasma cells; other cells as 'not plasma', "
        "some 900 of them named by eye by readers who are no haematologists",
    ],
    "split": "fixed; single cells split at random, as no patient ids exist: scores are optimistic",
    "learnt_from_blood_alone": ["BAND", "BASO", "META", "MYELO"],
    "limits": classifier_limits(
        "basophils were learnt from blood alone; bands, metamyelocytes, myelocytes too but for "
        "some dozens of marrow cells named by eye: recall on marrow untested",
        "plasma cells, and erythroblasts of marrow, were learnt from one laboratory's myeloma "
        "fields alone",
    ),
}


def classifier_facts(with_fields: bool) -> dict[str, Any]:
    """Facts of a classifier trained with or without the SegPC-2021 fields."""
    if with_fields:
        return CLASSIFIER_FACTS
    return {
        **CLASSIFIER_FACTS,
        "name": f"{CLASSIFIER_FACTS['name']}-permissive",
        "licence": "CC BY 4.0",
        "data": [line for line in CLASSIFIER_FACTS["data"] if "SegPC" not in line],
        "learnt_from_blood_alone": ["BAND", "BASO", "ERY_NOS", "META", "MYELO"],
        "limits": classifier_limits(
            "band, basophil, erythroblast, metamyelocyte, myelocyte were learnt from blood alone "
            "(a handful of marrow cells aside): recall on marrow untested",
            "trained without marrow fields: next to no plasma cell was seen, and none will be "
            "named",
        ),
    }


def card_text(facts: dict[str, Any], model: Path, version: str, measured: dict[str, Any]) -> str:
    """The card as JSON text. facts: one of the above. measured: recipe, thresholds and scores."""
    data = model.read_bytes()
    card = {
        **facts,
        "version": version,
        "file": model.name,
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        **measured,
    }
    return json.dumps(card, indent=2, ensure_ascii=False) + "\n"


def write_card(
    model: Path, facts: dict[str, Any], version: str, measured: dict[str, Any]
) -> ModelCard:
    """Writes the card beside the model, as `card_text` has it, and reads it back."""
    path = model.with_suffix(".json")
    path.write_text(card_text(facts, model, version, measured), encoding="utf-8")
    return read_card(path)


FOLD_SCORES = (
    "balanced_recall_of_taught_classes",
    "leave_one_set_out",
    "to_marrow_fields",
    "learning_curve",
)


def card_with_fold_scores(path: Path, folds: dict[str, Any]) -> str:
    """The text of the card at `path` with the scores of `folds.json` beside those in its sets.

    Raises ModelError where it is no card.
    """
    facts = dict(read_card(path).facts)
    scores = {
        **facts.get("scores", {}),
        "untied": {**folds["untied"], "split": folds["split"], "steps": folds["recipe"]["steps"]},
        **{name: folds[name] for name in FOLD_SCORES if name in folds},
    }
    return json.dumps({**facts, "scores": scores}, indent=2, ensure_ascii=False) + "\n"
