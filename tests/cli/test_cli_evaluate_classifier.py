import csv
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from cli_fakes import FakeRooms
from PIL import Image

from evaluation.made_sets import drawn_cell, write_sets
from marrowscope.cells import shipped_model
from marrowscope.cli import main
from marrowscope.cli.evaluation_orders import ClassifierEvaluationOrder, Split
from marrowscope.cli.services import Services
from marrowscope.settings import Licence
from marrowscope.vocabulary import class_ids

OWN = ["--cells", "c", "--map", "m.csv", "--um-per-px", "0.2"]


def run(tmp_path: Path, *options: str) -> tuple[int, FakeRooms]:
    rooms = FakeRooms(tmp_path / "home")
    return main(["evaluate", "classifier", *options], rooms.services()), rooms


def test_a_data_folder_is_passed_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, rooms = run(tmp_path, "--data", "d", "--split", "val", "--out", "o", "--quiet")

    assert code == 0
    assert rooms.evaluations == [
        ClassifierEvaluationOrder(Path("o"), data=Path("d"), split=Split.VAL)
    ]
    assert capsys.readouterr().out == f"recall 0.9\n\npage: {Path('o/evaluation.html')}\n"


def test_a_folder_of_cells_is_passed_on(tmp_path: Path) -> None:
    more = ["--model", "m.json", "--licence", "permissive"]
    code, rooms = run(tmp_path, *OWN, *more, "--out", "o", "--quiet")

    assert code == 0
    assert rooms.evaluations == [
        ClassifierEvaluationOrder(
            Path("o"),
            cells=Path("c"),
            class_map=Path("m.csv"),
            um_per_px=0.2,
            model=Path("m.json"),
            licence=Licence.PERMISSIVE,
        )
    ]


