import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cli_fakes import FakeRooms

from evaluation.made_sets import write_sets
from marrowscope.cells import shipped_model
from marrowscope.cli import main
from marrowscope.cli.detector_evaluation_calls import detector_card
from marrowscope.cli.evaluation_orders import DetectorEvaluationOrder, Split
from marrowscope.errors import UsageError
from marrowscope.settings import Licence


def raise_stop() -> object:
    raise KeyboardInterrupt


def run(tmp_path: Path, *options: str, rooms: FakeRooms | None = None) -> tuple[int, FakeRooms]:
    rooms = rooms or FakeRooms(tmp_path / "home")
    return main(["evaluate", "detector", *options], rooms.services()), rooms


def test_a_data_folder_is_passed_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, rooms = run(tmp_path, "--data", "d", "--out", "o", "--quiet")

    assert code == 0
    assert rooms.evaluations == [
        DetectorEvaluationOrder(Path("o"), data=Path("d"), split=Split.TEST)
    ]
    assert capsys.readouterr().out == f"recall 0.9\n\npage: {Path('o/evaluation.html')}\n"


def test_every_option_is_passed_on(tmp_path: Path) -> None:
    own = ["--fields", "f", "--boxes", "b", "--um-per-px", "0.2", "--partly-boxed"]
    more = ["--model", "m.json", "--perturb", "--licence", "permissive"]

    code, rooms = run(tmp_path, *own, *more, "--out", "o", "--quiet")

    assert code == 0
    assert rooms.evaluations == [
        DetectorEvaluationOrder(
            Path("o"),
            fields=Path("f"),
            boxes=Path("b"),
            um_per_px=0.2,
            partly_boxed=True,
            model=Path("m.json"),
            licence=Licence.PERMISSIVE,
            with_perturbations=True,
        )
    ]


def test_json_is_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path, "--data", "d", "--out", "o", "--json")

    printed = json.loads(capsys.readouterr().out)
    assert printed == {
        "sets": {"made": {"n": 3}},
        "paths": {"page": str(Path("o/evaluation.html"))},
    }


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "give either --data DIR, or --fields"),
        (["--data", "d", "--fields", "f", "--boxes", "b"], "give either --data DIR, or --fields"),
        (["--fields", "f"], "--fields needs --boxes"),
        (["--data", "d", "--boxes", "b"], "--boxes belongs to --fields"),
        (["--data", "d", "--um-per-px", "0.2"], "--um-per-px belongs to --fields"),
        (["--data", "d", "--partly-boxed"], "--partly-boxed belongs to --fields"),
        (["--fields", "f", "--boxes", "b", "--um-per-px", "nan"], "--um-per-px: nan"),
        (["--data", "d", "--split", "all"], "--split"),
        (["--data", ""], "is a variable not set"),
    ],
)
def test_wrong_use_is_said_in_a_line(
    options: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, rooms = run(tmp_path, *options, "--out", "o")

    err = capsys.readouterr().err
    assert code == 2
    assert words in err
    assert err.count("\n") == 1
    assert not rooms.evaluations


def test_a_stopped_evaluation_wrote_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rooms = FakeRooms(tmp_path, during=raise_stop)

    code, _ = run(tmp_path, "--data", "d", "--out", "o", "--quiet", rooms=rooms)

    assert code == 130
    assert capsys.readouterr().err.endswith("marrowscope: stopped; nothing was written\n")


def test_a_split_of_own_fields_makes_no_sense(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = ["--fields", "f", "--boxes", "b", "--split", "val", "--out", "o"]

    code, rooms = run(tmp_path, *own)

    assert code == 2
    assert rooms.evaluations == []
    assert "--split belongs to --data" in capsys.readouterr().err


def order(**given: object) -> DetectorEvaluationOrder:
    return DetectorEvaluationOrder(Path("o"), data=Path("d"), **given)


def test_the_shipped_detector_is_used_as_its_licence_allows() -> None:
    assert not detector_card(order()).is_permissive
    assert detector_card(order(licence=Licence.PERMISSIVE)).is_permissive


@pytest.mark.parametrize("text", ["not JSON", "[]", "{}", '{"name": "x"}'])
def test_what_is_no_card_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(text)

    with pytest.raises(UsageError, match=r"card\.json is not the card of a model"):
        detector_card(order(model=tmp_path / "card.json"))


def test_the_card_of_a_classifier_is_refused() -> None:
    card = shipped_model("classifier").path.with_name("classifier.json")

    with pytest.raises(UsageError, match="card of a classifier"):
        detector_card(order(model=card))


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sets(tmp_path_factory.mktemp("sets"))


def evaluate(home: Path, *options: str | Path) -> int:
    given = [str(option) for option in options]
    rooms = FakeRooms(home)
    return main(["evaluate", "detector", *given, "--quiet"], real_services(rooms))


def real_services(rooms: FakeRooms) -> object:
    """The product's own, but with a home folder of the test."""
    from marrowscope.cli.services import Services

    return Services(load_settings=rooms.load_settings)


def test_a_lost_model_is_refused(
    sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = shipped_model("detector").path
    card = shutil.copy(weights.with_suffix(".json"), tmp_path / "own.json")

    assert evaluate(tmp_path, "--data", sets, "--model", card, "--out", tmp_path / "out") == 4

    assert "train it again" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_shipped_detector_on_a_made_folder(sets: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")

    assert evaluate(tmp_path, "--data", sets, "--out", out) == 0
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    assert evaluate(tmp_path, "--data", sets, "--out", out) == 0

    assert {path.name: path.read_bytes() for path in out.iterdir()} == first
    assert sorted(first) == ["evaluation.html", "evaluation.json", "notes.txt"]
    written = json.loads(first["evaluation.json"])
    assert sorted(written["sets"]) == ["acevedo-blood-fields", "segpc-marrow", "txl-blood-fields"]
    assert written["sets"]["segpc-marrow"]["precision"] is None
    assert any("marrow-truth" in gap for gap in written["not_measured"])


def test_own_fields_with_their_labels(sets: Path, tmp_path: Path) -> None:
    import zipfile

    pictures = tmp_path / "ward 7"
    with zipfile.ZipFile(sets / "fields.zip") as archive:
        archive.extractall(pictures, [n for n in archive.namelist() if "acevedo" in n])
    rows = (sets / "boxes.csv").read_text().splitlines()
    labels = tmp_path / "labels.csv"
    labels.write_text("\n".join([rows[0], *(row for row in rows if "acevedo" in row)]))
    out = tmp_path / "out"

    assert evaluate(tmp_path, "--fields", pictures, "--boxes", labels, "--out", out) == 0

    written = json.loads((out / "evaluation.json").read_text())
    assert list(written["sets"]) == ["ward 7"]
    assert written["sets"]["ward 7"]["n_fields"] == 4
    assert written["split"] is None


def test_a_folder_in_the_way_of_a_result_is_refused_before_any_work(
    sets: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out" / "evaluation.html").mkdir(parents=True)

    assert evaluate(tmp_path, "--data", sets, "--out", tmp_path / "out") == 4

    assert "is a folder where a result belongs" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["evaluation.html"]


def test_a_missing_data_folder_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluate(tmp_path, "--data", tmp_path / "nowhere", "--out", tmp_path / "out") == 3

    assert "nowhere: there is no such folder" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
import marrowscope.cli.classifier_evaluation_calls
import marrowscope.cli.detector_evaluation_calls
"""


def test_evaluating_needs_no_pytorch(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
    )

    assert done.returncode == 0, done.stderr
