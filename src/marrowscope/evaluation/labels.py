"""What a source's label means in the vocabulary, and how exactly.

The tables are package data (`label_maps`), one a source, named after it. An image set is its
source's name, or that name, a colon and a name of its own (`folder-per-class:our-laboratory`).
"""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from marrowscope.errors import UsageError
from marrowscope.evaluation import label_maps
from marrowscope.vocabulary import all_classes, class_ids

FOLDER_PER_CLASS = "folder-per-class"
"""The source whose labels are class ids, labels of the vocabulary or ICSH names."""

CLASS_SEPARATOR = "|"
NAME_SEPARATOR = ":"
COLUMNS = ("label", "class_ids", "relation", "note")
_SEPARATORS = re.compile(r"[\s_.+*/-]+")
_PLURAL = re.compile(r"s(?=\s|$)")


class Relation(StrEnum):
    """How a label stands to its class: the same, more than it, or a part of it.

    BROADER: the label also covers what the entry's other classes mean. NARROWER: the label is one
    kind of what the class means.
    """

    EXACT = "exact"
    BROADER = "broader"
    NARROWER = "narrower"


@dataclass(frozen=True, slots=True)
class LabelEntry:
    """The classes that a cell with this label may belong to, the representative first."""

    class_ids: tuple[str, ...]
    relation: Relation


@dataclass(frozen=True, slots=True)
class LabelMap:
    """The labels of one source. `without_class` are listed, but the vocabulary has no place."""

    source: str
    entries: Mapping[str, LabelEntry]
    without_class: frozenset[str]

    def entry(self, label: str) -> LabelEntry | None:
        """What the label means; None where it is unknown or the vocabulary has no place for it.

        Labels count as written. In folder-per-class, case, plurals and what parts words do not
        matter, and class ids joined by `|` mean one of these.
        """
        if label in self.entries or self.source != FOLDER_PER_CLASS:
            return self.entries.get(label)
        ids = tuple(dict.fromkeys(part.strip().upper() for part in label.split(CLASS_SEPARATOR)))
        if all(class_id in class_ids() for class_id in ids):
            return LabelEntry(ids, Relation.EXACT if len(ids) == 1 else Relation.BROADER)
        return self.entries.get(_plain(label))

    def knows(self, label: str) -> bool:
        """True for every label of the table, also one without a class."""
        return label in self.without_class or self.entry(label) is not None


@cache
def label_sources() -> tuple[str, ...]:
    """Every source with a table, sorted."""
    names = (path.name for path in files(label_maps).iterdir())
    return tuple(sorted(name.removesuffix(".csv") for name in names if name.endswith(".csv")))


@cache
def label_map(source: str) -> LabelMap:
    """The table of one source. Raises UsageError where there is none, or it contradicts itself."""
    if source not in label_sources():
        raise UsageError(
            f"no label map is called {source!r}; there are {', '.join(label_sources())}"
        )
    text = (files(label_maps) / f"{source}.csv").read_text(encoding="utf-8")
    return read_label_map(source, text.splitlines())


def read_label_map(source: str, lines: Iterable[str]) -> LabelMap:
    """A label map from the lines of its table.

    Raises UsageError: other columns than `COLUMNS`, a label twice, a class unknown to the
    vocabulary, or a relation that cannot be true of so many classes.
    """
    reader = csv.DictReader(lines, strict=True)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise UsageError(f"label map {source}: the columns must be {','.join(COLUMNS)}")
    entries = _vocabulary_names() if source == FOLDER_PER_CLASS else {}
    listed: set[str] = set()
    without_class: set[str] = set()
    for row in reader:
        label = _plain(row["label"]) if source == FOLDER_PER_CLASS else row["label"]
        where = f"label map {source}, line {reader.line_num}"
        if not label or label in listed:
            raise UsageError(f"{where}: {label or 'an empty label'} is there twice or no label")
        listed.add(label)
        if row["class_ids"]:
            entries[label] = _entry(row["class_ids"], row["relation"], where)
        else:
            without_class.add(label)
    return LabelMap(source, MappingProxyType(entries), frozenset(without_class))


def entry_of(image_set: str, label: str) -> LabelEntry | None:
    """What a label of an image set means; None where nobody can say."""
    source = image_set.partition(NAME_SEPARATOR)[0]
    return label_map(source).entry(label) if source in label_sources() else None


def class_of(image_set: str, label: str) -> str | None:
    """The representative class id of a source label; None where the vocabulary has no place for it.

    A label may cover more classes than this one: `entry_of` tells.
    """
    entry = entry_of(image_set, label)
    return entry.class_ids[0] if entry else None


def _entry(ids: str, relation: str, where: str) -> LabelEntry:
    found = tuple(ids.split(CLASS_SEPARATOR))
    unknown = [class_id for class_id in found if class_id not in class_ids()]
    if unknown or len(set(found)) != len(found):
        raise UsageError(f"{where}: {ids} names a class twice, or one the vocabulary has not")
    if relation not in tuple(Relation):
        raise UsageError(f"{where}: the relation must be {', '.join(Relation)}")
    if (relation == Relation.BROADER) != (len(found) > 1):
        raise UsageError(
            f"{where}: a broader label names several classes, an exact or narrower one names one"
        )
    return LabelEntry(found, Relation(relation))


def _vocabulary_names() -> dict[str, LabelEntry]:
    """Every class by its own label."""
    return {
        _plain(known.label): LabelEntry((known.class_id,), Relation.EXACT)
        for known in all_classes()
    }


def _plain(label: str) -> str:
    """Lower case, singular, one space between words."""
    return _PLURAL.sub("", _SEPARATORS.sub(" ", label.casefold()).strip())
