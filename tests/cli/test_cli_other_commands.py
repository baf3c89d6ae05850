import subprocess
import sys
from pathlib import Path

import pytest
from cli_fakes import FakeRooms

from marrowscope.cli import main
from marrowscope.cli.services import TrainingOrder, TrainingTask
from marrowscope.settings import Licence


def raise_stop() -> object:
    raise KeyboardInterrupt


def test_demo_draws_a_slide_analyses_it_and_names_the_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rooms = FakeRooms(tmp_path / "home")
    out = tmp_path / "new" / "demo"

    assert main(["demo", "--out", str(out)], rooms.services()) == 0

    ((slide, size),) = rooms.phantoms
    ((inputs, run_out, options),) = rooms.runs
    assert inputs == [slide]
    assert slide.parent == run_out == out
    assert size == {"width_px": 6000, "height_px": 6000, "seed": 20261124}
    assert options.n_to_count == 500
    text = capsys.readouterr().out
    assert text.endswith(f"{out / 'report.html'}\n")
    assert "synthetic" in text
    assert "class names above mean nothing" in text


def test_demo_into_a_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    rooms = FakeRooms(tmp_path)

    assert main(["demo", "--out", str(tmp_path / "file" / "demo")], rooms.services()) == 4

    assert "cannot make the folder" in capsys.readouterr().err
    assert not rooms.phantoms


def test_a_stopped_demo_says_what_it_leaves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rooms = FakeRooms(tmp_path, during=raise_stop)

    assert main(["demo", "--out", str(tmp_path / "demo"), "--quiet"], rooms.services()) == 130

    last = capsys.readouterr().err.splitlines()[-1]
    assert last == "marrowscope: stopped; only the synthetic slide was written"


def test_phantom_passes_size_seed_and_scale(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rooms = FakeRooms(tmp_path)
    size = ["--width", "900", "--height", "700", "--seed", "5", "--um-per-px", "0.3"]

    assert main(["phantom", *size, "--out", "p.svs", "--label-image"], rooms.services()) == 0

    assert rooms.phantoms == [
        (
            Path("p.svs"),
            {
                "width_px": 900,
                "height_px": 700,
                "seed": 5,
                "um_per_px": 0.3,
                "with_private_images": True,
            },
        )
    ]
    assert capsys.readouterr().out == "p.svs\n"


def test_train_passes_the_order_and_prints_the_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rooms = FakeRooms(tmp_path)
    call = ["train", "classifier", "--data", "d", "--out", "o", "--detector", "r.pt"]

    assert main([*call, "--seed", "7", "--steps", "9", "--quiet"], rooms.services()) == 0

    assert rooms.orders == [
        TrainingOrder(TrainingTask.CLASSIFIER, Path("d"), Path("o"), 7, Path("r.pt"), steps=9)
    ]
    assert capsys.readouterr().out == f"{Path('o/model.onnx')}\n"


def test_own_fields_and_the_licence_are_part_of_the_order(tmp_path: Path) -> None:
    rooms = FakeRooms(tmp_path)
    call = ["train", "detector", "--data", "d", "--out", "o", "--licence", "permissive"]
    own = ["--fields", "f", "--boxes", "b.csv", "--um-per-px", "0.2"]

    assert main([*call, *own, "--quiet"], rooms.services()) == 0

    assert rooms.orders == [
        TrainingOrder(
            TrainingTask.DETECTOR,
            Path("d"),
            Path("o"),
            licence=Licence.PERMISSIVE,
            fields=Path("f"),
            boxes=Path("b.csv"),
            um_per_px=0.2,
        )
    ]


@pytest.mark.parametrize(
    ("task", "options"),
    [
        ("detector", ["--fields", "f"]),
        ("detector", ["--boxes", "b.csv"]),
        ("detector", ["--um-per-px", "0.2"]),
        ("detector", ["--fields", "f", "--boxes", "b.csv", "--um-per-px", "nan"]),
        ("detector", ["--detector", "r.pt"]),
        ("detector", ["--seed", "-1"]),
        ("detector", ["--steps", "5"]),
        ("classifier", ["--steps", "0"]),
        ("detector", ["--seed", "1" + 30 * "0"]),
        ("classifier", ["--fields", "f", "--boxes", "b.csv"]),
        ("classifier", ["--detector", "r.pt", "--licence", "permissive"]),
    ],
)
def test_training_options_that_do_not_go_together_are_refused(
    task: str, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rooms = FakeRooms(tmp_path)

    assert main(["train", task, "--data", "d", "--out", "o", *options], rooms.services()) == 2

    assert rooms.orders == []
    assert capsys.readouterr().err.startswith("marrowscope: --")


def test_a_stopped_training_says_that_it_can_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rooms = FakeRooms(tmp_path, during=raise_stop)

    call = ["train", "detector", "--data", "d", "--out", "o", "--quiet"]
    assert main(call, rooms.services()) == 130

    err = capsys.readouterr().err
    assert err == "marrowscope: stopped; what was finished is kept in the output folder\n"


WITHOUT_TORCH = """
import sys
from importlib.abc import MetaPathFinder

class NoTorch(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")

sys.meta_path.insert(0, NoTorch())
from marrowscope.cli import main
sys.exit(main(["train", "detector", "--data", "d", "--out", "o", "--quiet"]))
"""


def test_train_without_pytorch_names_the_extra(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
    )

    assert done.returncode == 4
    assert done.stderr.count("\n") == 1
    assert "pip install 'marrowscope[train]'" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["--help"]])
def test_help_names_every_sub_command(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments, FakeRooms(tmp_path).services()) == 0

    out = capsys.readouterr().out
    for name in ("analyze", "demo", "phantom", "doctor", "train", "evaluate"):
        assert name in out


def test_version_is_that_of_the_package(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"], FakeRooms(tmp_path).services()) == 0
    assert capsys.readouterr().out.startswith("marrowscope 0.")
