"""What a label on a box says of the object in it, in whatever words a laboratory writes it.

Detection asks less than naming: is it a nucleated cell, something of another kind, or nothing that
counts. Which class of the vocabulary a label means is the business of `labels.py`.
"""

import re

from marrowscope.cells.model import ObjectKind

_SEPARATORS = re.compile(r"[\s_.*/-]+")

_IGNORED = frozenset({"ignore", "ignored", "uncertain", "crowd"})
_RED_CELLS = frozenset({"rbc", "redcell", "redbloodcell", "erythrocyte", "reticulocyte"})
_PLATELETS = frozenset(
    {"plt", "platelet", "giantplatelet", "plateletclump", "pltclump", "thrombocyte"}
)
_SMUDGED = frozenset(
    {
        "smudge",
        "smudged",
        "smudgecell",
        "smudgedcell",
        "smudgednucleus",
        "barenucleus",
        "nakednucleus",
        "basketcell",
    }
)
_DEBRIS = frozenset(
    {"debris", "artefact", "artifact", "art", "precipitate", "stainprecipitate", "dirt"}
)
_MEGAKARYOCYTE = re.compile(r"mega(?!loblast|karyoblast)|.*megakaryocyte")
"""A megaloblast is an erythroblast, a megakaryoblast a blast."""


def kind_of(label: str) -> ObjectKind | None:
    """The kind of object a label means; None where it counts as none.

    None: red cells, platelets, and what `is_ignored`. Any other name, also an unknown one, is a
    nucleated cell. Case, spaces, underscores, hyphens and a plural do not matter.
    """
    word = _plain(label)
    if word in _IGNORED | _RED_CELLS | _PLATELETS:
        return None
    if word in _SMUDGED:
        return ObjectKind.SMUDGED
    if word in _DEBRIS:
        return ObjectKind.DEBRIS
    if _MEGAKARYOCYTE.match(word):
        return ObjectKind.MEGAKARYOCYTE
    return ObjectKind.NUCLEATED


def is_red_cell(label: str) -> bool:
    """True for mature red cells, whose size is known."""
    return _plain(label) in _RED_CELLS - {"reticulocyte"}


def is_platelet(label: str) -> bool:
    """True for platelets, single or in clumps."""
    return _plain(label) in _PLATELETS


def is_ignored(label: str) -> bool:
    """True for regions where nothing counts, neither as missed nor as falsely found."""
    return _plain(label) in _IGNORED


def _plain(label: str) -> str:
    """Small letters without separators, in the singular."""
    word = _SEPARATORS.sub("", label.casefold())
    if word.endswith("nuclei"):
        return word.removesuffix("i") + "us"
    return word if word.endswith(("nucleus", "debris")) else word.removesuffix("s")
