"""Rows of the sheets of an XLSX file as text, read part by part within fixed bounds.

Numbers come out as people see them where that matters: the shortest decimals that give the stored
number, and leading zeros where the cell is formatted with them.
"""

import io
import itertools
import lzma
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat

from marrowscope.coding.refusals import AS_DOWNLOADED
from marrowscope.coding.workbook_sheet import SheetReader
from marrowscope.errors import OversizedInputError, UnreadableInputError

ZIP_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    RuntimeError,
    UnicodeDecodeError,
    ValueError,
    IndexError,
    lzma.LZMAError,
)
"""What reading a zip that is damaged, encrypted or packed in an unknown way can raise."""
BOOK = "xl/workbook.xml"
LINKS = "xl/_rels/workbook.xml.rels"
STRINGS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
LARGEST_PART_BYTES = 200_000_000
MOST_STRINGS = 1_000_000
_CHUNK = 1 << 16
_ONLY_ZEROS = re.compile(r"0{2,9}")

SheetRows = Iterator[tuple[int, list[str]]]


class Workbook:
    """An opened XLSX. Raises UnreadableInputError where it is damaged, OversizedInputError where
    a part unpacks to more than will be read.
    """

    def __init__(self, data: bytes, where: str) -> None:
        self._where = where
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except ZIP_DAMAGE as error:
            raise self._damaged() from error
        self._parts = {one.filename: one for one in self._zip.infolist()}
        self._strings: list[str] = []
        self._zeros: dict[str, int] = {}
        self._is_open = False

    def sheets(self) -> list[str]:
        """The parts that hold the sheets, in the order of the book."""
        ids: list[str] = []
        targets: dict[str, str] = {}

        def book(name: str, attributes: dict[str, str]) -> None:
            if name == "sheet":
                ids.extend(value for key, value in attributes.items() if key.endswith(":id"))

        def links(name: str, attributes: dict[str, str]) -> None:
            if name == "Relationship":
                path = posixpath.join("/xl", attributes.get("Target", ""))
                targets[attributes.get("Id", "")] = posixpath.normpath(path).lstrip("/")

        self._parse(BOOK, book)
        self._parse(LINKS, links)
        return [targets[one] for one in ids if targets.get(one) in self._parts]

    def rows(self, sheet: str) -> SheetRows:
        """Number and cells of each row that is not empty. Stopping early reads no further."""
        if not self._is_open:
            self._read_strings()
            self._read_styles()
            self._is_open = True
        reader = SheetReader(self._strings, self._zeros, self._where)
        parser = _parser(reader.start, reader.end, reader.text)
        try:
            with self._opened(sheet) as file:
                while chunk := file.read(_CHUNK):
                    parser.Parse(chunk, False)
                    yield from reader.taken()
                parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise self._damaged() from error
        except ZIP_DAMAGE as error:
            if isinstance(error, UnreadableInputError):
                raise
            raise self._damaged() from error
        yield from reader.taken()

    def _read_strings(self) -> None:
        if STRINGS not in self._parts:
            return
        pieces: list[str] = []
        depth_of_reading_aid = 0

        def start(name: str, _attributes: dict[str, str]) -> None:
            nonlocal depth_of_reading_aid
            if name == "si":
                pieces.clear()
            depth_of_reading_aid += name == "rPh"

        def end(name: str) -> None:
            nonlocal depth_of_reading_aid
            depth_of_reading_aid -= name == "rPh"
            if name == "si":
                self._strings.append("".join(pieces))
                if len(self._strings) > MOST_STRINGS:
                    raise self._oversized()

        def text(piece: str) -> None:
            if not depth_of_reading_aid:
                pieces.append(piece)

        self._parse(STRINGS, start, end, text)

    def _read_styles(self) -> None:
        """Notes the styles whose number format is only zeros, and how many."""
        formats: dict[str, int] = {}
        styles = itertools.count()
        in_cell_styles = False

        def start(name: str, attributes: dict[str, str]) -> None:
            nonlocal in_cell_styles
            if name == "numFmt" and _ONLY_ZEROS.fullmatch(attributes.get("formatCode", "")):
                formats[attributes.get("numFmtId", "")] = len(attributes["formatCode"])
            in_cell_styles = in_cell_styles or name == "cellXfs"
            if name == "xf" and in_cell_styles:
                width = formats.get(attributes.get("numFmtId", ""))
                style = str(next(styles))
                if width:
                    self._zeros[style] = width

        def end(name: str) -> None:
            nonlocal in_cell_styles
            in_cell_styles = in_cell_styles and name != "cellXfs"

        if STYLES in self._parts:
            self._parse(STYLES, start, end)

    def _parse(
        self,
        part: str,
        start: Callable[[str, dict[str, str]], None],
        end: Callable[[str], None] = lambda _name: None,
        text: Callable[[str], None] = lambda _piece: None,
    ) -> None:
        try:
            with self._opened(part) as file:
                _parser(start, end, text).ParseFile(file)
        except expat.ExpatError as error:
            raise self._damaged() from error
        except ZIP_DAMAGE as error:
            if isinstance(error, UnreadableInputError):
                raise
            raise self._damaged() from error

    def _opened(self, part: str) -> IO[bytes]:
        if self._parts[part].file_size > LARGEST_PART_BYTES:
            raise self._oversized()
        return self._zip.open(self._parts[part])

    def _damaged(self) -> UnreadableInputError:
        return UnreadableInputError(
            f"{self._where}: is a damaged or protected XLSX file; download it again"
        )

    def _oversized(self) -> OversizedInputError:
        return OversizedInputError(
            f"{self._where}: unpacks to far more than a fee schedule holds; {AS_DOWNLOADED}"
        )


def _parser(
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> expat.XMLParserType:
    """A parser that passes on names without their prefix and refuses document types."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_declared: object) -> None:
        raise ValueError("a workbook declares no document type")

    parser.StartDoctypeDeclHandler = refuse

    def begin(root: str, attributes: dict[str, str]) -> None:
        # Most writers use no prefix, and then the parser need not go through these functions.
        is_prefixed = ":" in root
        parser.StartElementHandler = start_prefixed if is_prefixed else start
        parser.EndElementHandler = end_prefixed if is_prefixed else end
        parser.StartElementHandler(root, attributes)

    def start_prefixed(name: str, attributes: dict[str, str]) -> None:
        start(name.rpartition(":")[2], attributes)

    def end_prefixed(name: str) -> None:
        end(name.rpartition(":")[2])

    parser.StartElementHandler = begin
    parser.CharacterDataHandler = text
    return parser
