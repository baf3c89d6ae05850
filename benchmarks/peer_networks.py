"""Networks of the size of two published cell detectors, with random weights: for speed alone.

Written from the papers' descriptions; they find nothing. Both take (n, rows, columns, 3) unsigned
8-bit RGB, sides a multiple of 16, as ours does, and have free batch, height and width.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
IR_VERSION = 8
SEED = 20261124


@dataclass(frozen=True, slots=True)
class PeerFile:
    """A network's ONNX file and the number of its parameters, as training would count them."""

    path: Path
    n_parameters: int


class _Graph:
    """Nodes and random weights of one network; values are named by strings."""

    def __init__(self) -> None:
        self._random = np.random.default_rng(SEED)
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self.n_parameters = 0

    def node(self, kind: str, *inputs: str, **attributes: object) -> str:
        name = f"value{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, values: np.ndarray) -> str:
        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(values, name))
        return name

    def _parameters(self, shape: tuple[int, ...], mean: float, spread: float) -> str:
        self.n_parameters += int(np.prod(shape))
        return self.constant(self._random.normal(mean, spread, shape).astype(np.float32))

    def convolution(self, x: str, n_in: int, n_out: int, side: int = 3) -> str:
        weights = self._parameters((n_out, n_in, side, side), 0.0, (2 / (n_in * side**2)) ** 0.5)
        bias = self._parameters((n_out,), 0.0, 0.1)
        padding = [side // 2] * 4
        return self.node("Conv", x, weights, bias, kernel_shape=[side, side], pads=padding)

    def dense(self, x: str, n_in: int, n_out: int) -> str:
        weights = self._parameters((n_in, n_out), 0.0, n_in**-0.5)
        return self.node("Gemm", x, weights, self._parameters((n_out,), 0.0, 0.1))

    def normalised(self, x: str, n: int) -> str:
        """Batch normalisation; its running mean and variance are no parameters."""
        scale, bias = self._parameters((n,), 1.0, 0.1), self._parameters((n,), 0.0, 0.1)
        mean, variance = np.zeros(n, np.float32), np.ones(n, np.float32)
        running = self.constant(mean), self.constant(variance)
        return self.node("BatchNormalization", x, scale, bias, *running)

    def rectified(self, x: str) -> str:
        return self.node("Relu", x)

    def added(self, x: str, y: str) -> str:
        return self.node("Add", x, y)

    def joined(self, *parts: str) -> str:
        return self.node("Concat", *parts, axis=1)

    def halved(self, x: str) -> str:
        return self.node("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])

    def doubled(self, x: str) -> str:
        scales = self.constant(np.array([1, 1, 2, 2], dtype=np.float32))
        return self.node(
            "Resize",
            x,
            "",
            scales,
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )

    def pixels(self) -> str:
        """The input as (n, 3, rows, columns), 0 to 1."""
        channels_first = self.node("Transpose", "pixels", perm=[0, 3, 1, 2])
        scaled = self.node("Cast", channels_first, to=TensorProto.FLOAT)
        return self.node("Mul", scaled, self.constant(np.array(1 / 255, dtype=np.float32)))

    def write(self, path: Path, maps: str, n_maps: int) -> PeerFile:
        """Writes the network whose output is `maps` (n, n_maps, r, c)."""
        self._nodes.append(helper.make_node("Identity", [maps], ["maps"]))
        inputs = [
            helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["n", "rows", "columns", 3])
        ]
        outputs = [
            helper.make_tensor_value_info("maps", TensorProto.FLOAT, ["n", n_maps, "r", "c"])
        ]
        graph = helper.make_graph(self._nodes, path.stem, inputs, outputs, self._constants)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
        )
        onnx.checker.check_model(model)
        path.write_bytes(model.SerializeToString())
        return PeerFile(path, self.n_parameters)


