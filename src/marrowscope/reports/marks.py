"""The mark of a cell on a page: a hue by lineage, and always a letter beside it."""

from dataclasses import dataclass

from marrowscope.vocabulary import cell_class, icsh_categories


@dataclass(frozen=True, slots=True)
class Mark:
    """tone: name of a hue in the style sheet. letter: what tells it apart without colour."""

    tone: str
    letter: str
    meaning: str


UNDECIDED = Mark("undecided", "?", "Not decided")
REMOVED = Mark("removed", "×", "Removed")

_BLAST = Mark("blast", "B", "Blasts")
_BY_LINEAGE = {
    "mixed": _BLAST,
    "granulocytic": Mark("granulocytic", "G", "Granulocytic"),
    "mast": Mark("mast", "Ma", "Mast cells"),
    "monocytic": Mark("monocytic", "Mo", "Monocytic"),
    "lymphoid": Mark("lymphoid", "L", "Lymphocytes"),
    "plasma": Mark("plasma", "P", "Plasma cells"),
    "erythroid": Mark("erythroid", "E", "Erythroid"),
}
_OTHER = Mark("removed", "·", "Other")

_LINEAGE_OF_CATEGORY = {known.category: known.lineage for known in icsh_categories()}


def legend() -> tuple[Mark, ...]:
    """Every mark of a counted cell, in ICSH order, then undecided and removed."""
    return (*_BY_LINEAGE.values(), UNDECIDED, REMOVED)


def mark_of_category(category: str) -> Mark:
    """The mark of an ICSH category."""
    return _BY_LINEAGE.get(_LINEAGE_OF_CATEGORY.get(category, ""), _OTHER)


def mark_of_cell(class_id: str, *, undecided: bool, removed: bool) -> Mark:
    """The mark of one cell. Raises UsageError if the vocabulary does not know the class."""
    if undecided:
        return UNDECIDED
    return REMOVED if removed else mark_of_category(cell_class(class_id).icsh_category)
