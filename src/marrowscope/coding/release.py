"""Which quarterly release a table is: told by its title, its file's name, or the user."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from marrowscope.errors import UsageError

QUARTERS = "ABCD"
FIRST_YEAR, LAST_YEAR = 1992, 2099
"""The fee schedule began in 1992."""
FIRST_YEAR_WITH_VARIANTS = 2026

_MONTHS = {"JAN": 1, "APR": 2, "JUL": 3, "OCT": 4}
_LABEL = re.compile(r"(?:RVU)?((?:19|20)?\d\d)([A-D])", re.IGNORECASE)
_TITLE_YEAR = re.compile(r"\b((?:19|20)\d\d)\b")
_TITLE_MONTH = re.compile(r"\b(JAN|APR|JUL|OCT)[A-Z]*\b")
_NAME_OF_TABLE = re.compile(r"PPR{1,2}VU[-_ ]?((?:19|20)?\d\d)[-_ ]?(JAN|APR|JUL|OCT)")
_NAME_OF_RELEASE = re.compile(r"RVU[-_ ]?((?:19|20)?\d\d)([A-D])(?:R\d?)?(?![A-Z0-9])")
_NON_QPP = re.compile(r"NON[-_ ]?QPP?(?![A-Z])")
_QPP = re.compile(r"(?<![A-Z])QPP?(?![A-Z])")


class Variant(StrEnum):
    """The two tables of each release since 2026; they differ in the conversion factor."""

    NON_QPP = "nonQPP"
    QPP = "QPP"


@dataclass(frozen=True, slots=True, order=True)
class Release:
    """A year and its quarter, 1 to 4."""

    year: int
    quarter: int

    @property
    def label(self) -> str:
        """2025D: as CMS names its releases, with the whole year."""
        return f"{self.year}{QUARTERS[self.quarter - 1]}"

    @property
    def in_force_from(self) -> date:
        """First day of its quarter."""
        return date(self.year, 3 * self.quarter - 2, 1)


@dataclass(frozen=True, slots=True)
class Told:
    """What one source tells of the release; None where it does not."""

    year: int | None = None
    quarter: int | None = None


def parse_release(text: str) -> Release:
    """2025D, RVU25D. Raises UsageError for anything else."""
    found = _LABEL.fullmatch(text.strip())
    year = _whole_year(found[1]) if found else 0
    if found is None or not FIRST_YEAR <= year <= LAST_YEAR:
        raise UsageError(
            f"--release: {text[:20]!r} is no release; give a year and A, B, C or D, such as 2025D"
        )
    return Release(year, QUARTERS.index(found[2].upper()) + 1)


def told_by_title(lines: Iterable[str]) -> Told:
    """From the lines above a table. Copyright lines name other years and are passed over."""
    for line in map(str.upper, lines):
        if "FEE SCHEDULE" not in line or "COPYRIGHT" in line:
            continue
        year, month = _TITLE_YEAR.search(line), _TITLE_MONTH.search(line)
        if year:
            return Told(int(year[1]), _MONTHS[month[1]] if month else None)
    return Told()


def told_by_name(name: str) -> Told:
    """From a file's name: PPRRVU2025_Oct, PPRRVU22_JAN, RVU25D, also with what follows them."""
    upper = name.upper()
    if table := _NAME_OF_TABLE.search(upper):
        return Told(_whole_year(table[1]), _MONTHS[table[2]])
    if release := _NAME_OF_RELEASE.search(upper):
        return Told(_whole_year(release[1]), QUARTERS.index(release[2]) + 1)
    return Told()


def variant_in(text: str) -> Variant | None:
    """The variant that a name or title tells, None where it tells none."""
    upper = text.upper()
    if _NON_QPP.search(upper):
        return Variant.NON_QPP
    return Variant.QPP if _QPP.search(upper) else None


def decide_release(
    title: Told, names: Sequence[Told], given: Release | None, where: str
) -> Release:
    """The title's, else that of the first name which tells one, else the one given.

    Raises UsageError where none tells it, or where the one given contradicts title or name.
    """
    told, source = title, "title"
    if title.year is None:
        told, source = next((name for name in names if name.year is not None), Told()), "name"
    quarter = told.quarter
    if quarter is None:
        quarter = next((one.quarter for one in names if told.year and one.year == told.year), None)
    if told.year is not None and quarter is not None:
        release = Release(told.year, quarter)
        if given not in (None, release):
            raise _contradiction(where, source, release.label, given)
        return release
    if given is None:
        raise UsageError(
            f"{where}: neither its title nor its name tells the release; give it, such as "
            "--release 2025D"
        )
    if told.year not in (None, given.year):
        raise _contradiction(where, source, str(told.year), given)
    return given


def _contradiction(where: str, source: str, told: str, given: Release | None) -> UsageError:
    label = given.label if given else ""
    return UsageError(
        f"{where}: its {source} says {told}, --release says {label}; leave --release out or "
        "give the right file"
    )


def _whole_year(digits: str) -> int:
    return int(digits) if len(digits) == len("2025") else 2000 + int(digits)
