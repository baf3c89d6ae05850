"""Geographic indices (GPCI) by payment locality, from text or sheet, by the labels of columns."""

import re
from collections.abc import Sequence
from decimal import Decimal

from marrowscope.coding.fee_schedule import Locality
from marrowscope.coding.refusals import RE_SAVED, Layout, quoted
from marrowscope.coding.rvu_columns import column_name
from marrowscope.coding.rvu_rows import number_in
from marrowscope.errors import UnreadableInputError

NumberedRow = tuple[int, Sequence[str]]
Localities = tuple[int | None, tuple[Locality, ...]]

SMALLEST, LARGEST = Decimal("0.1"), Decimal(5)
"""No index since 1992 was near either."""
_SEARCHED_ROWS = 20
_YEAR = re.compile(r"(?<!\d)(20\d\d)(?!\d)")
_WIDE_ROW = re.compile(
    r"\s*(?P<contractor>\d{5})\s+(?P<state>[A-Z]{2})\s+(?P<number>\d{2})\s+(?P<name>\S.*?)"
    r"\s{2,}(?P<work>\S+)\s+(?P<practice>\S+)\s+(?P<malpractice>\S+)\s*"
)
_LABELS = {
    "contractor": re.compile(r"CONTRACTOR|CARRIER|\bMAC\b"),
    "state": re.compile(r"^STATE$"),
    "number": re.compile(r"^LOCALITY (?:NUMBER|CODE)$|^LOCALITY$"),
    "name": re.compile(r"^LOCALITY NAME$"),
    "work": re.compile(r"(?:PW|WORK) GPCI(?!.*WITHOUT)"),
    "work_without_floor": re.compile(r"(?:PW|WORK) GPCI.*WITHOUT"),
    "practice": re.compile(r"\bPE GPCI"),
    "malpractice": re.compile(r"\bMP GPCI"),
}
_OPTIONAL = frozenset({"state", "work", "work_without_floor"})


def read_gpci(rows: Sequence[NumberedRow], where: str) -> Localities:
    """Year, None where no label tells it, and localities, from rows of cells.

    Raises UnreadableInputError with row and column for what does not hold.
    """
    header = next(
        (n for n, (_, cells) in enumerate(rows[:_SEARCHED_ROWS]) if _is_header(cells)), None
    )
    if header is None:
        raise UnreadableInputError(
            f"{where}: no row of column names was found; expected one with Locality Name, PW GPCI, "
            "PE GPCI and MP GPCI"
        )
    index = _find_columns(rows[header], where)
    names = {field: f"column {column_name(place)}" for field, place in index.items()}
    layout = Layout(where, names)
    localities: list[Locality] = []
    has_ended = False
    for number, cells in rows[header + 1 :]:
        cell = {
            field: cells[place].strip() if place < len(cells) else ""
            for field, place in index.items()
        }
        if _is_note(cells):
            has_ended = True
            continue
        if has_ended:
            raise layout.refusal(number, "contractor", "a row follows the notes; was a part cut?")
        localities.append(_locality(cell, number, layout))
    title = " ".join(" ".join(cells) for _number, cells in rows[:header])
    return _year(" ".join(rows[header][1]), title, where), _some(localities, where)


