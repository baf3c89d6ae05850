import json
import sys
from pathlib import Path

import pytest
import typer
from cli_fakes import FakeRooms

from coding.made_fee_files import (
    csv_of,
    gpci_sheet,
    many_rows,
    pprrvu_csv,
    pprrvu_txt,
    row,
    zip_of,
)
from marrowscope.cli.boundary import guarded
from marrowscope.cli.coding import build_coding


class Desk:
    """The command `coding` with a home of its own and a folder of files to import."""

    def __init__(self, folder: Path, screen: pytest.CaptureFixture[str]) -> None:
        self.home = folder / "home"
        self.folder = folder
        self._screen = screen

    def file(self, name: str, data: bytes) -> str:
        (self.folder / name).write_bytes(data)
        return str(self.folder / name)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        rooms = FakeRooms(self.home)
        command = typer.main.get_command(build_coding())

        def invoke() -> int:
            with command.make_context("coding", list(arguments), obj=rooms.services()) as context:
                command.invoke(context)
            return 0

        code = guarded(invoke, rooms.load_settings, "1", sys.stderr)
        said = self._screen.readouterr()
        return code, said.out, said.err

    def stored(self) -> list[str]:
        return sorted(path.name for path in self.home.rglob("*.parquet"))


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys)


def test_an_imported_code_is_shown_newest_first(desk: Desk) -> None:
    rows = [row("85097"), row("85097", "26", work="0.50")]
    files = [
        desk.file("a.csv", pprrvu_csv(rows, 2024, 4)),
        desk.file("PPRRVU2026_Jan_QPP.csv", pprrvu_csv([row("85097", factor="33.57")], 2026, 1)),
        desk.file("PPRRVU2026_Jan_nonQPP.csv", pprrvu_csv([row("85097")], 2026, 1)),
    ]

    assert desk.run("import-fees", *files)[0] == 0
    code, out, err = desk.run("show", "85097", "--json")

    assert (code, err) == (0, "")
    shown = json.loads(out)
    assert shown["code"] == "85097"
    assert [(r["release"], r["variant"], r["modifier"]) for r in shown["rows"]] == [
        ("2026A", "nonQPP", None),
        ("2026A", "QPP", None),
        ("2024D", None, None),
        ("2024D", None, "26"),
    ]
    assert shown["rows"][1] == {
        "year": 2026,
        "release": "2026A",
        "variant": "QPP",
        "modifier": None,
        "status": "A",
        "work": "0.90",
        "pe_nonfacility": "1.10",
        "pe_facility": "0.40",
        "malpractice": "0.04",
        "total_nonfacility": "2.04",
        "total_facility": "1.34",
        "pctc": "0",
        "global": "XXX",
        "conversion_factor": "33.57",
    }


def test_the_release_in_force_on_a_day_is_shown(desk: Desk) -> None:
    for quarter in (2, 3):
        made = pprrvu_csv([row("85097", work=f"0.{quarter}0")], 2025, quarter)
        desk.run("import-fees", desk.file(f"{quarter}.csv", made))

    def works(day: str) -> list[str]:
        rows = json.loads(desk.run("show", "85097", "--on", day, "--json")[1])["rows"]
        return [one["work"] for one in rows]

    assert works("2025-04-01") == works("2025-06-30") == ["0.20"]
    assert works("2025-07-01") == works("2025-12-31") == ["0.30"]
    assert works("2025-03-31") == works("2024-12-31") == works("2026-01-01") == []


def test_a_day_without_a_value_is_told_and_is_no_zero(desk: Desk) -> None:
    desk.run("import-fees", desk.file("a.csv", pprrvu_csv([row("85097")], 2025, 3)))

    code, out, _ = desk.run("show", "85097", "--on", "2025-01-31")
    as_json = json.loads(desk.run("show", "85097", "--on", "2025-01-31", "--json")[1])

    assert code == 0
    assert "no value is in force on 2025-01-31" in out
    assert "2025C, valid from 2025-07-01" in out
    assert as_json["rows"] == []
    assert "no value is in force" in as_json["notes"][0]


def test_the_text_says_the_status_in_words(desk: Desk) -> None:
    made = pprrvu_csv([row("0855T", status="C", pctc="3", global_days="ZZZ", na_facility="NA")])
    desk.run("import-fees", desk.file("a.csv", made))

    _, out, _ = desk.run("show", "0855t")

    assert "priced by the contractor" in out
    assert "technical part only" in out
    assert "an add-on" in out
    assert "0.40 NA" in out


def test_a_partial_file_is_imported_with_a_warning(desk: Desk) -> None:
    whole = desk.file("whole.csv", pprrvu_csv(many_rows(10_000), 2024, 1))
    partial = desk.file("partial.csv", pprrvu_csv(many_rows(9_999), 2025, 1))
    indices = [desk.file(f"{n}.csv", csv_of(gpci_sheet(2000 + n, n_rows=n))) for n in (99, 24)]

    code, out, _ = desk.run("import-fees", whole, partial, *indices, "--json")

    assert code == 0
    tables = json.loads(out)["tables"]
    assert [one["warnings"] for one in tables] == [
        [],
        ["partial file: 9999 rows"],
        ["partial file: 99 rows"],
        ["partial file: 24 rows"],
    ]
    assert "warning: partial file: 9999 rows" in desk.run("import-fees", partial)[1]


