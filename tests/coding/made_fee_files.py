"""Made fee schedules in the layouts of 2019 to 2026. Values are invented, descriptors too."""

import io
import random
import zipfile
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from xml.sax.saxutils import escape

DESCRIPTOR = "Invented words"
WIDTH = 31
COLUMN = {
    "code": 0,
    "modifier": 1,
    "descriptor": 2,
    "status": 3,
    "work": 5,
    "pe_nonfacility": 6,
    "na_nonfacility": 7,
    "pe_facility": 8,
    "na_facility": 9,
    "malpractice": 10,
    "total_nonfacility": 11,
    "total_facility": 12,
    "pctc": 13,
    "global_days": 14,
    "conversion_factor": 24,
}
QUARTER_MONTHS = ("January", "April", "July", "October")
NAMES_ABOVE = (
    ",,,STATUS,MEDICARE ,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,PCTC,GLOB,PRE,INTRA,"
    "POST,MULT,BILAT,ASST,CO-,TEAM,ENDO,CONV,DIAGNOSTIC,CALCULATION,FAMILY,PAYMENT,PAYMENT,PAYMENT"
)
NAMES = (
    "HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,IND,"
    "DAYS,OP,OP,OP,PROC,SURG,SURG,SURG,SURG,BASE,FACTOR,PROCEDURES,FLAG,INDICATOR,AMOUNT,AMOUNT,"
    "AMOUNT"
)
STACKED = (
    {28: "NON-FACILITY", 29: "FACILITY"},
    {4: "NOT USED", 25: "PHYSICIAN", 27: "DIAGNOSTIC", 28: "PE USED", 29: "PE USED"},
    {4: "FOR", 7: "NON-FAC", 9: "FACILITY ", 25: "SUPERVISION OF", 27: "IMAGING"},
    dict(enumerate(NAMES_ABOVE.split(","))),
    dict(enumerate(NAMES.split(","))),
)

Row = list[str]


def row(
    code: str = "85097",
    modifier: str = "",
    *,
    status: str = "A",
    work: str = "0.90",
    practice: tuple[str, str] = ("1.10", "0.40"),
    malpractice: str = "0.04",
    factor: str = "32.1000",
    **cells: str,
) -> Row:
    """A row whose totals add up; practice: non-facility and facility. cells: overrides."""
    made = [""] * WIDTH
    totals = [Decimal(work) + Decimal(one) + Decimal(malpractice) for one in practice]
    named = {
        "code": code,
        "modifier": modifier,
        "descriptor": f"{DESCRIPTOR}, {code}",
        "status": status,
        "work": work,
        "pe_nonfacility": practice[0],
        "pe_facility": practice[1],
        "malpractice": malpractice,
        "total_nonfacility": str(totals[0]),
        "total_facility": str(totals[1]),
        "pctc": "0",
        "global_days": "XXX",
        "conversion_factor": factor,
    } | cells
    for n in (15, 16, 17, 28, 29, 30):
        made[n] = "0.00"
    for n in (18, 19, 20, 21, 22, 26):
        made[n] = "0"
    made[25], made[27] = "09", "99"
    for name, text in named.items():
        made[COLUMN[name]] = text
    return made


def changed(made: Row, **cells: str) -> Row:
    """The row with other text in some cells, whether or not it still adds up."""
    copy = list(made)
    for name, text in cells.items():
        copy[COLUMN[name]] = text
    return copy