def read_wide_gpci(text: str, where: str) -> Localities:
    """As `read_gpci`, from text in which blanks part the columns."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    header = next((n for n, line in enumerate(lines[:_SEARCHED_ROWS]) if "PW GPCI" in line), None)
    labels = re.findall(r"(PW|PE|MP) GPCI", lines[header]) if header is not None else []
    if header is None or labels != ["PW", "PE", "MP"]:
        raise UnreadableInputError(
            f"{where}: its columns are {', '.join(labels) or 'unknown'}; expected PW GPCI, PE GPCI "
            "and MP GPCI in one row; use the CSV file of the same release"
        )
    layout = Layout(where, {})
    localities: list[Locality] = []
    for number, line in enumerate(lines[header + 1 :], header + 2):
        row = _WIDE_ROW.fullmatch(line)
        if row is not None:
            localities.append(_locality(row.groupdict(), number, layout))
        elif re.match(r"\s*\d{3,}\s", line):
            raise layout.refusal(
                number, "row", "expected contractor, state, locality, name and three indices"
            )
    return _year(lines[header], " ".join(lines[:header]), where), _some(localities, where)


def has_gpci_labels(cells: Sequence[str]) -> bool:
    """Whether a row names indices."""
    words = " ".join(cells).upper()
    return "GPCI" in words and ("PE GPCI" in words or "PW GPCI" in words)


def _is_header(cells: Sequence[str]) -> bool:
    return has_gpci_labels(cells) and len([cell for cell in cells if cell.strip()]) > 3


def _is_note(cells: Sequence[str]) -> bool:
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) == 1 and filled[0] == cells[0] and not cells[0].strip().isdigit()


def _find_columns(header: NumberedRow, where: str) -> dict[str, int]:
    number, cells = header
    labels = [re.sub(r"[^A-Z0-9.]+", " ", cell.upper()).strip() for cell in cells]
    index: dict[str, int] = {}
    for field, label in _LABELS.items():
        places = [n for n, text in enumerate(labels) if label.search(text)]
        if len(places) > 1:
            raise UnreadableInputError(
                f"{where}, row {number}: the column of {field.replace('_', ' ')} is there "
                f"{len(places)} times; expected once"
            )
        index.update((field, place) for place in places)
    if "work" not in index and "work_without_floor" in index:
        index["work"] = index.pop("work_without_floor")
    missing = [
        field for field in _LABELS if field not in index and field not in _OPTIONAL - {"work"}
    ]
    if missing:
        raise UnreadableInputError(
            f"{where}, row {number}: columns are missing: {', '.join(missing)}; expected those of "
            "the GPCI files of 2019 to 2026"
        )
    return index


def _locality(cell: dict[str, str], number: int, layout: Layout) -> Locality:
    contractor, place = cell["contractor"], cell["number"]
    for field, text, n_digits in (("contractor", contractor, 5), ("number", place, 2)):
        if not text.isdigit() or len(text) > n_digits:
            what = f"{quoted(text)} is unknown here; expected {n_digits} digits"
            raise layout.refusal(number, field, what)
        if len(text) < n_digits:
            raise layout.refusal(number, field, f"{quoted(text)}: {RE_SAVED}")
    state = cell.get("state")
    if state is not None and not re.fullmatch(r"[A-Z]{2}", state):
        raise layout.refusal(number, "state", f"{quoted(state)} is no state of two letters")
    without = cell.get("work_without_floor")
    return Locality(
        contractor=contractor,
        state=state,
        number=place,
        name=cell["name"].rstrip("* "),
        work=_index(cell["work"], number, "work", layout),
        work_without_floor=(
            None if without is None else _index(without, number, "work_without_floor", layout)
        ),
        practice=_index(cell["practice"], number, "practice", layout),
        malpractice=_index(cell["malpractice"], number, "malpractice", layout),
    )


def _index(text: str, number: int, field: str, layout: Layout) -> Decimal:
    value = number_in(text)
    if value is None or not SMALLEST <= value <= LARGEST:
        what = f"{quoted(text)} is no index; expected a number from {SMALLEST} to {LARGEST}"
        raise layout.refusal(number, field, what)
    return value


def _some(localities: Sequence[Locality], where: str) -> tuple[Locality, ...]:
    if not localities:
        raise UnreadableInputError(f"{where}: no locality follows the column names")
    seen = [(one.contractor, one.state, one.number) for one in localities]
    twice = next((one for n, one in enumerate(seen) if one in seen[:n]), None)
    if twice is not None:
        raise UnreadableInputError(
            f"{where}: locality {twice[2]} of contractor {twice[0]} is there twice"
        )
    return tuple(localities)


def _year(labels: str, title: str, where: str) -> int | None:
    """The year that the labels of the columns tell, else the first one in the title."""
    found = sorted(set(_YEAR.findall(labels)))
    if len(found) > 1:
        raise UnreadableInputError(
            f"{where}: its column names tell several years: {', '.join(found)}; expected one"
        )
    in_title = _YEAR.search(title)
    told = found[0] if found else in_title and in_title[1]
    return int(told) if told else None
