"""One ONNX Runtime session a model: single-threaded, so that results do not depend on threads.

Work is spread over regions instead; a session may be run from several threads at once.
"""

import numpy as np
import onnxruntime
from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

from marrowscope.cells.manifest import ModelCard
from marrowscope.errors import ModelError, ResourceError
from marrowscope.geometry import FloatArray, UInt8Array


class OnnxSession:
    """Runs one model whose only input is `pixels` and whose only output is wanted."""

    def __init__(self, card: ModelCard) -> None:
        """Loads and verifies the model; raises ModelError."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        data = card.verify()
        try:
            self._session = onnxruntime.InferenceSession(
                data, options, providers=["CPUExecutionProvider"]
            )
        except (RuntimeError, ValueError) as error:
            message = f"model {card.path.name} does not load: install marrowscope again"
            raise ModelError(message) from error

    def run(self, pixels: UInt8Array) -> FloatArray:
        """The model's output for a batch (n, rows, columns, 3)."""
        try:
            (output,) = self._session.run(None, {"pixels": pixels})
        except RuntimeException as problem:
            raise ResourceError("not enough memory to run a model; try --threads 1") from problem
        return np.asarray(output, dtype=np.float32)