def many_rows(n_rows: int, seed: int = 1, factor: str = "32.1000") -> list[Row]:
    """Rows with codes of all kinds, with and without modifiers."""
    chance = random.Random(seed)

    def hundredths(most: int) -> str:
        return f"{chance.randrange(most)}.{chance.randrange(100):02d}"

    rows: list[Row] = []
    for number in range((n_rows + 2) // 3):
        code = f"{number:05d}" if number % 3 else f"{number % 10_000:04d}T"
        code = f"G{number % 10_000:04d}" if number % 7 == 5 else code
        for modifier in ("", "26", "TC"):
            facts = {
                "work": hundredths(9),
                "practice": (hundredths(90), hundredths(9)),
                "malpractice": hundredths(3),
            }
            made = row(code, modifier, factor=factor, status=chance.choice("ACRNX"), **facts)
            if modifier == "TC":
                made[COLUMN["na_facility"]] = "NA"
            rows.append(made)
    unique = {(one[0], one[1]): one for one in rows}
    return list(unique.values())[:n_rows]


def title_of(year: int, quarter: int) -> str:
    month = QUARTER_MONTHS[quarter - 1]
    return f"{year} National Physician Fee Schedule Relative Value File {month} Release"


def sheet_of(
    rows: Sequence[Row], title: str, order: Sequence[int] = range(WIDTH), n_stacked: int = 5
) -> list[Row]:
    """Title, copyright lines that name another year, stacked header, rows; columns in `order`."""
    preamble = [
        title,
        "CPT codes and descriptions only are copyright 2011 American Medical Association.",
        "Dental codes (D codes) are copyright 2012/13 American Dental Association.",
        " ",
        "RELEASED 09/11/2013",
    ]
    head = [["", "", text, *[""] * (WIDTH - 3)] for text in preamble]
    stacked = [[names.get(n, "") for n in range(WIDTH)] for names in STACKED[-n_stacked:]]
    return head + [[one[n] for n in order] for one in [*stacked, *rows]]


def csv_of(
    sheet: Sequence[Row], *, end: str = "\r\n", mark: bytes = b"", comma: str = ","
) -> bytes:
    lines = [comma.join(f'"{c}"' if comma in c else c for c in one) for one in sheet]
    encoding = "utf-8" if mark else "latin-1"
    return mark + (end.join(lines) + end).encode(encoding)


def pprrvu_csv(rows: Sequence[Row], year: int = 2025, quarter: int = 4) -> bytes:
    return csv_of(sheet_of(rows, title_of(year, quarter)))


def pprrvu_txt(rows: Sequence[Row], end: str = "\r\n") -> bytes:
    """Fixed width, with copyright lines that name another year."""
    lines = ["HDR CPT CODES AND DESCRIPTIONS ONLY ARE COPYRIGHT ", "HDR 2011 AMERICAN MEDICAL"]
    for one in rows:
        cell = {name: one[n] for name, n in COLUMN.items()}
        lines.append(
            f"{cell['code']:5}{cell['modifier']:2}{cell['descriptor'][:50]:50}{cell['status']:1} "
            f"{cell['work']:>6} {cell['pe_nonfacility']:>6}{cell['na_nonfacility']:2} "
            f"{cell['pe_facility']:>6}{cell['na_facility']:2} {cell['malpractice']:>5} "
            f"{cell['total_nonfacility']:>6}{cell['total_facility']:>6}{cell['pctc']:1}"
            f"{cell['global_days']:3}.00.00.0000000{'':12}{cell['conversion_factor']:>8} 090 99"
            f"{'':6}0.00   0.00   0.00"
        )
    return (end.join(lines) + end).encode("latin-1")


def gpci_sheet(
    year: int = 2025, *, with_state: bool = True, two_work: bool = False, n_rows: int = 3
) -> list[Row]:
    """Title, labels, localities and notes."""
    labels = ["Medicare Administrative Contractor (MAC)", "State", "Locality Number"]
    labels += ["Locality Name"]
    labels += [f"{year} PW GPCI (without 1.0 Floor)"] if two_work else []
    labels += [f"{year} PW GPCI (with 1.0 Floor)", f"{year} PE GPCI", f"{year} MP GPCI"]
    rows = [
        [f"0{2000 + n}", "AK", f"{n:02d}", f"PLACE {n}*", "1", f"0.{850 + n}", "0.575"]
        for n in range(n_rows)
    ]
    if two_work:
        rows = [[*one[:4], "0.981", *one[4:]] for one in rows]
    title = f"ADDENDUM E. FINAL CY {year} GEOGRAPHIC PRACTICE COST INDICES (GPCIs)"
    sheet = [[title], [""], labels, *rows, ["MAC Assignments as of November 22, 2013"], ["*Floor"]]
    if not with_state:
        sheet = [[*one[:1], *one[2:]] if len(one) > 1 else one for one in sheet]
    return [[*one, *[""] * (len(labels) - len(one))] for one in sheet]


def gpci_wide_txt(year: int = 2025, n_rows: int = 3) -> bytes:
    """As a text in which blanks part the columns."""
    lines = [f"ADDENDUM E. FINAL CY {year} GEOGRAPHIC PRACTICE COST INDICES (GPCIs)", ""]
    lines += [
        f"Medicare Admi State  Locality{'':20}Locality Name{'':30}"
        f"{year} PW GPCI{year} PE GPCI{year} MP GPCI"
    ]
    lines += [
        f"0{2000 + n}           AK      {n:02d}  PLACE {n}*{'':60}1.000     0.{850 + n}     0.575"
        for n in range(n_rows)
    ]
    return "\r\n".join([*lines, "", "*Work GPCI reflects a floor."]).encode()


def xlsx_of(
    sheet: Sequence[Row],
    *,
    zip_format_column: int | None = None,
    number_format: str = "00000",
    change: Callable[[str], str] = str,
) -> bytes:
    """A workbook as spreadsheets write it: shared strings, numbers as numbers but for codes.

    zip_format_column: whose whole numbers are stored as numbers, shown with number_format.
    change: what is done to the XML of the sheet.
    """
    strings: dict[str, int] = {}
    lines = []
    for n_row, cells in enumerate(sheet, 1):
        parts = []
        for n, text in enumerate(cells):
            place = f"{_letters(n)}{n_row}"
            if n == zip_format_column and text.isdigit():
                parts.append(f'<c r="{place}" s="1"><v>{int(text)}</v></c>')
            elif n >= 5 and text.replace(".", "", 1).isdigit() and "." in text:
                parts.append(f'<c r="{place}"><v>{float(text)!r}</v></c>')
            elif text:
                index = strings.setdefault(text, len(strings))
                parts.append(f'<c r="{place}" t="s"><v>{index}</v></c>')
        lines.append(f'<row r="{n_row}">{"".join(parts)}</row>')
    shared = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    links = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    return zip_of(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.xml": f'<workbook {main} xmlns:r="{links}"><sheets>'
            '<sheet name="Notes" sheetId="1" r:id="rId1"/><sheet name="Made" sheetId="2" '
            'r:id="rId2"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": '<Relationships><Relationship Id="rId1" '
            'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" '
            'Target="/xl/worksheets/sheet2.xml"/></Relationships>',
            "xl/styles.xml": f'<styleSheet {main}><numFmts><numFmt numFmtId="164" '
            f'formatCode="{number_format}"/></numFmts><cellXfs><xf numFmtId="0"/>'
            '<xf numFmtId="164"/></cellXfs></styleSheet>',
            "xl/sharedStrings.xml": f"<sst {main}>{shared}</sst>",
            "xl/worksheets/sheet1.xml": f"<worksheet {main}><sheetData/></worksheet>",
            "xl/worksheets/sheet2.xml": change(
                f"<worksheet {main}><sheetData>{''.join(lines)}</sheetData></worksheet>"
            ),
        }
    )


def zip_of(members: Mapping[str, bytes | str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def _letters(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else f"A{chr(ord('A') + place - 26)}"
