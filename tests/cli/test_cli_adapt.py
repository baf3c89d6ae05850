from pathlib import Path

import pytest
from cli_fakes import FakeRooms

from marrowscope.cli import main
from marrowscope.cli.adaptation_order import AdaptationOrder

CELLS = ["--cells", "c", "--map", "m.csv", "--um-per-px", "0.1"]


def run(tmp_path: Path, *options: str) -> tuple[int, FakeRooms]:
    rooms = FakeRooms(tmp_path / "home")
    return main(["adapt", *options], rooms.services()), rooms


def test_an_adaptation_is_ordered(tmp_path: Path) -> None:
    more = ["--scanner", " S ", "--stain", "MGG", "--model", "c.json", "--quiet"]
    code, rooms = run(tmp_path, *CELLS, "--out", "site", *more)

    assert code == 0
    assert rooms.evaluations == [
        AdaptationOrder(Path("c"), Path("m.csv"), 0.1, Path("site"), "S", "MGG", Path("c.json"))
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "site"], "--cells"),
        ([*CELLS, "--out", "c/site"], "--out lies inside --cells"),
        ([*CELLS, "--out", "site", "--scanner", "S"], "--scanner and --stain belong together"),
        ([*CELLS, "--out", "site", "--um-per-px", "90"], "--um-per-px: 90.0 is not between"),
        ([*CELLS, "--out", "site", "--scanner", "S" * 201, "--stain", "s"], "at most 200"),
    ],
)
def test_what_makes_no_sense_is_refused(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, rooms = run(tmp_path, *options)

    assert code == 2
    assert message in capsys.readouterr().err
    assert not rooms.evaluations
