import csv
import io
import json
import os
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from cli_fakes import FakeRooms

from marrowscope.cli import main
from marrowscope.cli.coding_log_values import values_in
from marrowscope.coding.fee_schedule import FeeRow, FeeTable, Source
from marrowscope.coding.release import Release, Variant
from marrowscope.store.fee_tables import FeeTables

TABLE = (
    "Datum;CPT;Anzahl;Modifikator;Ort;Fallnummer;Patient\n"
    "01.03.2025;85097;1;;north;S25-1;A. Nobody\n"
    "02.03.2025;88305;2;26;;S25-2;B. Nobody\n"
    "02.03.2025;88305;2;26;;S25-2;B. Nobody\n"
    "03.11.2025;99999;1;;;S25-3;C. Nobody\n"
)


def made_row(code: str, modifier: str | None, work: str | None) -> FeeRow:
    value = None if work is None else Decimal(work)
    zero = Decimal("0.00")
    return FeeRow(
        code, modifier, "A", value, zero, False, zero, False, zero, zero, zero, "0", "XXX", None
    )


def made_table(release: Release, variant: Variant | None, *rows: FeeRow) -> FeeTable:
    return FeeTable(release, variant, rows, Source("made.csv", None, f"{release}{variant}", None))


def import_made_fees(home: Path) -> None:
    """Invented values for 2025, and both variants of 2026."""
    rows = (
        made_row("85097", None, "1.11"),
        made_row("88305", None, "0.75"),
        made_row("88305", "26", "0.75"),
        made_row("88305", "TC", "0.00"),
    )
    FeeTables(home).save(
        [
            made_table(Release(2025, 1), None, *rows),
            made_table(Release(2025, 4), None, made_row("85097", None, "1.22")),
            made_table(Release(2026, 1), Variant.NON_QPP, made_row("85097", None, "1.08")),
            made_table(Release(2026, 1), Variant.QPP, made_row("85097", None, "1.08")),
        ]
    )


@dataclass
class Desk:
    home: Path
    capsys: pytest.CaptureFixture[str]
    warned: str = field(default="", init=False)

    def run(self, *arguments: str, code: int = 0) -> str:
        """Standard output; standard error is kept in `warned`, and is the answer of a refusal."""
        ended = main(["coding", "log", *arguments], FakeRooms(self.home).services())
        said = self.capsys.readouterr()
        assert ended == code, said.err
        assert "bug" not in said.err
        self.warned = said.err
        return said.err if code else said.out

    def listed(self, *options: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.run("list", "--json", *options))
        return answer

    def days(self, *options: str) -> list[str]:
        return [entry["date"] for entry in self.listed(*options)["entries"]]

    def added(self, *options: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.run("add", *options, "--json"))
        return answer


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path / "home", capsys)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "services.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_a_code_is_logged_today_with_its_value(desk: Desk) -> None:
    entry = desk.added("0855t")

    assert (entry["code"], entry["units"], entry["modifiers"]) == ("0855T", 1, [])
    today = datetime.now(UTC).astimezone().date()
    assert date.fromisoformat(entry["date"]) in (today, today - timedelta(days=1))
    assert entry["work_rvu"] is None
    assert desk.warned == "warning: in no imported fee file, so without a value: 0855T\n"


def test_everything_about_a_service_is_kept(desk: Desk) -> None:
    import_made_fees(desk.home)
    options = ["--date", "2025-03-01", "--units", "3", "--modifier", "59", "--modifier", "26"]
    options += ["--accession", "S25-9", "--place", " Main lab ", "--note", "two parts"]
    desk.run("add", "88305", *options)

    assert desk.warned == ""
    (entry,) = desk.listed()["entries"]
    assert entry["modifiers"] == ["59", "26"]
    assert (entry["place"], entry["note"]) == ("Main lab", "two parts")
    assert entry["accession"] == "S25-9"
    assert (entry["work_rvu_of_one"], entry["work_rvu"]) == ("0.75", "2.25")
    assert entry["release"] == "2025A"


