"""Columns of "Medicare Physician & Other Practitioners, by Provider and Service" (CMS).

Names as in the files of 2019 and later, and as in those of before.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass

from marrowscope.errors import UnreadableInputError

NPI = "npi"
ENTITY = "entity"
STATE = "state"
SPECIALTY = "specialty"
CODE = "code"
PLACE = "place"
BENEFICIARIES = "beneficiaries"
SERVICES = "services"

NAMES: dict[str, tuple[str, str]] = {
    NPI: ("Rndrng_NPI", "npi"),
    ENTITY: ("Rndrng_Prvdr_Ent_Cd", "nppes_entity_code"),
    STATE: ("Rndrng_Prvdr_State_Abrvtn", "nppes_provider_state"),
    SPECIALTY: ("Rndrng_Prvdr_Type", "provider_type"),
    CODE: ("HCPCS_Cd", "hcpcs_code"),
    PLACE: ("Place_Of_Srvc", "place_of_service"),
    BENEFICIARIES: ("Tot_Benes", "bene_unique_cnt"),
    SERVICES: ("Tot_Srvcs", "line_srvc_cnt"),
}

RULES: dict[str, tuple[str, str]] = {
    NPI: ("[0-9]{10}", "a provider's number of ten digits"),
    ENTITY: ("[IO]", "I or O"),
    STATE: ("[A-Z]{0,2}", "a state of two letters"),
    SPECIALTY: (".{0,200}", "the name of a specialty"),
    CODE: ("[0-9A-Z]{5}", "a code of five letters or digits"),
    PLACE: ("[FO]", "F or O"),
    BENEFICIARIES: (r"[0-9]{1,9}(\.0+)?", "a whole number of patients"),
    SERVICES: (r"[0-9]{1,10}(\.[0-9]{1,18})?", "a number of services, 0 or more"),
}
"""What each cell must match as a whole, and what that is in words."""

MOST_COLUMNS = 200
SPREADSHEET_CODE = re.compile(r"[0-9]{1,4}|[0-9.]+E[+-]?[0-9]+", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class UtilizationLayout:
    """delimiter: a comma, or the tab of the oldest files. n_columns: of every row. places: where
    each of NAMES stands, from 0. labels: what the file calls it.
    """

    delimiter: str
    n_columns: int
    places: dict[str, int]
    labels: dict[str, str]


def layout_of(head: bytes, where: str) -> UtilizationLayout:
    """The layout that the first line of a table tells. where: the file's name, for messages.

    Raises UnreadableInputError where it is no line of text, or columns are missing or doubled.
    """
    if not head.strip() or b"\0" in head:
        raise UnreadableInputError(
            f"{where}: is not a table in CSV; give the CSV that CMS publishes, or its zip"
        )
    text = head.decode("utf-8-sig", errors="replace").rstrip("\r\n")
    delimiter = "\t" if text.count("\t") > text.count(",") else ","
    labels = [name.strip() for name in next(csv.reader([text], delimiter=delimiter))]
    names = [label.lower() for label in labels]
    places: dict[str, int] = {}
    missing: list[str] = []
    for column, known in NAMES.items():
        found = [at for at, name in enumerate(names) if name in {one.lower() for one in known}]
        if len(found) > 1:
            raise UnreadableInputError(
                f"{where}: has the column {known[0]} twice; download the file from CMS again"
            )
        if found:
            places[column] = found[0]
        else:
            missing.append(f"{known[0]} (before 2019 {known[1]})")
    if missing or len(names) > MOST_COLUMNS:
        raise UnreadableInputError(_not_this_table(where, missing))
    return UtilizationLayout(
        delimiter, len(names), places, {column: labels[at] for column, at in places.items()}
    )


def _not_this_table(where: str, missing: Sequence[str]) -> str:
    lacks = f"lacks the columns {', '.join(missing)}" if missing else "has too many columns"
    return (
        f"{where}: {lacks}; give 'Medicare Physician & Other Practitioners, by Provider and "
        "Service' as CMS publishes it"
    )


def wrong_cell(column: str, label: str, text: str, row: int, where: str) -> str:
    """One sentence about a cell that breaks its rule. row: as a spreadsheet counts, header 1."""
    place = f"{where}, row {row}, column {label}"
    if column == CODE and SPREADSHEET_CODE.fullmatch(text):
        return (
            f"{place}: {text[:20]!r} is a code that a spreadsheet has turned into a number; "
            "import the file as it was downloaded, never saved again"
        )
    return f"{place}: {text[:40]!r} is not {RULES[column][1]}; download the file from CMS again"
