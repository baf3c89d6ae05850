"""One ONNX Runtime session a model: single-threaded, so that results do not depend on threads.

Work is spread over regions instead; a session may be run from several threads at once.
"""

import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_state

from marrowscope.cells.manifest import ModelCard
from marrowscope.errors import ModelError, ResourceError
from marrowscope.geometry import FloatArray, UInt8Array

OUT_OF_MEMORY = (runtime_state.Fail, runtime_state.RuntimeException)
DOES_NOT_LOAD = (
    *OUT_OF_MEMORY,
    runtime_state.InvalidArgument,
    runtime_state.InvalidGraph,
    runtime_state.InvalidProtobuf,
    runtime_state.NoModel,
    runtime_state.NotImplemented,
    RuntimeError,
    ValueError,
)
"""What ONNX Runtime raises, according to its version, at a file that is no model of its."""


class OnnxSession:
    """Runs one model whose only input is `pixels`."""

    def __init__(self, card: ModelCard) -> None:
        """Loads and verifies the model; raises ModelError."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._stranger = (
            f"model {card.path.name} does not load: it does not take or give what this version of "
            "Marrowscope expects; install marrowscope again, or train it again"
        )
        data = card.verify()
        try:
            self._session = onnxruntime.InferenceSession(
                data, options, providers=["CPUExecutionProvider"]
            )
        except DOES_NOT_LOAD as error:
            message = f"model {card.path.name} does not load: install marrowscope again"
            raise ModelError(message) from error

    def check(self, pixels: UInt8Array, *shapes: tuple[int, ...]) -> None:
        """Runs the model once; raises ModelError unless its outputs have these shapes."""
        try:
            found = [np.shape(output) for output in self._session.run(None, {"pixels": pixels})]
        except DOES_NOT_LOAD as error:
            raise ModelError(self._stranger) from error
        if found != list(shapes):
            raise ModelError(self._stranger)

    def run(self, pixels: UInt8Array) -> tuple[FloatArray, ...]:
        """The model's outputs, in its order, for a batch (n, rows, columns, 3)."""
        try:
            outputs = self._session.run(None, {"pixels": pixels})
        except OUT_OF_MEMORY as problem:
            raise ResourceError("not enough memory to run a model; try --threads 1") from problem
        return tuple(np.asarray(output, dtype=np.float32) for output in outputs)
