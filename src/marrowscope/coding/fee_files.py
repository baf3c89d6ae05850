"""From the bytes of a file that CMS publishes to its tables: a zip, or one table in it."""

import hashlib
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from marrowscope.coding.delimited_text import WIDE_BOMS, decoded, delimiter_of, text_rows
from marrowscope.coding.fee_kinds import HEAD_BYTES, Form, Kind, Look, look_at_rows, look_at_text
from marrowscope.coding.fee_schedule import FeeRow, FeeTable, GpciTable, Source
from marrowscope.coding.gpci import Localities, read_gpci, read_wide_gpci
from marrowscope.coding.refusals import AS_DOWNLOADED, clipped
from marrowscope.coding.release import (
    Release,
    Variant,
    decide_release,
    told_by_name,
    told_by_title,
    variant_in,
)
from marrowscope.coding.rvu_columns import SEARCHED_ROWS
from marrowscope.coding.rvu_fixed_width import read_fixed_width
from marrowscope.coding.rvu_table import read_delimited, read_sheet
from marrowscope.coding.workbook import BOOK, ZIP_DAMAGE, Workbook
from marrowscope.errors import OversizedInputError, UnreadableInputError, UsageError

LARGEST_FILE_BYTES = 100_000_000
LARGEST_TABLE_BYTES = 64_000_000
LARGEST_UNPACKED_BYTES = 1_000_000_000
MOST_MEMBERS = 500
ZIP_START = b"PK"
OLD_EXCEL_START = b"\xd0\xcf\x11\xe0"
_GPCI_NAME = re.compile(r"GPCI[-_ ]?(20\d\d)", re.IGNORECASE)

Table = FeeTable | GpciTable


@dataclass(frozen=True, slots=True)
class _Found:
    """A table that was recognised. sheet: of a workbook, else None. load: gives its bytes."""

    file: str
    member: str | None
    look: Look
    sheet: str | None
    load: Callable[[], bytes]
    archive_sha256: str | None

    @property
    def where(self) -> str:
        return clipped(f"{self.file}: {self.member}" if self.member else self.file)

    @property
    def variant(self) -> Variant | None:
        told = (variant_in(line) for line in (*self.look.title, self.member or self.file))
        return next((one for one in told if one), None)


def read_fee_file(file: str, data: bytes, given: Release | None = None) -> tuple[Table, ...]:
    """The tables of one file. file: its name. given: the release, where the user told it.

    Of a zip, each table in the best of its forms: CSV, then XLSX, then TXT. Raises
    UnreadableInputError or OversizedInputError for a file that does not hold, UsageError where
    the release is not told or is contradicted.
    """
    if data.startswith(ZIP_START) and not _is_workbook(data):
        found = _chosen(_in_archive(file, data), clipped(file))
    else:
        found = _in_file(file, None, data, lambda: data, None)
        if not found:
            raise _not_a_table(clipped(file), data)
    return tuple(_read(one, given) for one in found)


def _in_archive(file: str, data: bytes) -> list[_Found]:
    digest = hashlib.sha256(data).hexdigest()
    found: list[_Found] = []
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = [one for one in archive.infolist() if not one.is_dir()]
        if len(members) > MOST_MEMBERS or _unpacked(members) > LARGEST_UNPACKED_BYTES:
            raise OversizedInputError(
                f"{clipped(file)}: unpacks to far more than a release holds; {AS_DOWNLOADED}"
            )
        for member in members:
            with archive.open(member) as opened:
                head = opened.read(HEAD_BYTES)
            if head.startswith(ZIP_START) and member.file_size <= LARGEST_TABLE_BYTES:
                head = _bytes_of(archive, member)
                if not _is_workbook(head):
                    continue
            load = _loader(archive, member, file)
            found += _in_file(file, member.filename, head, load, digest)
    except ZIP_DAMAGE as error:
        if isinstance(error, UnreadableInputError):
            raise
        raise _damaged(file) from error
    return found


def _bytes_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """As many as the archive says there are: one that says too few would unpack to anything."""
    with archive.open(member) as opened:
        return opened.read(member.file_size)


def _loader(archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: str) -> Callable[[], bytes]:
    def load() -> bytes:
        if member.file_size > LARGEST_TABLE_BYTES:
            raise OversizedInputError(
                f"{clipped(file)}: {clipped(member.filename)} unpacks to {member.file_size} bytes, "
                f"far more than a table holds; {AS_DOWNLOADED}"
            )
        try:
            return _bytes_of(archive, member)
        except ZIP_DAMAGE as error:
            raise _damaged(file) from error

    return load


