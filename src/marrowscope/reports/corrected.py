"""Class shares corrected for the classifier's errors, in a reader's words."""

from collections.abc import Mapping

from marrowscope.analysis import JsonObject
from marrowscope.reports.json_values import number, objects, text, texts
from marrowscope.reports.wording import percent, span
from marrowscope.vocabulary import cell_class, icsh_category


def corrected_rows(corrected: JsonObject) -> tuple[tuple[str, str], ...]:
    """The categories of each row that is told, its share with total interval or an upper limit."""
    return tuple((_categories(row), _share(row)) for row in _rows(corrected, are_told=True))


def _rows(corrected: JsonObject, *, are_told: bool) -> tuple[JsonObject, ...]:
    rows = objects(corrected, "rows")
    return tuple(row for row in rows if (number(row, "high") is not None) is are_told)


def corrected_note(corrected: JsonObject) -> str:
    """On what the correction rests; "" without one, for the notes and what was not assessed say so
    already.
    """
    if not corrected.get("known"):
        return ""
    place = corrected["measured_on"]
    if not isinstance(place, Mapping):
        raise TypeError("measured_on of the corrected shares is no object")
    clustering = number(corrected, "design_effect")
    told = "clustering not measured" if clustering is None else f"design effect {clustering:.1f}"
    untold = ", ".join(_categories(row).lower() for row in _rows(corrected, are_told=False))
    return (
        (f"Too few reviewed cells to correct: {untold}. " if untold else "")
        + f"Errors measured on {text(place, 'n_cells')} reviewed cells, {text(place, 'scanner')}, "
        f"{text(place, 'stain')}; total 95 % interval, {told}"
    )


def _categories(row: JsonObject) -> str:
    names = dict.fromkeys(cell_class(one).icsh_category for one in texts(row, "class_ids"))
    return " or ".join(icsh_category(name).label for name in names)


def _share(row: JsonObject) -> str:
    low, high = number(row, "low"), number(row, "high")
    if row.get("is_upper_limit"):
        return f"at most {percent(high)} %"
    return f"{percent(number(row, 'percent'))} % ({span(low, high)})"
