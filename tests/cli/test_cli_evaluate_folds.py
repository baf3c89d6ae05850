from pathlib import Path

import pytest
from cli_fakes import FakeRooms

from marrowscope.cli import main
from marrowscope.cli.evaluation_orders import FoldsEvaluationOrder, Split


def run(tmp_path: Path, *options: str) -> tuple[int, FakeRooms]:
    rooms = FakeRooms(tmp_path / "home")
    return main(["evaluate", "folds", *options], rooms.services()), rooms


def test_the_folds_are_ordered(tmp_path: Path) -> None:
    more = ["--detector", "d.json", "--split", "val", "--steps", "5", "--card", "c.json", "--quiet"]
    code, rooms = run(tmp_path, "--data", "d", "--out", "o", *more)

    assert code == 0
    assert rooms.evaluations == [
        FoldsEvaluationOrder(
            Path("o"),
            Path("d"),
            detector=Path("d.json"),
            split=Split.VAL,
            steps=5,
            card=Path("c.json"),
        )
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "o"], "--data"),
        (["--data", "d", "--out", "o", "--steps", "0"], "--steps: give at least 1"),
        (["--data", "d", "--out", "o", "--split", "train"], "train is what is learnt from"),
        (["--data", "d", "--out", "d/o"], "--out lies inside --data"),
    ],
)
def test_what_makes_no_sense_is_refused(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, rooms = run(tmp_path, *options)

    assert code == 2
    assert message in capsys.readouterr().err
    assert not rooms.evaluations