def write_stardist_size(path: Path) -> PeerFile:
    """A U-Net as Schmidt et al. 2018 describe it, for RGB and every second pixel.

    Two convolutions and a pooling before it; three levels and a floor, two convolutions each, from
    32 to 256 filters, skips by concatenation; one convolution of 128 filters after it. Output:
    (n, 33, rows / 2, columns / 2): one probability, 32 distances along rays.
    """
    graph = _Graph()

    def convolved(x: str, n_in: int, n_out: int, side: int = 3) -> str:
        return graph.rectified(graph.convolution(x, n_in, n_out, side))

    x = convolved(graph.pixels(), 3, 32)
    x = graph.halved(convolved(x, 32, 32))
    filters = (32, 64, 128)
    skips = []
    n = 32
    for n_level in filters:
        x = convolved(convolved(x, n, n_level), n_level, n_level)
        skips.append(x)
        x, n = graph.halved(x), n_level
    x, n = convolved(convolved(x, 128, 256), 256, 128), 128
    for n_level, skip in zip(filters[::-1], skips[::-1], strict=True):
        x = graph.joined(graph.doubled(x), skip)
        n_out = max(32, n_level // 2)
        x, n = convolved(convolved(x, n + n_level, n_level), n_level, n_out), n_out
    features = convolved(x, n, 128)
    probability = graph.node("Sigmoid", graph.convolution(features, 128, 1, 1))
    distances = graph.convolution(features, 128, 32, 1)
    return graph.write(path, graph.joined(probability, distances), 33)


def write_cellpose_size(path: Path) -> PeerFile:
    """A residual U-Net as Stringer et al. 2021 describe it, fed three colours.

    Four levels of 32, 64, 128 and 256 filters, four convolutions each way, skips by addition; the
    mean of the deepest map, scaled to unit length, is the style that every later level is given.
    Output: (n, 3, rows, columns): two flows and one score.
    """
    graph = _Graph()

    def prepared(x: str, n_in: int, n_out: int) -> str:
        """Normalised and rectified before it is convolved."""
        return graph.convolution(graph.rectified(graph.normalised(x, n_in)), n_in, n_out)

    def projected(x: str, n_in: int, n_out: int) -> str:
        return graph.convolution(graph.normalised(x, n_in), n_in, n_out, 1)

    def down(x: str, n_in: int, n_out: int) -> str:
        inner = prepared(prepared(x, n_in, n_out), n_out, n_out)
        x = graph.added(projected(x, n_in, n_out), inner)
        return graph.added(x, prepared(prepared(x, n_out, n_out), n_out, n_out))

    def up(x: str, skip: str, style: str, n_in: int, n_out: int) -> str:
        def styled(y: str) -> str:
            feature = graph.dense(style, 256, n_out)
            feature = graph.node("Unsqueeze", feature, graph.constant(np.array([2, 3], np.int64)))
            return prepared(graph.added(y, feature), n_out, n_out)

        inner = styled(graph.added(prepared(x, n_in, n_out), skip))
        x = graph.added(projected(x, n_in, n_out), inner)
        return graph.added(x, styled(styled(x)))

    filters = (32, 64, 128, 256)
    x, n, skips = graph.pixels(), 3, []
    for n_level in filters:
        x = down(graph.halved(x) if skips else x, n, n_level)
        skips.append(x)
        n = n_level
    mean = graph.node("Flatten", graph.node("GlobalAveragePool", x))
    style = graph.node("Div", mean, graph.node("ReduceL2", mean, axes=[1], keepdims=1))
    for n_level, skip in zip(filters[::-1], skips[::-1], strict=True):
        x = up(x if skip is skips[-1] else graph.doubled(x), skip, style, n, n_level)
        n = n_level
    maps = graph.convolution(graph.rectified(graph.normalised(x, 32)), 32, 3, 1)
    return graph.write(path, maps, 3)


PEERS: dict[str, Callable[[Path], PeerFile]] = {
    "stardist_size": write_stardist_size,
    "cellpose_size": write_cellpose_size,
}
