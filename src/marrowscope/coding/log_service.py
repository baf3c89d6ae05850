"""A service as the work log holds it, and what makes one impossible."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from marrowscope.errors import UsageError

FIRST_DAY = date(1992, 1, 1)
"""The Medicare fee schedule that work RVUs belong to began on it."""
MOST_UNITS = 9999
LONGEST_PLACE = 100
LONGEST_NOTE = 500
LONGEST_ACCESSION = 50
LONGEST_READER = 100
PROFESSIONAL, TECHNICAL = "26", "TC"

_CODE = re.compile(r"[0-9A-Z]{5}")
_MODIFIER = re.compile(r"[0-9A-Z]{2}")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_SHOWN_LENGTH = 30


@dataclass(frozen=True, slots=True)
class Service:
    """What was done, on which day, how often; place, note and accession are "" where not told.

    modifiers: of two characters each, in order. The accession is the only thing here that leads
    to a patient. Raises UsageError where no such service can be.
    """

    code: str
    day: date
    units: int = 1
    modifiers: tuple[str, ...] = ()
    place: str = ""
    note: str = ""
    accession: str = ""

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code):
            raise UsageError(_wrong_code(self.code))
        if self.day < FIRST_DAY:
            raise UsageError(f"{self.day} lies before 1992, when work RVUs began; check the year")
        if not 1 <= self.units <= MOST_UNITS:
            raise UsageError(f"{self.units} units: give a whole number from 1 to {MOST_UNITS}")
        _check_modifiers(self.modifiers)
        check_words(self.place, "the place", LONGEST_PLACE)
        check_words(self.note, "the note", LONGEST_NOTE)
        check_words(self.accession, "the accession", LONGEST_ACCESSION)

    @property
    def likeness(self) -> tuple[date, str, int, tuple[str, ...], str]:
        """What two entries of one reader share when one is taken for a double of the other."""
        return self.day, self.code, self.units, self.modifiers, self.accession


def check_day(day: date, today: date) -> None:
    """Raises UsageError where the day lies after `today`."""
    if day > today:
        raise UsageError(f"{day} lies in the future; a service is logged once it is done")


def check_reader(reader: str) -> None:
    """Raises UsageError where no reader can be called so."""
    if not reader:
        raise UsageError("--reader: the name is empty; leave it out for the local profile")
    check_words(reader, "--reader: the name", LONGEST_READER)


def check_words(text: str, what: str, longest: int) -> None:
    """Raises UsageError where the text is too long for one line, or holds what no line can."""
    if len(text) > longest:
        raise UsageError(f"{what} has {len(text)} characters; at most {longest} are kept")
    if not text.isprintable():
        raise UsageError(f"{what} holds a line break or control character; write it in one line")


def tidied(text: str) -> str:
    """The text without blanks around it, each accent written in one way."""
    return unicodedata.normalize("NFC", text.strip())


def read_code(text: str) -> str:
    """The code in capitals, to be checked by Service."""
    return tidied(text).upper()


def read_modifiers(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The modifiers in capitals, in order, to be checked by Service."""
    return tuple(tidied(text).upper() for text in texts)


def read_day(text: str) -> date:
    """A day written YYYY-MM-DD. Raises UsageError where the text is none."""
    written = _ISO_DATE.fullmatch(text.strip())
    try:
        if written:
            year, month, day = (int(part) for part in written.groups())
            return date(year, month, day)
    except ValueError:
        pass
    raise UsageError(f"{quoted(text)} is no date; write it as YYYY-MM-DD")


def quoted(text: str) -> str:
    """What somebody wrote, short and printable, for a message."""
    return repr(text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…")


def _wrong_code(code: str) -> str:
    what = f"{quoted(code)} is no code: it needs five letters or digits"
    if code.isascii() and code.isdigit() and len(code) < 5:
        return f"{what}; a spreadsheet may have dropped its leading zeros"
    return what


def _check_modifiers(modifiers: tuple[str, ...]) -> None:
    for modifier in modifiers:
        if not _MODIFIER.fullmatch(modifier):
            raise UsageError(
                f"{quoted(modifier)} is no modifier: it needs two letters or digits, as 26 or TC"
            )
    if len(set(modifiers)) < len(modifiers):
        raise UsageError(f"a modifier is given twice in {' '.join(modifiers)}; keep one")
    if PROFESSIONAL in modifiers and TECHNICAL in modifiers:
        raise UsageError("modifiers 26 and TC together are the whole service; leave both out")
