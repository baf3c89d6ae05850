"""How often a classifier calls each true class what: counted on cells that people reviewed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from marrowscope.errors import UsageError
from marrowscope.geometry import IntArray
from marrowscope.vocabulary import cell_class

UNDECIDED = "UNCLASS"
"""What a cell is called where the classifier abstained."""

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MeasuredOn:
    """Where a confusion matrix was measured. n_cells: reviewed cells it rests on."""

    scanner: str
    stain: str
    note: str
    n_cells: int


@dataclass(frozen=True)
class ConfusionMatrix:
    """Reviewed cells by what they truly are (rows) and what the classifier called them (columns).

    class_ids: the true classes, in the order of the rows. called_ids: the order of the columns:
    the same classes, and after them "UNCLASS" where the classifier was free to abstain.
    counts[j][i]: cells truly of class_ids[j] that were called called_ids[i], as counted; a row
    of zeros means that no cell of the class was reviewed. scanner, stain: what the slides were
    made and read with, as the laboratory names them. note: free text, "" for none.

    An undecided cell is an outcome like any other and has a column of its own. So nothing need
    be assumed of undecided cells, least of all that they are mixed like the decided ones. Where
    "UNCLASS" is one of the true classes (reviewers found the cell not identifiable too), its
    column takes both the cells called so and those on which the classifier abstained.

    Raises UsageError where ids are unknown or repeated, sizes disagree, a count is no whole
    number of cells, or scanner or stain is left empty.
    """

    class_ids: tuple[str, ...]
    called_ids: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    scanner: str
    stain: str
    note: str = ""

    def __post_init__(self) -> None:
        _check_ids(self.class_ids, self.called_ids)
        _check_counts(self.class_ids, self.called_ids, self.counts)
        if not (self.scanner.strip() and self.stain.strip()):
            raise UsageError(
                "a confusion matrix holds for one scanner and one stain only; name them both"
            )

    @cached_property
    def n_cells(self) -> int:
        """Reviewed cells in the matrix."""
        return sum(sum(row) for row in self.counts)

    @cached_property
    def measured_on(self) -> MeasuredOn:
        """Where it was measured, without the counts."""
        return MeasuredOn(self.scanner, self.stain, self.note, self.n_cells)

    def holds_for(self, scanner: str, stain: str) -> bool:
        """Whether it was measured on this scanner and stain: the same names, case set aside."""
        return _same_name(self.scanner, scanner) and _same_name(self.stain, stain)

    def as_array(self) -> IntArray:
        """The counts, (true classes, called classes)."""
        return np.array(self.counts, dtype=np.int64).reshape(
            len(self.class_ids), len(self.called_ids)
        )


def _same_name(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _check_ids(class_ids: tuple[str, ...], called_ids: tuple[str, ...]) -> None:
    if not class_ids:
        raise UsageError("a confusion matrix without classes says nothing; give at least one")
    for class_id in class_ids:
        cell_class(class_id)
    repeated = sorted({class_id for class_id in class_ids if class_ids.count(class_id) > 1})
    if repeated:
        raise UsageError(f"class {repeated[0]} has two rows in the confusion matrix; join them")
    with_undecided = (*class_ids, UNDECIDED)
    allowed = (class_ids,) if UNDECIDED in class_ids else (class_ids, with_undecided)
    if called_ids not in allowed:
        raise UsageError(
            "the columns of a confusion matrix are its true classes in the same order, and "
            f"{UNDECIDED} after them where the classifier may abstain; put them in that order"
        )


def _check_counts(
    class_ids: tuple[str, ...], called_ids: tuple[str, ...], counts: tuple[tuple[int, ...], ...]
) -> None:
    if len(counts) != len(class_ids):
        raise UsageError(
            f"{len(counts)} rows of counts for {len(class_ids)} true classes; give one row each"
        )
    for class_id, row in zip(class_ids, counts, strict=True):
        if len(row) != len(called_ids):
            raise UsageError(
                f"the row of true class {class_id} has {len(row)} counts for "
                f"{len(called_ids)} called classes; give one count each"
            )
        for called_id, n in zip(called_ids, row, strict=True):
            # True and False are whole numbers to Python, but never a number of cells.
            if not isinstance(n, int) or isinstance(n, bool) or n < 0:
                raise UsageError(
                    f"cells truly {class_id} called {called_id}: {n!r} is no number of cells; "
                    "give a whole number, 0 or more"
                )


def confusion_of_cells(
    true_ids: Sequence[str],
    called_ids: Sequence[str],
    *,
    class_ids: Sequence[str],
    scanner: str,
    stain: str,
    note: str = "",
) -> ConfusionMatrix:
    """Counts reviewed cells into a matrix that has a column for the undecided.

    true_ids, called_ids: one a cell, what reviewers and the classifier said, "UNCLASS" where the
    classifier abstained. class_ids: the true classes, in order.
    Raises UsageError at lists of unequal length or a cell outside class_ids, and as the matrix.
    """
    if len(true_ids) != len(called_ids):
        raise UsageError(
            f"{len(true_ids)} cells were reviewed and {len(called_ids)} called; give both of each"
        )
    columns = (*class_ids, UNDECIDED) if UNDECIDED not in class_ids else tuple(class_ids)
    for allowed, given in ((tuple(class_ids), true_ids), (columns, called_ids)):
        strange = sorted(set(given) - set(allowed))
        if strange:
            raise UsageError(
                f"a cell is {strange[0]}, which is not among the classes of the matrix; add the "
                "class or leave the cell out"
            )
    n_of = Counter(zip(true_ids, called_ids, strict=True))
    return ConfusionMatrix(
        class_ids=tuple(class_ids),
        called_ids=columns,
        counts=tuple(tuple(n_of[true, called] for called in columns) for true in class_ids),
        scanner=scanner,
        stain=stain,
        note=note,
    )


def confusion_as_json(confusion: ConfusionMatrix) -> JsonObject:
    """The matrix as plain dictionaries: cells of each true class by what they were called.

    `cells_by_true_class`: {true class: {called class: cells}}, zeros left out. `n_cells` is
    their sum, so that a matrix cut short is noticed.
    """
    return {
        "scanner": confusion.scanner,
        "stain": confusion.stain,
        "note": confusion.note,
        "n_cells": confusion.n_cells,
        "true_classes": list(confusion.class_ids),
        "called_classes": list(confusion.called_ids),
        "cells_by_true_class": {
            class_id: {
                called_id: n for called_id, n in zip(confusion.called_ids, row, strict=True) if n
            }
            for class_id, row in zip(confusion.class_ids, confusion.counts, strict=True)
        },
    }


def confusion_from_json(content: object) -> ConfusionMatrix:
    """The matrix that `confusion_as_json` wrote.

    Raises UsageError, a ValueError, that names what is missing or malformed.
    """
    facts = _object(content, "a confusion matrix")
    class_ids = _ids(facts, "true_classes")
    called_ids = _ids(facts, "called_classes")
    rows = _object(_field(facts, "cells_by_true_class"), "cells_by_true_class")
    if set(rows) != set(class_ids):
        raise UsageError(
            "cells_by_true_class of a confusion matrix must have one entry for each of "
            f"true_classes; check {sorted(set(rows) ^ set(class_ids))[0]}"
        )
    confusion = ConfusionMatrix(
        class_ids=class_ids,
        called_ids=called_ids,
        counts=tuple(_row(rows[class_id], class_id, called_ids) for class_id in class_ids),
        scanner=_text(facts, "scanner"),
        stain=_text(facts, "stain"),
        note=_text(facts, "note"),
    )
    stated = _field(facts, "n_cells")
    if isinstance(stated, bool) or stated != confusion.n_cells:
        raise UsageError(
            f"the confusion matrix says {stated!r} reviewed cells but holds "
            f"{confusion.n_cells}: it was cut short or changed; write it again"
        )
    return confusion


def _object(value: object, what: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise UsageError(f"{what} must be a JSON object, not {type(value).__name__}; mend the file")
    return value


def _field(facts: Mapping[str, object], key: str) -> object:
    if key not in facts:
        raise UsageError(f"the confusion matrix has no {key!r}; write it again")
    return facts[key]


def _text(facts: Mapping[str, object], key: str) -> str:
    value = _field(facts, key)
    if not isinstance(value, str):
        raise UsageError(f"{key!r} of the confusion matrix must be text, not {value!r}")
    return value


def _ids(facts: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = _field(facts, key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageError(f"{key!r} of the confusion matrix must be a list of class ids")
    return tuple(value)


def _row(value: object, class_id: str, called_ids: tuple[str, ...]) -> tuple[int, ...]:
    row = _object(value, f"the row of true class {class_id}")
    strange = sorted(set(row) - set(called_ids))
    if strange:
        raise UsageError(
            f"cells truly {class_id} called {strange[0]}, which is not among called_classes; "
            "add it there or take the cells out"
        )
    # `ConfusionMatrix` looks at every count and refuses what is no number of cells.
    counts: list[Any] = [row.get(called_id, 0) for called_id in called_ids]
    return tuple(counts)
