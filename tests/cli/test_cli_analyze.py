import json
import sys
from pathlib import Path

import pytest
from cli_fakes import INTACT, PERMISSIVE, SUMMARY, FakeRooms

from marrowscope.cli import main
from marrowscope.settings import Licence

CALL = ["analyze", "a.svs", "b.svs", "--out", "out"]


def test_options_reach_the_analysis(tmp_path: Path) -> None:
    rooms = FakeRooms(tmp_path, cards=PERMISSIVE)
    given = ["--count", "300", "--um-per-px", "0.2", "--mcv", "104", "--threads", "3"]

    code = main([*CALL, *given, "--skip-unreadable", "--licence", "permissive"], rooms.services())

    assert code == 0
    ((inputs, out, options),) = rooms.runs
    assert inputs == [Path("a.svs"), Path("b.svs")]
    assert out == Path("out")
    assert options.n_to_count == 300
    assert options.um_per_px == 0.2
    assert options.mcv_fl == 104.0
    assert options.threads == options.settings.threads == 3
    assert options.licence is options.settings.licence is Licence.PERMISSIVE
    assert options.skip_unreadable


@pytest.mark.parametrize(("given", "n_to_count"), [([], 500), (["--count", "all"], None)])
def test_count_is_500_unless_all_are_wanted(
    given: list[str], n_to_count: int | None, tmp_path: Path
) -> None:
    rooms = FakeRooms(tmp_path)

    main([*CALL, *given], rooms.services())

    ((_, _, options),) = rooms.runs
    assert options.n_to_count == n_to_count
    assert options.um_per_px is None
    assert options.mcv_fl is None
    assert not options.skip_unreadable


def test_json_is_one_object_whatever_a_library_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def chatter() -> None:
        sys.stdout.write("a library says hello\n")

    assert main([*CALL, "--json"], FakeRooms(tmp_path, during=chatter).services()) == 0

    out, err = capsys.readouterr()
    assert json.loads(out) == {**SUMMARY, "paths": {"report": str(Path("out/report.html"))}}
    assert out.count("\n") == 1
    assert "a library says hello" in err
    assert "finding cells" not in err


def test_text_is_the_summary_and_where_the_files_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(CALL, FakeRooms(tmp_path).services()) == 0

    out, err = capsys.readouterr()
    assert out == f"Blasts 21.4 %, says an analysis\n\nreport: {Path('out/report.html')}\n"
    assert "marrowscope: finding cells\n" in err


def test_quiet_says_nothing_but_the_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    services = FakeRooms(tmp_path).services()
    main([*CALL, "--quiet"], services)
    capsys.readouterr()

    assert main([*CALL, "--quiet"], services) == 0

    out, err = capsys.readouterr()
    assert "Blasts" in out
    assert err == ""


def test_the_licence_is_said_once_a_home(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    services = FakeRooms(tmp_path / "new" / "home").services()

    main([*CALL, "--json"], services)
    first = capsys.readouterr().err
    main([*CALL, "--json"], services)
    second = capsys.readouterr().err

    assert "CC BY-NC-SA 4.0" in first
    assert "Research use only" in first
    assert second == ""


def test_the_licence_is_said_each_time_where_nothing_can_be_remembered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    services = FakeRooms(tmp_path / "file" / "home").services()

    for _ in range(2):
        assert main([*CALL, "--json"], services) == 0
        assert "CC BY-NC-SA 4.0" in capsys.readouterr().err


def test_permissive_weights_need_no_notice_and_do_not_use_it_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    services = FakeRooms(tmp_path, cards=PERMISSIVE).services()

    main([*CALL, "--json", "--licence", "permissive"], services)
    assert capsys.readouterr().err == ""
    main([*CALL, "--json"], services)
    assert "CC BY-NC-SA 4.0" in capsys.readouterr().err


def test_permissive_weights_that_are_not_there_are_not_replaced_by_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rooms = FakeRooms(tmp_path, cards=(PERMISSIVE[0], INTACT[1]))

    assert main([*CALL, "--licence", "permissive"], rooms.services()) == 4

    assert "no classifier is installed that may be used commercially" in capsys.readouterr().err
    assert not rooms.runs