def _in_file(
    file: str, member: str | None, head: bytes, load: Callable[[], bytes], digest: str | None
) -> list[_Found]:
    """The table of one file, or the tables of one workbook. head: its first bytes at least."""
    if not head.startswith(ZIP_START):
        look = look_at_text(head[:HEAD_BYTES])
        return [] if look is None else [_Found(file, member, look, None, load, digest)]
    book = Workbook(head, clipped(member or file))
    found: list[_Found] = []
    for sheet in book.sheets():
        rows = [cells for _number, cells in islice(book.rows(sheet), SEARCHED_ROWS)]
        look = look_at_rows(rows, Form.XLSX)
        if look is not None:
            found.append(_Found(file, member, look, sheet, load, digest))
    return found


def _chosen(found: Sequence[_Found], where: str) -> list[_Found]:
    """Of each table and variant the best form; no form may be there twice."""
    if not found:
        raise UnreadableInputError(
            f"{where}: holds no PPRRVU and no GPCI table; give the zip of a release from cms.gov"
        )
    best: dict[tuple[Kind, Variant | None], _Found] = {}
    for one in sorted(found, key=lambda one: one.look.form):
        key = (one.look.kind, one.variant)
        if key not in best:
            best[key] = one
        elif best[key].look.form == one.look.form:
            raise UnreadableInputError(
                f"{where}: holds two tables of the same kind, {clipped(best[key].member or '')} "
                f"and {clipped(one.member or '')}; give the right one alone"
            )
    return list(best.values())


def _read(one: _Found, given: Release | None) -> Table:
    data = one.load()
    source = Source(one.file, one.member, hashlib.sha256(data).hexdigest(), one.archive_sha256)
    names = [one.file] if one.member is None else [one.member.rpartition("/")[2], one.file]
    if one.look.kind is Kind.GPCI:
        year, localities = _localities(one, data)
        return GpciTable(_gpci_year(year, names, given, one.where), localities, source)
    told = [told_by_name(name) for name in names]
    release = decide_release(told_by_title(one.look.title), told, given, one.where)
    return FeeTable(release, one.variant, _fee_rows(one, data), source)


def _fee_rows(one: _Found, data: bytes) -> tuple[FeeRow, ...]:
    if one.sheet is not None:
        return read_sheet(list(Workbook(data, one.where).rows(one.sheet)), one.where)
    text = decoded(data)
    if one.look.form is Form.FIXED_WIDTH:
        return read_fixed_width(text, one.where)
    return read_delimited(text, one.where)


def _localities(one: _Found, data: bytes) -> Localities:
    if one.sheet is not None:
        return read_gpci(list(Workbook(data, one.where).rows(one.sheet)), one.where)
    text = decoded(data)
    if one.look.form is Form.FIXED_WIDTH:
        return read_wide_gpci(text, one.where)
    return read_gpci(list(text_rows(text, delimiter_of(text[:4000]), one.where)), one.where)


def _gpci_year(year: int | None, names: Sequence[str], given: Release | None, where: str) -> int:
    if year is None:
        named = (_GPCI_NAME.search(name) for name in names)
        year = next((int(one[1]) for one in named if one), None)
    if year is None:
        year = next((one.year for one in map(told_by_name, names) if one.year), None)
    if year is None and given is None:
        raise UsageError(
            f"{where}: nothing tells the year of these indices; give it, such as --release 2025D"
        )
    if year is not None and given is not None and given.year != year:
        raise UsageError(
            f"{where}: is of {year}, --release says {given.label}; leave --release out or give the "
            "right file"
        )
    return year or (given.year if given else 0)


def _is_workbook(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return BOOK in archive.namelist()
    except ZIP_DAMAGE:
        return False


def _unpacked(members: Sequence[zipfile.ZipInfo]) -> int:
    return sum(one.file_size for one in members)


def _damaged(file: str) -> UnreadableInputError:
    return UnreadableInputError(
        f"{clipped(file)}: is a damaged or protected zip; download it again from cms.gov"
    )


def _not_a_table(where: str, data: bytes) -> UnreadableInputError:
    if not data.strip():
        return UnreadableInputError(f"{where}: is empty; download it again")
    if data.startswith(OLD_EXCEL_START):
        return UnreadableInputError(
            f"{where}: is an Excel file of the old kind; use the CSV or XLSX file of the release"
        )
    if data.startswith(WIDE_BOMS):
        return UnreadableInputError(f"{where}: was re-saved as Unicode text; {AS_DOWNLOADED}")
    return UnreadableInputError(
        f"{where}: is neither a relative value file (PPRRVU) nor a GPCI file of 2019 to 2026; "
        "give the zip of a release from cms.gov, or one of these files from it"
    )
