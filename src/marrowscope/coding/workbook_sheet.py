"""The rows of one sheet of an XLSX file, gathered while its XML goes by."""

import re

from marrowscope.coding.refusals import AS_DOWNLOADED
from marrowscope.errors import UnreadableInputError

MOST_ROWS = 250_000
MOST_COLUMNS = 128
_PLACE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_DIGITS = "0123456789"


class SheetReader:
    """What an XML parser calls. strings: shared ones. zeros: digits by style, where zero-filled.

    Raises UnreadableInputError for a row or column beyond any fee schedule.
    """

    def __init__(self, strings: list[str], zeros: dict[str, int], where: str) -> None:
        self._strings = strings
        self._zeros = zeros
        self._where = where
        self._done: list[tuple[int, list[str]]] = []
        self._cells: list[str] = []
        self._row = 0
        self._column = 0
        self._kind = self._style = ""
        self._pieces: list[str] = []
        self._is_value = False
        self._columns: dict[str, int] = {}
        self._numbers: dict[tuple[str, str], str] = {}

    def taken(self) -> list[tuple[int, list[str]]]:
        """The rows that were completed since the last call."""
        done, self._done = self._done, []
        return done

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name == "c":
            self._kind = attributes.get("t", "n")
            self._style = attributes.get("s", "")
            self._column = self._column_of(attributes.get("r", ""))
            self._pieces.clear()
        elif name in ("v", "t"):
            self._is_value = True
        elif name == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isdigit() else self._row + 1
            self._cells, self._column = [], 0
            if self._row > MOST_ROWS:
                raise self._unlike()

    def text(self, piece: str) -> None:
        """Text between two tags."""
        if self._is_value:
            self._pieces.append(piece)

    def end(self, name: str) -> None:
        """An element ends."""
        if name in ("v", "t"):
            self._is_value = False
        elif name == "c":
            if self._pieces:
                missing = self._column - len(self._cells)
                self._cells.extend([""] * missing)
                self._cells[self._column - 1] = self._shown("".join(self._pieces))
        elif name == "row" and any(map(str.strip, self._cells)):
            self._done.append((self._row, self._cells))

    def _column_of(self, place: str) -> int:
        """From 1; the next one where the cell does not tell its place."""
        letters = place.rstrip(_DIGITS)
        column = self._columns.get(letters)
        if column is None:
            found = _PLACE.fullmatch(place)
            if found is None:
                column = self._column + 1
            else:
                column = self._columns[letters] = _column_number(found[1])
            if column > MOST_COLUMNS:
                raise self._unlike()
        return column

    def _shown(self, text: str) -> str:
        if self._kind == "s":
            return self._strings[int(text)]
        if self._kind != "n":
            return text
        key = (text, self._style)
        shown = self._numbers.get(key)
        if shown is None:
            shown = self._numbers[key] = _number_shown(text, self._zeros.get(self._style, 1))
        return shown

    def _unlike(self) -> UnreadableInputError:
        return UnreadableInputError(
            f"{self._where}, row {self._row}: lies beyond any fee schedule; {AS_DOWNLOADED}"
        )


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _number_shown(text: str, n_digits: int) -> str:
    """The shortest decimals that give the stored number; n_digits: of a whole one, at least."""
    number = float(text)
    if not number.is_integer() or abs(number) >= 1e15:
        return repr(round(number, 9))
    return str(int(number)).zfill(n_digits)
