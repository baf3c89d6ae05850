"""Relative values and locality indices as published, and which of them is in force on a day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from marrowscope.coding.release import Release, Variant

PARTIAL_BELOW = 10_000
"""A whole release has some 19,000 rows."""
PARTIAL_LOCALITIES_BELOW = 100
"""There have been 109 to 112 since 2017."""


@dataclass(frozen=True, slots=True)
class FeeRow:
    """One code with one modifier, None where it has none. The descriptor is never kept.

    work to total_facility: relative value units, None where the file has NA or nothing.
    is_na_nonfacility, is_na_facility: whether the file marks the practice expense of that setting
    as not applicable; it may still carry a number. conversion_factor: US dollars a unit.
    """

    code: str
    modifier: str | None
    status: str
    work: Decimal | None
    pe_nonfacility: Decimal | None
    is_na_nonfacility: bool
    pe_facility: Decimal | None
    is_na_facility: bool
    malpractice: Decimal | None
    total_nonfacility: Decimal | None
    total_facility: Decimal | None
    pctc: str | None
    global_days: str | None
    conversion_factor: Decimal | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a table came from. file: name of what the user gave. member: inside it, if a zip.

    sha256: of the table's own bytes. archive_sha256: of the zip, None where there was none.
    """

    file: str
    member: str | None
    sha256: str
    archive_sha256: str | None


@dataclass(frozen=True, slots=True)
class FeeTable:
    """All rows of one release, and of one variant where the release has two, by code."""

    release: Release
    variant: Variant | None
    rows: tuple[FeeRow, ...]
    source: Source

    @property
    def is_partial(self) -> bool:
        """Whether a whole release would have more rows."""
        return len(self.rows) < PARTIAL_BELOW


@dataclass(frozen=True, slots=True)
class Locality:
    """Geographic indices of one payment locality.

    work: with the floor of 1.0 where the file gives one. work_without_floor: None where the file
    has one work index only. state: None in files of before 2021, which have no such column.
    """

    contractor: str
    state: str | None
    number: str
    name: str
    work: Decimal
    work_without_floor: Decimal | None
    practice: Decimal
    malpractice: Decimal


@dataclass(frozen=True, slots=True)
class GpciTable:
    """All localities of one year, in the file's order."""

    year: int
    localities: tuple[Locality, ...]
    source: Source

    @property
    def is_partial(self) -> bool:
        """Whether a whole year would have more localities."""
        return len(self.localities) < PARTIAL_LOCALITIES_BELOW


@dataclass(frozen=True, slots=True)
class FeeEntry:
    """A row with the release it stands in."""

    release: Release
    variant: Variant | None
    row: FeeRow


def in_force(releases: Iterable[Release], day: date) -> Release | None:
    """The latest release of the day's year that had begun by then; None where there is none."""
    begun = [one for one in releases if one.year == day.year and one.in_force_from <= day]
    return max(begun, default=None)


def newest_first(entries: Iterable[FeeEntry]) -> list[FeeEntry]:
    """By release from the newest, then nonQPP before QPP, then modifier with none first."""
    return sorted(
        entries,
        key=lambda one: (
            -one.release.year,
            -one.release.quarter,
            (one.variant or "").casefold(),
            one.row.modifier or "",
        ),
    )


def why_none_in_force(code: str, day: date, releases: Sequence[Release]) -> str:
    """One sentence for a day on which the code has no value. releases: all that were imported."""
    release = in_force(releases, day)
    if release is not None:
        return f"no value is in force on {day}: {code} is not in {release.label}, valid then"
    later = sorted(one for one in releases if one.year == day.year)
    if later:
        return (
            f"no value is in force on {day}: the first release of {day.year} imported here is "
            f"{later[0].label}, valid from {later[0].in_force_from}"
        )
    return f"no value is in force on {day}: no release of {day.year} was imported"