def test_what_was_imported_is_told(desk: Desk) -> None:
    made = zip_of({"x/P.csv": pprrvu_csv([row()]), "x/G.csv": csv_of(gpci_sheet())})
    path = desk.file("RVU25D.zip", made)

    first = json.loads(desk.run("import-fees", path, "--json")[1])["tables"]
    again = desk.run("import-fees", path)[1]

    assert [(one["kind"], one["release"], one["member"], one["outcome"]) for one in first] == [
        ("relative values", "2025D", "x/P.csv", "imported"),
        ("gpci", None, "x/G.csv", "imported"),
    ]
    assert again.count("already here") == 2
    assert desk.stored() == ["gpci-2025.parquet", "rvu-2025D.parquet"]


def test_one_bad_file_means_that_none_is_imported(desk: Desk) -> None:
    good = desk.file("good.csv", pprrvu_csv([row()]))
    bad = desk.file("bad.csv", pprrvu_csv([row(total_facility="9.99")], 2024, 1))

    code, out, err = desk.run("import-fees", good, bad)

    assert (code, out) == (3, "")
    assert err.startswith("marrowscope: bad.csv, row 11, column M (FACILITY TOTAL): 9.99 is not")
    assert err.count("\n") == 1
    assert not desk.home.exists()


def test_two_forms_of_one_table_are_imported_once(desk: Desk) -> None:
    rows = [row("85097"), row("85060")]
    files = [
        desk.file("PPRRVU2025_Oct.csv", pprrvu_csv(rows)),
        desk.file("PPRRVU2025_Oct.txt", pprrvu_txt(rows)),
    ]

    code, out, _ = desk.run("import-fees", *files, "--json")

    assert code == 0
    assert [one["file"] for one in json.loads(out)["tables"]] == ["PPRRVU2025_Oct.csv"]


def test_two_different_tables_of_one_release_are_refused(desk: Desk) -> None:
    files = [desk.file(f"{n}.csv", pprrvu_csv([row(work=f"0.{n}0")])) for n in (1, 2)]

    code, _, err = desk.run("import-fees", *files)

    assert code == 2
    assert "hold the same table, 2025D, with different values" in err
    assert not desk.home.exists()


def test_the_release_is_asked_for_where_nothing_tells_it(desk: Desk) -> None:
    path = desk.file("fees.txt", pprrvu_txt([row()]))

    code, _, err = desk.run("import-fees", path)
    assert code == 2
    assert "--release 2025D" in err

    assert desk.run("import-fees", path, "--release", "2025D")[0] == 0
    assert desk.stored() == ["rvu-2025D.parquet"]


def test_a_contradicting_release_is_refused(desk: Desk) -> None:
    path = desk.file("fees.csv", pprrvu_csv([row()]))

    code, _, err = desk.run("import-fees", path, "--release", "2024A")

    assert code == 2
    assert "its title says 2025D, --release says 2024A" in err


def test_a_table_of_2026_that_tells_no_variant_is_warned_of(desk: Desk) -> None:
    path = desk.file("fees.csv", pprrvu_csv([row()], 2026, 1))

    assert "nonQPP or the QPP table" in desk.run("import-fees", path)[1]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["show", "85097"], 2, "no fee schedule was imported yet; download one from https://www.c"),
        (["show", "100"], 2, "'100' is no code"),
        (["show", "85097", "--on", "2025-13-01"], 2, "--on: '2025-13-01' is no day"),
        (["show", "85097", "--on", "20250101"], 2, "is no day"),
        (["import-fees", "missing.csv"], 3, "missing.csv: there is no such file"),
        (["import-fees", "."], 3, "is a folder"),
        (["import-fees", "missing.csv", "--release", "25"], 2, "'25' is no release"),
        (["import-fees"], 2, "Missing argument"),
        (["import-fees", ""], 2, "the path is empty"),
    ],
)
def test_what_makes_no_sense_is_told_in_one_line(
    arguments: list[str], code: int, message: str, desk: Desk
) -> None:
    ended, out, err = desk.run(*arguments)

    assert (ended, out) == (code, "")
    assert message in err
    assert err.count("\n") == 1
    assert not desk.home.exists()


def test_a_code_in_no_release_is_told(desk: Desk) -> None:
    desk.run("import-fees", desk.file("a.csv", pprrvu_csv([row("85097")])))

    code, out, err = desk.run("show", "88305", "--json")

    assert (code, out) == (2, "")
    assert "88305 is in none of the imported releases (2025D)" in err


def test_the_published_samples_are_imported_and_shown(desk: Desk, shared_data: Path) -> None:
    folder = shared_data / "cms"
    files = [str(folder / "PPRRVU2025_Oct.sample.csv"), str(folder / "GPCI2025.csv")]

    assert desk.run("import-fees", *files)[0] == 0
    shown = json.loads(desk.run("show", "85097", "--on", "2025-11-01", "--json")[1])["rows"]

    assert [(one["work"], one["conversion_factor"]) for one in shown] == [("0.94", "32.3465")]
