from datetime import date

import pytest

from marrowscope.coding.log_columns import (
    check_columns,
    columns_from_text,
    columns_text,
    completed,
    fits,
    given_columns,
    guessed_columns,
)
from marrowscope.coding.log_dates import DateFormat, day_in, format_of
from marrowscope.coding.log_rows import ReadRows, read_rows
from marrowscope.coding.log_table import LARGEST_TABLE_BYTES, read_table
from marrowscope.errors import OversizedInputError, UnreadableInputError, UsageError

TODAY = date(2025, 12, 31)


def read(text: str, form: DateFormat | None = None) -> ReadRows:
    table = read_table(text.encode(), "t.csv")
    return read_rows(table, guessed_columns(table.columns), form, TODAY)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_commas_semicolons_and_tabs_part_cells(separator: str, start: str) -> None:
    rows = [["Datum", "CPT", "Anzahl", "Mod 1", "Mod 2"], ["01.03.2025", "85097", "2", "26", "59"]]
    done = read(start + "\r\n".join(separator.join(row) for row in rows))

    assert done.faults == ()
    assert done.form is DateFormat.GERMAN
    (row,) = done.rows
    assert row.line == 2
    assert (row.service.day, row.service.code) == (date(2025, 3, 1), "85097")
    assert (row.service.units, row.service.modifiers) == (2, ("26", "59"))


def test_a_table_with_decimal_commas_in_its_head_is_parted_where_it_has_most_cells() -> None:
    table = read_table(b"date;code;note, short\n2025-03-01;85097;a, b\n", "t.csv")

    assert table.columns == ("date", "code", "note, short")
    assert table.rows[0].cells == ("2025-03-01", "85097", "a, b")


def test_lines_are_counted_over_quoted_line_breaks_and_blank_rows() -> None:
    table = read_table(b'date,code,note\n,,\n2025-03-01,85097,"a\nb"\n2025-03-02,85097,\n', "t.csv")

    assert [row.line for row in table.rows] == [3, 5]


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (b"", UsageError, "is empty"),
        (b"date,code\n2025-03-01,\xff", UnreadableInputError, "UTF-8"),
        (b'date,code\n2025-03-01,"850', UnreadableInputError, "broken off"),
        (b"PK\x03\x04\x00\x00", UsageError, "which column holds the date"),
        (b"x" * (LARGEST_TABLE_BYTES + 1), OversizedInputError, "in parts"),
        (b"date,code\n" + b"2025-03-01,85097\n" * 200_001, OversizedInputError, "in parts"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        guessed_columns(read_table(data, "t.csv").columns)


def test_every_faulty_row_is_told_with_its_line_and_reason() -> None:
    done = read(
        "date,code,units,modifier\n"
        "2025-03-01,85097,1,26\n"
        "2025-03-32,85097,1,\n"
        ",85097,1,\n"
        "2025-03-01,100,1,\n"
        "2025-03-01,85097,1.5,\n"
        "2025-03-01,85097,0,\n"
        "2026-03-01,85097,1,\n"
        "2025-03-01,85097,1,2\n"
        "2025-03-01,85097\n"
    )

    reasons = {fault.line: fault.reason for fault in done.faults}
    expected = {
        3: "no iso date that exists",
        4: "has no date",
        5: "leading zeros",
        6: "whole number",
        7: "0 units",
        8: "in the future",
        9: "is no modifier",
        10: "has 2 cells where the first line has 4",
    }
    assert reasons.keys() == expected.keys()
    for line, part in expected.items():
        assert part in reasons[line]
    assert [row.line for row in done.rows] == [2]


def test_what_export_made_harmless_is_read_as_it_was() -> None:
    done = read("date,code,note\n2025-03-01,85097,'=1+1\n2025-03-01,85097,'tis\n")

    assert [row.service.note for row in done.rows] == ["=1+1", "'tis"]


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["2025-03-01", "2025-03-02 00:00:00"], DateFormat.ISO),
        (["01.03.2025", "2.3.2025"], DateFormat.GERMAN),
        (["03/04/2025", "03/25/2025"], DateFormat.US),
        (["03/04/2025", "25/03/2025"], DateFormat.GERMAN),
    ],
)
def test_the_form_of_days_is_read_off_the_column(texts: list[str], form: DateFormat) -> None:
    assert format_of(texts, "Date") is form


def test_days_that_may_be_either_are_never_guessed() -> None:
    with pytest.raises(UsageError, match=r"may be month/day or day/month.*--date-format"):
        format_of(["03/04/2025", "05/06/2025"], "Date")
    done = read("date,code\n03/04/2025,85097\n", DateFormat.US)
    assert done.rows[0].service.day == date(2025, 3, 4)
    done = read("date,code\n03/04/2025,85097\n", DateFormat.GERMAN)
    assert done.rows[0].service.day == date(2025, 4, 3)


def test_days_of_two_forms_are_refused() -> None:
    with pytest.raises(UsageError, match="two forms"):
        format_of(["25/03/2025", "03/25/2025"], "Date")
    with pytest.raises(UsageError, match="two forms"):
        format_of(["2025-03-01", "01.03.2025"], "Date")


@pytest.mark.parametrize("text", ["01.03.25", "2025-3", "soon", "31.02.2025", "01.03-2025", ""])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        day_in(text, DateFormat.GERMAN)


def test_columns_are_given_with_commas_in_quotes() -> None:
    columns = given_columns('"date=Date, of service", code=CPT,modifier=M1,modifier=M2')

    assert columns == {"date": ("Date, of service",), "code": ("CPT",), "modifier": ("M1", "M2")}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("date", "FIELD=COLUMN"),
        ("date=D,code=C,patient=P", "no field is called 'patient'"),
        ("date=D,date=E,code=C", "given twice"),
    ],
)
def test_columns_that_make_no_sense_are_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        given_columns(text)


def test_given_columns_leave_the_others_to_be_guessed_or_left_out() -> None:
    there = ("Wann", "CPT", "Menge", "Notiz")
    found = completed(given_columns("date=Wann,note="), there)
    assert found == {"date": ("Wann",), "code": ("CPT",), "units": ("Menge",)}
    with pytest.raises(UsageError, match="which column holds the date"):
        completed(given_columns("code=CPT"), there)
    with pytest.raises(UsageError, match="no column is called 'Was'"):
        completed(given_columns("date=Wann,code=Was"), there)


def test_columns_must_be_there_once() -> None:
    with pytest.raises(UsageError, match=r"no column is called 'D'.*'Day', 'Code'"):
        check_columns({"date": ("D",)}, ("Day", "Code"))
    with pytest.raises(UsageError, match="there twice"):
        check_columns({"date": ("Day",)}, ("Day", "Day"))


def test_two_columns_that_could_both_be_the_date_are_asked_about() -> None:
    with pytest.raises(UsageError, match="'Date' and 'DOS' could both be the date"):
        guessed_columns(("Date", "DOS", "CPT"))


def test_remembered_columns_are_themselves_again() -> None:
    columns = {"date": ("Datum",), "modifier": ("M1", "M2")}

    assert columns_from_text(columns_text(columns, DateFormat.US)) == (columns, DateFormat.US)
    assert columns_from_text(columns_text(columns, None)) == (columns, None)


def test_remembered_columns_do_not_fit_a_table_with_more_fields() -> None:
    columns = {"date": ("date",), "code": ("code",)}
    assert fits(columns, ("date", "code", "patient"))
    assert not fits(columns, ("date", "code", "units"))
