import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from cli_fakes import FakeRooms

from coding.made_utilization import Row, one_each, write_rows
from marrowscope.cli.boundary import guarded
from marrowscope.cli.coding_benchmark import benchmark, import_utilization

ROWS = [
    *one_each(10, 20, 20, 30),
    Row(npi="1000000009", services="27.5", state="CA", specialty="Hematology-Oncology"),
]


def run(home: Path, *arguments: str) -> int:
    app = typer.Typer(rich_markup_mode=None)
    app.command()(import_utilization)
    app.command()(benchmark)
    command = typer.main.get_command(app)
    services = FakeRooms(home).services()

    def called() -> int:
        with command.make_context("coding", list(arguments), obj=services) as context:
            command.invoke(context)
        return 0

    return guarded(called, services.load_settings, "0", sys.stderr)


@pytest.fixture
def home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A home folder with the made rows imported as 2023."""
    file = write_rows(tmp_path / "made.csv", ROWS)
    assert run(tmp_path / "home", "import-utilization", str(file), "--year", "2023", "--quiet") == 0
    capsys.readouterr()
    return tmp_path / "home"


def as_json(
    home: Path, arguments: Sequence[str], capsys: pytest.CaptureFixture[str]
) -> dict[str, Any]:
    assert run(home, *arguments, "--json") == 0
    said = capsys.readouterr()
    assert not said.err
    answer: dict[str, Any] = json.loads(said.out)
    return answer


def test_an_import_says_what_was_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(write_rows(tmp_path / "made.csv", [*ROWS, Row(npi="1999999999", entity="O")]))

    summary = as_json(tmp_path / "home", ["import-utilization", file, "--year", "2022"], capsys)

    assert (summary["year"], summary["n_rows"], summary["n_kept"]) == (2022, 6, 5)
    assert (summary["n_of_organisations"], summary["is_new"]) == (1, True)
    assert summary["notes"] == [
        "Partial file: it has 6 rows, and a full year has about 10 million."
    ]
    assert (tmp_path / "home" / "coding" / "utilization" / "2022.parquet").is_file()


def test_an_import_is_told_to_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(write_rows(tmp_path / "made.csv", ROWS))
    for _ in range(2):
        assert run(tmp_path / "home", "import-utilization", file, "--year", "2023") == 0

    said = capsys.readouterr()
    assert "rows read                 5\n" in said.out
    assert "- This file was imported as 2023 before; nothing has changed." in said.out
    assert "marrowscope: reading megabytes" in said.err


def test_a_benchmark_has_the_keys_that_programs_read(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = as_json(home, ["benchmark", "85097", "--services", "20"], capsys)

    notes = answer.pop("notes")
    assert answer == {
        "code": "85097",
        "year": 2023,
        "specialty": None,
        "state": None,
        "services": 20,
        "services_compared": 20,
        "percentile": 40,
        "n_providers": 5,
        "quantiles": {"10": 14, "25": 20, "50": 20, "75": 27.5, "90": 29},
    }
    assert any("Medicare fee-for-service only" in note for note in notes)


def test_a_benchmark_is_narrowed_and_weighed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--specialty", "pathology", "--state", "mn", "--year", "2023"]
    mine = ["--services", "50", "--medicare-share", "50", "--beneficiaries", "9"]

    answer = as_json(home, ["benchmark", "85097", *mine, *more], capsys)

    assert (answer["specialty"], answer["state"], answer["n_providers"]) == ("Pathology", "MN", 4)
    assert (answer["services"], answer["services_compared"]) == (50, 25)
    assert answer["percentile"] == 75
    assert any("With 9 patients yours would have been withheld" in one for one in answer["notes"])


def test_a_benchmark_is_drawn_for_people(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(home, "benchmark", "85097", "--services", "20") == 0

    said = capsys.readouterr().out
    assert "85097 in 2023, all specialties, all states\n" in said
    assert "20 services: percentile 40.0 of 5 providers\n" in said
    assert "percentile  10  25  50    75  90\nservices    14  20  20  27.5  29\n" in said
    assert f"16 to under 32          4  {'#' * 40}  < you\n" in said
    assert "- Individual providers only" in said
    assert max(map(len, said.splitlines())) <= 100


@pytest.mark.parametrize(("services", "mark"), [("1", "below all"), ("900", "above all")])
def test_who_is_outside_the_distribution_is_drawn_at_its_end(
    services: str, mark: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(home, "benchmark", "85097", "--services", services) == 0

    assert f"< you, {mark}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["benchmark", "85097", "--services", "-3"], 2, "'-3' is not a number of 0 or more"),
        (["benchmark", "85097", "--services", "nan"], 2, "'nan' is not a number of 0 or more"),
        (["benchmark", "850", "--services", "3"], 2, "CODE: '850' is not a code of five letters"),
        (["benchmark", "88305", "--services", "3"], 2, "no individual provider has 88305"),
        (
            ["benchmark", "85097", "--services", "3", "--specialty", "patology"],
            2,
            "no provider of the specialty 'patology' has 85097 in the file of 2023; there are "
            "Pathology, Hematology-Oncology",
        ),
        (["benchmark", "85097", "--services", "3", "--year", "2020"], 2, "there are 2023"),
        (
            ["benchmark", "85097", "--services", "3", "--medicare-share", "101"],
            2,
            "--medicare-share: 101 is not between 0 and 100 percent",
        ),
        (["import-utilization", "none.csv", "--year", "2023"], 3, "none.csv: there is no such"),
        (["import-utilization", "", "--year", "2023"], 2, "the path is empty"),
        (["import-utilization", ".", "--year", "2023"], 3, "there is no such file"),
    ],
)
def test_what_makes_no_sense_is_one_plain_line(
    arguments: list[str],
    code: int,
    message: str,
    home: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(home, *arguments) == code

    said = capsys.readouterr().err.replace("marrowscope: reading megabytes\n", "")
    assert message in said
    assert said.count("\n") == 1


def test_before_any_import_a_benchmark_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "home", "benchmark", "85097", "--services", "3") == 2

    assert "no utilization file is imported yet: download" in capsys.readouterr().err
    assert not (tmp_path / "home").exists()
