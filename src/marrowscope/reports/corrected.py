"""Class shares corrected for the classifier's errors, in a reader's words."""

from collections.abc import Mapping

from marrowscope.analysis import JsonObject
from marrowscope.reports.json_values import number, objects, text, texts
from marrowscope.reports.wording import MISSING, percent, sentence_case, span
from marrowscope.vocabulary import cell_class, icsh_category


def corrected_rows(corrected: JsonObject) -> tuple[tuple[str, str], ...]:
    """The categories of each row, and its share with the total interval or an upper limit."""
    return tuple((_categories(row), _share(row)) for row in objects(corrected, "rows"))


def corrected_note(corrected: JsonObject) -> str:
    """On what the correction rests, or why there is none; "" where the analysis says nothing."""
    if not corrected.get("known"):
        return sentence_case(text(corrected, "reason"))
    place = corrected["measured_on"]
    if not isinstance(place, Mapping):
        raise TypeError("measured_on of the corrected shares is no object")
    clustering = number(corrected, "design_effect")
    told = "clustering not measured" if clustering is None else f"design effect {clustering:.1f}"
    return (
        f"Errors measured on {text(place, 'n_cells')} reviewed cells, {text(place, 'scanner')}, "
        f"{text(place, 'stain')}; total 95 % interval, {told}"
    )


def _categories(row: JsonObject) -> str:
    names = dict.fromkeys(cell_class(one).icsh_category for one in texts(row, "class_ids"))
    return " or ".join(icsh_category(name).label for name in names)


def _share(row: JsonObject) -> str:
    low, high = number(row, "low"), number(row, "high")
    if high is None:
        return MISSING
    if row.get("is_upper_limit"):
        return f"at most {percent(high)} %"
    return f"{percent(number(row, 'percent'))} % ({span(low, high)})"