def test_a_service_is_valued_by_the_release_in_force_on_its_day(desk: Desk) -> None:
    import_made_fees(desk.home)
    for day in ("2025-09-30", "2025-10-01", "2026-01-01", "2024-12-31"):
        desk.run("add", "85097", "--date", day)
    desk.run("add", "85097", "--date", "2025-03-01", "--modifier", "26")

    listed = desk.listed()

    values = {(one["date"], one["work_rvu"], one["release"]) for one in listed["entries"]}
    assert values == {
        ("2024-12-31", None, None),
        ("2025-03-01", None, None),
        ("2025-09-30", "1.11", "2025A"),
        ("2025-10-01", "1.22", "2025D"),
        ("2026-01-01", "1.08", "2026A"),
    }
    assert listed["total"] == {
        "entries": 5,
        "units": 5,
        "work_rvu": "3.41",
        "entries_without_value": 2,
        "units_without_value": 2,
    }
    assert "3.41 wRVU; no value in force for 2 entries (2 units)" in desk.run("list")


def test_variants_that_do_not_agree_give_no_value(tmp_path: Path) -> None:
    first = made_table(Release(2026, 1), Variant.QPP, made_row("85097", None, "1.08"))
    other = made_table(Release(2026, 1), Variant.NON_QPP, made_row("85097", None, "1.09"))
    FeeTables(tmp_path).save([first, other])

    assert values_in(tmp_path).value_of("85097", None, date(2026, 2, 1)) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["8509"], "five letters or digits"),
        (["85097", "--date", "2999-01-01"], "lies in the future"),
        (["85097", "--date", "1.3.2025"], "--date: '1.3.2025' is no date; write it as YYYY-MM-DD"),
        (["85097", "--units", "0"], "0 units"),
        (["85097", "--units", "two"], "--units"),
        (["85097", "--modifier", "266"], "is no modifier"),
        (["85097", "--note", "a\nb"], "line break"),
        (["85097", "--reader", " "], "--reader"),
    ],
)
def test_what_cannot_be_logged_is_refused_and_leaves_nothing(
    arguments: list[str], message: str, desk: Desk
) -> None:
    assert message in desk.run("add", *arguments, code=2)
    assert not (desk.home / "coding").exists()


def test_an_empty_log_is_listed_without_making_one(desk: Desk) -> None:
    assert desk.run("list") == "0 entries, 0 units: 0 wRVU\n"
    assert "nothing to undo" in desk.run("undo", code=2)
    assert not (desk.home / "coding").exists()


def test_each_reader_has_a_log(desk: Desk) -> None:
    desk.run("add", "85097", "--date", "2025-03-01")
    other = desk.added("85097", "--date", "2025-03-02", "--reader", "Dr B")

    assert desk.days() == ["2025-03-01"]
    assert desk.days("--reader", "Dr B") == ["2025-03-02"]
    assert desk.days("--all-readers") == ["2025-03-01", "2025-03-02"]
    by_reader = desk.listed("--by", "reader", "--all-readers")["totals"]
    assert [(one["name"], one["entries"]) for one in by_reader] == [("Dr B", 1), ("me", 1)]
    assert "no entry is called" in desk.run("withdraw", other["id"], code=2)


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("day", ["2025-06-30", "2025-07-01"]),
        ("week", ["2025-W27"]),
        ("month", ["2025-06", "2025-07"]),
        ("quarter", ["2025-Q2", "2025-Q3"]),
        ("year", ["2025"]),
        ("fiscal-year", ["FY2025", "FY2026"]),
        ("code", ["85060", "85097"]),
        ("place", ["", "north"]),
    ],
)
def test_totals_are_listed_by(by: str, names: list[str], desk: Desk) -> None:
    desk.run("add", "85097", "--date", "2025-06-30", "--place", "north")
    desk.run("add", "85060", "--date", "2025-07-01", "--units", "2")

    listed = desk.listed("--by", by, "--fiscal-month", "7")

    assert [one["name"] for one in listed["totals"]] == names
    assert listed["total"]["units"] == 3
    assert (names[0] or "(no place)") in desk.run("list", "--by", by, "--fiscal-month", "7")


def test_a_span_of_days_is_listed(desk: Desk) -> None:
    for day in ("2025-03-01", "2025-03-02", "2025-03-03"):
        desk.run("add", "85097", "--date", day)

    assert desk.days("--from", "2025-03-02", "--to", "2025-03-02") == ["2025-03-02"]
    refused = desk.run("list", "--from", "2025-03-02", "--to", "2025-03-01", code=2)
    assert "ends before it begins" in refused
    assert "--fiscal-month" in desk.run("list", "--by", "fiscal-year", code=2)


