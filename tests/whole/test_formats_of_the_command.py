"""The same smear in four kinds of file, through the whole command."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from marrowscope.cli import main
from marrowscope.phantom import write_phantom
from slides.made_slides import write_dicom_folder, write_ome_tiff, write_svs, write_tiled_tiff
from whole.made_smears import drawn_field

PIXELS = np.vstack(
    [np.hstack([drawn_field(1), drawn_field(2)]), np.hstack([drawn_field(3), drawn_field(4)])]
)
WRITERS: dict[str, Callable[[Path], Path]] = {
    "svs": lambda folder: write_svs(folder / "smear.svs", PIXELS, 0.25),
    "tiff": lambda folder: write_tiled_tiff(folder / "smear.tif", PIXELS, 0.25),
    "ome": lambda folder: write_ome_tiff(folder / "smear.ome.tif", PIXELS, 0.25),
    "dicom": lambda folder: write_dicom_folder(folder / "smear", PIXELS, 0.25),
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARROWSCOPE_HOME", str(tmp_path / "home"))


def printed(capsys: pytest.CaptureFixture[str], slide: Path, out: Path, *options: str) -> dict:
    capsys.readouterr()
    assert main(["analyze", str(slide), "--out", str(out), "--json", *options]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("kind", WRITERS)
def test_every_kind_of_file_gives_the_cells(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = printed(capsys, WRITERS[kind](tmp_path), tmp_path / "out", "--count", "all")
    assert result["counts"]["found"] == pytest.approx(36, abs=2)
    assert set(result) == {"differential", "me", "counts", "findings", "not_assessed", "paths"}
    assert all(Path(path).exists() for path in result["paths"].values())
    n = sum(row["n"] or 0 for row in result["differential"])
    assert n + result["counts"]["abstained"] == result["counts"]["counted"]
    analysis = json.loads((tmp_path / "out" / "analysis.json").read_text(encoding="utf-8"))
    assert analysis["scale"]["um_per_px"] == pytest.approx(0.25, rel=0.01)
    assert analysis["scale"]["origin"] == "metadata"


def test_cells_keep_their_place_whatever_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {}
    for kind, write in WRITERS.items():
        folder = tmp_path / kind
        folder.mkdir()
        printed(capsys, write(folder), folder / "out", "--count", "all")
        cells = pq.read_table(folder / "out" / "cells.parquet").to_pydict()
        whole = [
            (x, y)
            for x, y, why in zip(cells["x_px"], cells["y_px"], cells["why_not"], strict=True)
            if why != "cut"
        ]
        places[kind] = np.array(sorted(whole))
    for kind in ("tiff", "ome", "dicom"):
        distance = np.abs(places["svs"][:, None] - places[kind][None]).sum(axis=2).min(axis=1)
        assert np.quantile(distance, 0.9) < 4.0


def test_label_and_macro_are_named_and_never_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    slide = tmp_path / "private.svs"
    write_phantom(slide, width_px=2000, height_px=2000, seed=3, label_image=True, macro_image=True)
    printed(capsys, slide, tmp_path / "out", "--count", "all")
    analysis = json.loads((tmp_path / "out" / "analysis.json").read_text(encoding="utf-8"))
    assert set(analysis["slides"][0]["private_images"]) == {"label", "macro"}
    for path in (tmp_path / "out").rglob("*"):
        assert not path.is_file() or b"TESTPATIENT" not in path.read_bytes()
    assert "SYNTHETIC" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
