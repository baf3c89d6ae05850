"""Rows of a text table whose cells are parted by commas or tabs, as a publisher writes them."""

import csv
import io
from collections.abc import Iterator, Sequence

from marrowscope.errors import UnreadableInputError

UTF8_BOM = b"\xef\xbb\xbf"
WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")
DELIMITERS = ",\t;"


def decoded(data: bytes) -> str:
    """Text of a file in UTF-8 with a byte order mark, else in latin-1."""
    if data.startswith(UTF8_BOM):
        return data[len(UTF8_BOM) :].decode("utf-8", errors="replace")
    return data.decode("latin-1")


def delimiter_of(text: str) -> str:
    """The one of comma, tab and semicolon that is most frequent."""
    return max(DELIMITERS, key=text.count)


def text_rows(text: str, delimiter: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each row that is not empty; line breaks may be of any kind.

    Raises UnreadableInputError where quotation marks do not close or a cell is too long.
    """
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield reader.line_num, cells
    except csv.Error as error:
        raise UnreadableInputError(
            f"{where}, row {reader.line_num}: is no table from here on ({error}); was the file cut "
            "off? Download it again"
        ) from error


def check_whole(
    text: str, rows: Sequence[tuple[int, Sequence[str]]], n_columns: int, where: str
) -> None:
    """Raises UnreadableInputError where a row has not all columns, or the last was cut off.

    rows: those of data alone. n_columns: of the header.
    """
    for position, (number, cells) in enumerate(rows):
        if len(cells) < n_columns:
            is_last = position == len(rows) - 1
            why = "the file was cut off; download it again" if is_last else "were columns moved?"
            raise UnreadableInputError(
                f"{where}, row {number}: ends in column {len(cells)}; expected {n_columns} "
                f"columns; {why}"
            )
        if any(cell.strip() for cell in cells[n_columns:]):
            raise UnreadableInputError(
                f"{where}, row {number}: has {len(cells)} columns; expected {n_columns}; were "
                "columns moved?"
            )
    if len(rows) > 1 and not text.endswith(("\n", "\r")):
        (number, last), (_, before) = rows[-1], rows[-2]
        if _decimals(last[n_columns - 1]) < _decimals(before[n_columns - 1]):
            raise UnreadableInputError(
                f"{where}, row {number}: its last column breaks off after "
                f"'{last[n_columns - 1][:20]}'; the file was cut off; download it again"
            )


def _decimals(text: str) -> int:
    return len(text.strip().partition(".")[2])