def test_an_entry_is_corrected_withdrawn_and_restored(desk: Desk) -> None:
    entry = desk.added("85097", "--date", "2025-03-01", "--modifier", "59", "--note", "x")
    short = entry["id"][:8]

    desk.run("correct", short, "--units", "4", "--no-modifier", "--note", "")
    (after,) = desk.listed()["entries"]
    assert (after["units"], after["modifiers"], after["note"]) == (4, [], "")
    assert (after["id"], after["corrected"]) == (entry["id"], True)

    desk.run("withdraw", short)
    assert desk.days() == []
    assert desk.days("--withdrawn") == ["2025-03-01"]
    assert "is withdrawn; restore it first" in desk.run("correct", short, "--units", "5", code=2)

    desk.run("restore", short)
    assert desk.listed()["entries"] == [after]
    assert "nothing to restore" in desk.run("restore", short, code=2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ID", "--date", "2025-03-01"], "nothing to correct"),
        (["ID", "--date", "2999-03-01"], "in the future"),
        (["ID", "--code", "1"], "five letters or digits"),
        (["ID", "--modifier", "26", "--no-modifier"], "speak against each other"),
        (["abc", "--units", "2"], "too short"),
        (["ffffffff", "--units", "2"], "no entry is called"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused(
    arguments: list[str], message: str, desk: Desk
) -> None:
    entry = desk.added("85097", "--date", "2025-03-01")
    given = [entry["id"] if one == "ID" else one for one in arguments]

    assert message in desk.run("correct", *given, code=2)
    assert desk.listed()["entries"] == [entry]


def test_undo_takes_back_one_thing_after_another(desk: Desk, table: Path) -> None:
    entry = desk.added("85097", "--date", "2025-01-02")
    desk.run("correct", entry["id"], "--units", "2")
    desk.run("import", str(table))
    desk.run("withdraw", entry["id"])

    assert desk.run("undo").startswith("undone: the withdrawal of")
    assert len(desk.days()) == 4
    assert desk.run("undo") == "undone: an import of 3 entries\n"
    assert desk.days() == ["2025-01-02"]
    assert desk.run("undo").startswith("undone: a correction of")
    assert desk.listed()["entries"][0]["units"] == 1
    assert desk.run("undo") == "undone: an entry of 85097 on 2025-01-02\n"
    assert desk.days() == []
    assert "nothing to undo" in desk.run("undo", code=2)


def test_a_table_is_previewed_then_imported_and_a_second_time_adds_nothing(
    desk: Desk, table: Path
) -> None:
    preview = desk.run("import", str(table), "--dry-run")
    assert "days as german" in preview
    assert "columns left out: Patient" in preview
    assert "would be added: 3 rows" in preview
    assert "like a row above in the file (--keep-repeats counts them): 1 row (line 4)" in preview
    assert "Nobody" not in preview
    assert not (desk.home / "coding").exists()

    assert "\nadded: 3 rows" in desk.run("import", str(table))
    assert "85097, 88305, 99999" in desk.warned
    before = desk.listed()
    assert [entry["accession"] for entry in before["entries"]] == ["S25-1", "S25-2", "S25-3"]
    assert before["entries"][0]["place"] == "north"

    again = json.loads(desk.run("import", str(table), "--json"))
    assert (again["added"], again["repeated"], again["logged"]) == ([], [4], [2, 3, 5])
    assert desk.listed() == before


def test_one_faulty_row_stops_an_import_and_each_is_told(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "faulty.csv"
    path.write_text("date,code\n2025-03-01,85097\n2999-03-01,85097\n2025-03-01,100\n")

    assert main(["coding", "log", "import", str(path)], FakeRooms(desk.home).services()) == 2

    said = desk.capsys.readouterr()
    assert "line 3: 2999-03-01 lies in the future" in said.out
    assert "line 4: '100' is no code" in said.out
    assert "2 rows of faulty.csv cannot be logged, so nothing was" in said.err
    assert not (desk.home / "coding").exists()


def test_columns_are_given_once_and_remembered_for_the_reader(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("Wann,Was\n03/04/2025,85097\n")
    columns = ("--columns", "date=Wann,code=Was")
    assert "which column holds the date" in desk.run("import", str(path), code=2)
    assert "month/day or day/month" in desk.run("import", str(path), *columns, code=2)

    desk.run("import", str(path), *columns, "--date-format", "us")

    path.write_text("Wann,Was\n05/06/2025,85097\n")
    assert "columns (remembered): date=Wann, code=Was" in desk.run("import", str(path))
    assert desk.days() == ["2025-03-04", "2025-05-06"]
    assert "which column" in desk.run("import", str(path), "--reader", "Dr B", code=2)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.csv", None, "there is no such file"),
        ("bytes.csv", b"\xff\xfe\x00", "not text in UTF-8"),
        ("cut.csv", b'date,code\n2025-03-01,"85', "broken off"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    name: str, content: bytes | None, message: str, desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)

    assert message in desk.run("import", str(path), code=3)
    assert not (desk.home / "coding").exists()


def test_the_log_is_exported_with_value_and_release(desk: Desk, tmp_path: Path) -> None:
    import_made_fees(desk.home)
    desk.run("add", "85097", "--date", "2025-03-01", "--note", "=HYPERLINK(1)")
    desk.run("add", "99999", "--date", "2025-03-02")
    out = tmp_path / "exported"

    told = desk.run("export", "--to", str(out / "log.csv"))
    desk.run("export", "--to", str(out / "log.xlsx"))

    assert "2 entries, 2 units: 1.11 wRVU; no value in force for 1 entry (1 unit)" in told
    text = (out / "log.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["work_rvu"], row["release"]) for row in rows] == [
        ("1.11", "2025A"),
        ("", "no value in force"),
    ]
    assert rows[0]["note"] == "'=HYPERLINK(1)"
    sheet = openpyxl.load_workbook(out / "log.xlsx").worksheets[0]
    assert [row[1] for row in sheet.iter_rows(values_only=True)] == ["code", "85097", "99999"]


def test_an_exported_log_can_be_imported_by_somebody_else(desk: Desk, tmp_path: Path) -> None:
    desk.run("add", "85097", "--date", "2025-03-01", "--note", "=x", "--units", "2")
    out = tmp_path / "log.csv"
    desk.run("export", "--to", str(out))
    desk.run("import", str(out), "--reader", "Dr B")

    (entry,) = desk.listed("--reader", "Dr B")["entries"]
    assert (entry["units"], entry["note"]) == (2, "=x")


def test_an_export_replaces_nothing_unless_told_to(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "log.csv"
    out.write_text("mine")

    assert "add --replace" in desk.run("export", "--to", str(out), code=2)
    assert out.read_text() == "mine"
    assert "neither in .csv nor in .xlsx" in desk.run("export", "--to", "log.pdf", code=2)
    assert "is a folder" in desk.run("export", "--to", str(make(tmp_path / "a.csv")), code=2)
    desk.run("export", "--to", str(out), "--replace")
    assert out.read_text().startswith("date,code")


def make(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_correction_wins_even_if_the_clock_was_set_back(desk: Desk) -> None:
    entry = desk.added("85097", "--date", "2025-03-01")
    file = sqlite3.connect(desk.home / "coding" / "log" / "log.sqlite")
    (text,) = file.execute("SELECT event FROM events").fetchone()
    later = json.loads(text) | {
        "id": "00000000-0000-4000-8000-000000000001",
        "act": "00000000-0000-4000-8000-000000000002",
        "at": "2999-01-01T00:00:00+00:00",
        "kind": "corrected",
        "entry": entry["id"],
    }
    file.execute(
        "INSERT INTO events (event_id, reader, event) VALUES (?, 'me', ?)",
        (later["id"], json.dumps(later)),
    )
    file.commit()
    file.close()

    desk.run("correct", entry["id"], "--units", "7")

    assert desk.listed()["entries"][0]["units"] == 7


def test_a_damaged_log_is_told_and_left_alone(desk: Desk) -> None:
    desk.run("add", "85097", "--date", "2025-03-01")
    path = desk.home / "coding" / "log" / "log.sqlite"
    path.write_bytes(b"not a log" * 500)

    assert "is not a work log" in desk.run("list", code=4)
    assert "is not a work log" in desk.run("add", "85097", code=4)


def test_a_damaged_fee_table_keeps_a_service_from_being_logged_without_its_value(
    desk: Desk,
) -> None:
    import_made_fees(desk.home)
    for path in (desk.home / "coding" / "fees").glob("rvu-2025D*"):
        path.write_bytes(b"damaged")

    assert "damaged" in desk.run("add", "85097", code=3)
    assert not (desk.home / "coding" / "log").exists()


def test_a_pipe_is_no_table(desk: Desk, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "is a pipe or a device" in desk.run("import", str(tmp_path / "pipe.csv"), code=3)