def test_json_is_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(tmp_path, "--data", "d", "--out", "o", "--json")

    printed = json.loads(capsys.readouterr().out)
    assert set(printed) == {"sets", "paths"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([], "give either --data DIR, or --cells DIR"),
        (["--data", "d", *OWN], "give either --data DIR, or --cells DIR"),
        (["--cells", "c", "--um-per-px", "0.2"], "--cells needs --map"),
        (["--cells", "c", "--map", "m.csv"], "--cells needs --um-per-px"),
        (["--data", "d", "--map", "m.csv"], "--map belongs to --cells"),
        (["--data", "d", "--um-per-px", "0.2"], "--um-per-px belongs to --cells"),
        (["--cells", "c", "--map", "m.csv", "--um-per-px", "nan"], "--um-per-px: nan"),
        (["--cells", "c", "--map", "m.csv", "--um-per-px", "25"], "--um-per-px: 25.0 is not"),
        ([*OWN, "--split", "test"], "--split belongs to --data"),
        (["--data", "o"], "--out lies inside the folder"),
        (["--cells", ".", *OWN[2:]], "--out lies inside the folder"),
        (["--data", "d", "--perturb"], "--perturb"),
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


def test_what_can_be_evaluated_is_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--help"], FakeRooms(tmp_path).services()) == 0

    text = capsys.readouterr().out
    assert "detector" in text
    assert "classifier" in text


def test_nothing_to_evaluate_is_wrong_use(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in ([], ["weather"]):
        assert main(["evaluate", *words], FakeRooms(tmp_path).services()) == 2
        err = capsys.readouterr().err
        assert "see 'marrowscope evaluate --help'" in err
        assert err.count("\n") == 1
        assert "Usage" not in err


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn cells in three folders, of which the map names two; a broken and a hidden file."""
    top = tmp_path_factory.mktemp("trees") / "ward 7"
    for folder in ("BLA/deep", "LYT", "odd"):
        (top / folder).mkdir(parents=True)
        for number, suffix in enumerate(("png", "jpg", "webp", "bmp")):
            Image.fromarray(drawn_cell(120, number)).save(top / folder / f"{number}.{suffix}")
    (top / "LYT" / "broken.png").write_bytes(b"no picture")
    (top / "LYT" / ".DS_Store").write_bytes(b"x")
    (top.parent / "map.csv").write_text("folder,class_id\nBLA,BLAST_NOS\nLYT,LYMPH\n")
    return top


def evaluate(home: Path, *options: str | Path) -> int:
    given = [str(option) for option in options]
    services = Services(load_settings=FakeRooms(home).load_settings)
    return main(["evaluate", "classifier", *given, "--quiet"], services)


def evaluate_tree(home: Path, tree: Path, out: Path, *more: str | Path) -> int:
    own = ("--cells", tree, "--map", tree.parent / "map.csv", "--um-per-px", "0.2")
    return evaluate(home, *own, "--out", out, *more)


def test_the_shipped_classifier_on_a_folder_of_cells(tree: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")

    assert evaluate_tree(tmp_path, tree, out) == 0
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    assert evaluate_tree(tmp_path, tree, out) == 0

    assert {path.name: path.read_bytes() for path in out.iterdir()} == first
    assert sorted(first) == ["cells.csv", "evaluation.html", "evaluation.json", "notes.txt"]
    written = json.loads(first["evaluation.json"])
    (made,) = written["sets"].values()
    assert list(written["sets"]) == ["ward 7"]
    assert (made["n"], made["n_cells"], made["unreadable"]) == (8, 9, 1)
    assert made["skipped"] == {"odd": 4}
    assert made["slide_reference"]["source"] == "slide"
    assert made["without_slide_reference"]["n"] == 8
    rows = list(csv.DictReader(first["cells.csv"].decode().splitlines()))
    assert [row["path"] for row in rows] == sorted(row["path"] for row in rows)
    assert len(rows) == 9
    assert {row["class"] for row in rows} <= {"", *class_ids()}
    assert {row["abstained"] for row in rows} <= {"true", "false"}
    assert str(tmp_path) not in first["evaluation.html"].decode()


def test_a_single_class_is_said_to_prove_nothing(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = tmp_path / "map.csv"
    one.write_text("folder,class_id\nBLA,BLAST_NOS\n")
    own = ("--cells", tree, "--map", one, "--um-per-px", "0.2")
    assert evaluate(tmp_path, *own, "--out", tmp_path / "out") == 0
    for said in (capsys.readouterr().out, (tmp_path / "out" / "evaluation.html").read_text()):
        assert "One class alone is scored" in said


def test_the_shipped_classifier_on_a_data_folder(tmp_path: Path) -> None:
    sets = write_sets(tmp_path / "sets")
    assert evaluate(tmp_path, "--data", sets, "--out", tmp_path / "out") == 0

    written = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert sorted(written["sets"]) == ["acevedo-blood", "mll-marrow"]
    blood = written["sets"]["acevedo-blood"]
    assert (written["split"], blood["n"], blood["n_cells"]) == ("test", 0, 14)
    assert blood["too_few"]["ERY_NOS"] == 2
    rows = list(csv.DictReader((tmp_path / "out" / "cells.csv").read_text().splitlines()))
    assert len(rows) == 14 + 16
    assert {row["set"] for row in rows} == {"acevedo-blood", "mll-marrow"}


def test_a_damaged_picture_of_a_data_folder_is_refused_and_nothing_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = write_sets(tmp_path / "sets")
    with zipfile.ZipFile(sets / "cells.zip") as archive:
        pictures = {name: archive.read(name) for name in archive.namelist()}
    pictures["mll-marrow/BLA_6.png"] = b"damaged"
    with zipfile.ZipFile(sets / "cells.zip", "w") as archive:
        for name, data in pictures.items():
            archive.writestr(name, data)

    assert evaluate(tmp_path, "--data", sets, "--out", tmp_path / "out") == 3

    assert "mll-marrow/BLA_6.png" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("rows", "words", "code"),
    [
        ("folder,class_id\nBLA,BLAST\n", "no cell class is called 'BLAST'", 2),
        ("folder;what\nBLA;BLAST_NOS\n", "must name the columns", 2),
        ("folder,class_id\nZZZ,SEG\n", "no file lies in a folder of the map; it holds BLA/deep", 3),
    ],
)
def test_a_map_that_does_not_fit(
    rows: str,
    words: str,
    code: int,
    tree: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "m.csv").write_text(rows)
    own = ("--cells", tree, "--map", tmp_path / "m.csv", "--um-per-px", "0.2")

    assert evaluate(tmp_path, *own, "--out", tmp_path / "out") == code

    err = capsys.readouterr().err
    assert words in err
    assert err.splitlines()[-1].startswith("marrowscope: ")
    assert not (tmp_path / "out").exists()


def test_what_is_missing_is_named(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "m.csv").write_text("folder,class_id\nBLA,BLAST_NOS\n")
    (tmp_path / "file").touch()
    for cells, class_map, words in (
        (tmp_path / "gone", tmp_path / "m.csv", "gone: there is no such folder of cells"),
        (tmp_path / "file", tmp_path / "m.csv", "file: there is no such folder of cells"),
        (tree, tmp_path / "gone.csv", "gone.csv: there is no such table"),
    ):
        own = ("--cells", cells, "--map", class_map, "--um-per-px", "0.2")
        assert evaluate(tmp_path, *own, "--out", tmp_path / "out") == 3
        assert words in capsys.readouterr().err
    assert evaluate(tmp_path, "--data", tmp_path / "gone", "--out", tmp_path / "out") == 3
    assert "gone: there is no such folder; check --data" in capsys.readouterr().err


def test_the_map_is_not_replaced_by_a_result(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own_map = shutil.copy(tree.parent / "map.csv", tmp_path / "cells.csv")
    own = ("--cells", tree, "--map", own_map, "--um-per-px", "0.2")

    assert evaluate(tmp_path, *own, "--out", tmp_path) == 2

    assert "--map lies where a result would replace it" in capsys.readouterr().err
    assert own_map.read_text().startswith("folder,class_id")


def test_a_detector_is_no_classifier(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = shipped_model("detector").path.with_suffix(".json")

    assert evaluate_tree(tmp_path, tree, tmp_path / "out", "--model", card) == 2

    assert "is the card of a detector, no classifier" in capsys.readouterr().err


def test_a_lost_model_is_refused(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = shipped_model("classifier").path
    card = shutil.copy(weights.with_suffix(".json"), tmp_path / "own.json")

    assert evaluate_tree(tmp_path, tree, tmp_path / "out", "--model", card) == 4

    assert "train it again" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_in_the_way_of_a_result_is_refused_before_any_work(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out" / "cells.csv").mkdir(parents=True)

    assert evaluate_tree(tmp_path, tree, tmp_path / "out") == 4

    assert "is a folder where a result belongs" in capsys.readouterr().err
