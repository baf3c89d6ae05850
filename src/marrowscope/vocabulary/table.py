"""The shipped vocabulary: three small tables, read once.

Classes and categories follow Lee et al (ICSH), Int J Lab Hematol 2008;30:349-364: 13 categories
are counted, mast cells among them; megakaryocytes, macrophages, bone and stromal cells, smudged
and foreign cells are not. What an unknown class is mistaken for is common experience at the
microscope, not a measurement: it warns, and nothing is computed from it.
"""

import csv
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from marrowscope.errors import UsageError
from marrowscope.vocabulary.model import CellClass, IcshCategory, MyeloidErythroidSide, Rollup


def _rows(file_name: str) -> Iterator[dict[str, str]]:
    text = (files(__package__) / file_name).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


@cache
def all_classes() -> tuple[CellClass, ...]:
    """Every class, in reading order: blasts first, what is no cell last."""
    return tuple(
        CellClass(
            class_id=row["class_id"],
            label=row["label"],
            parent=row["parent"],
            lineage=row["lineage"],
            in_ndc=row["ndc"] == "1",
            me_side=MyeloidErythroidSide(row["me"]),
            icsh_category=row["icsh_category"],
            mistaken_for=row["mistaken_for"],
            notes=row["notes"],
            reading_order=place,
        )
        for place, row in enumerate(_rows("classes.csv"))
    )


@cache
def icsh_categories() -> tuple[IcshCategory, ...]:
    """The 13 categories, in the order in which ICSH lists them."""
    return tuple(
        IcshCategory(
            category=row["category"],
            label=row["label"],
            lineage=row["lineage"],
            decision_thresholds_percent=tuple(
                int(percent) for percent in row["decision_thresholds_percent"].split()
            ),
        )
        for row in _rows("categories.csv")
    )


@cache
def rollups() -> tuple[Rollup, ...]:
    """Every coarser group, in reading order."""
    return tuple(Rollup(row["rollup_id"], row["label"]) for row in _rows("rollups.csv"))


@cache
def _classes_by_id() -> MappingProxyType[str, CellClass]:
    return MappingProxyType({known.class_id: known for known in all_classes()})


def class_ids() -> tuple[str, ...]:
    """Every class id, in reading order."""
    return tuple(_classes_by_id())


def cell_class(class_id: str) -> CellClass:
    """The class with this id. Raises UsageError if the vocabulary has none."""
    try:
        return _classes_by_id()[class_id]
    except KeyError:
        raise UsageError(
            f"no cell class is called {class_id!r}; use an id of the vocabulary, such as "
            f"{all_classes()[0].class_id} or {all_classes()[-1].class_id}"
        ) from None


def icsh_category(category: str) -> IcshCategory:
    """The ICSH category of this name. Raises UsageError if there is none."""
    for known in icsh_categories():
        if known.category == category:
            return known
    names = ", ".join(known.category for known in icsh_categories())
    raise UsageError(f"no ICSH category is called {category!r}; the categories are {names}")


@cache
def classes_of_category(category: str) -> tuple[CellClass, ...]:
    """The classes that are counted in this category. Raises UsageError if there is no such one."""
    wanted = icsh_category(category).category
    return tuple(known for known in all_classes() if known.icsh_category == wanted)


@cache
def classes_of_rollup(rollup_id: str) -> tuple[CellClass, ...]:
    """The classes under this coarser group. Raises UsageError if there is no such group."""
    found = tuple(known for known in all_classes() if known.parent == rollup_id)
    if not found:
        names = ", ".join(known.rollup_id for known in rollups())
        raise UsageError(f"no group of classes is called {rollup_id!r}; the groups are {names}")
    return found


def counts_in_differential(class_id: str) -> bool:
    """True where a decided cell of this class belongs to one of the 13 ICSH categories."""
    return cell_class(class_id).in_ndc


def in_reading_order(ids: Iterable[str]) -> tuple[str, ...]:
    """The ids without repeats, in reading order. Raises UsageError at an unknown one."""
    return tuple(sorted(set(ids), key=lambda class_id: cell_class(class_id).reading_order))


def classes_not_modelled(modelled: Iterable[str]) -> tuple[CellClass, ...]:
    """Kinds of cell that a model with the output classes `modelled` cannot name, in reading order.

    Catch-alls and what is not nucleated are left out: nothing is mistaken for want of them.
    """
    known_to_model = set(in_reading_order(modelled))
    return tuple(
        known
        for known in all_classes()
        if known.mistaken_for and known.class_id not in known_to_model
    )
