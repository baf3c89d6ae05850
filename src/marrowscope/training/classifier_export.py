"""The classifier as it is shipped: one ONNX file that gives logits, features and strangeness.

Weights of the network are stored in 16 bits and widened when the model is loaded, which halves the
file. All arithmetic stays in 32 bits: eight-bit arithmetic rounds differently from one processor
to the next, and the same slide must give the same bytes.
"""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from marrowscope.training.classifier_network import JointNetwork
from marrowscope.training.crop_example import CROP_PX
from marrowscope.training.strangeness import Strangeness

OUTPUTS = ("logits", "features", "strangeness")
LEAST_TO_HALVE = 1024
"""Numbers of a tensor below which storing it in 16 bits saves nothing."""


class ExportedClassifier(nn.Module):
    """What is shipped: logits (n, classes), features (n, features), strangeness (n,) of pixels.

    The logits of a cell are divided by 1 + softening x (its strangeness above `softened_from`): the
    less a cell resembles what taught the network, the less sure is it, whatever comes first.
    """

    def __init__(
        self,
        network: JointNetwork,
        strangeness: Strangeness,
        softened_from: float,
        softening: float,
    ) -> None:
        super().__init__()
        self.softened_from = softened_from
        self.softening = softening
        self.network = network
        self.strangeness = strangeness
        self.eval()

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See the class docstring."""
        logits, features = self.network(pixels)
        strangeness = self.strangeness(features)
        unsettled = 1 + self.softening * (strangeness - self.softened_from).clamp(min=0)
        return logits / unsettled[:, None], features, strangeness


def export_classifier(network: ExportedClassifier, path: Path) -> None:
    """Writes the ONNX file with a free number of crops."""
    torch.onnx.export(
        network,
        (torch.zeros((1, CROP_PX, CROP_PX, 3), dtype=torch.uint8),),
        path,
        input_names=["pixels"],
        output_names=list(OUTPUTS),
        dynamic_axes={name: {0: "n"} for name in ("pixels", *OUTPUTS)},
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(path)
    halve_weights(model)
    onnx.save(model, path)


def halve_weights(model: onnx.ModelProto) -> None:
    """Stores the network's large 32-bit weights in 16 bits, each followed by a cast, in place."""
    casts = []
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        is_network = weight.name.startswith("network.") and values.size >= LEAST_TO_HALVE
        if not is_network or values.dtype != np.float32:
            continue
        name = weight.name
        stored = f"{name} in 16 bits"
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [name], to=TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*casts, *nodes])
