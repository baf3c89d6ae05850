"""The networks that `make bench` measures beside the detector have the size they are said to."""

import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs onnx (pip install 'marrowscope[train]')")

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> tuple[ModuleType, ModuleType]:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("peer_networks"), importlib.import_module("detector_speed")


@pytest.mark.parametrize(
    ("peer", "n_parameters", "maps_shape"),
    [
        ("stardist_size", 1_425_761, (1, 33, 16, 24)),
        ("cellpose_size", 6_601_167, (1, 3, 32, 48)),
    ],
)
def test_peer_has_its_size_and_runs(
    benchmarks: tuple[ModuleType, ModuleType],
    tmp_path: Path,
    peer: str,
    n_parameters: int,
    maps_shape: tuple[int, ...],
) -> None:
    peer_networks, detector_speed = benchmarks
    file = peer_networks.PEERS[peer](tmp_path / "peer.onnx")
    assert file.n_parameters == n_parameters
    pixels = np.random.default_rng(1).integers(0, 256, (1, 32, 48, 3), dtype=np.uint8)
    (maps,) = detector_speed.session_of(file.path).run(pixels)
    assert maps.shape == maps_shape
    assert np.isfinite(maps).all()
    assert maps.std() > 0
