"""The classifier as it is shipped: one ONNX file that gives logits, features and strangeness."""

from pathlib import Path

import torch
from torch import Tensor, nn

from marrowscope.training.classifier_crops import CROP_PX
from marrowscope.training.classifier_network import ClassifierNetwork
from marrowscope.training.strangeness import Strangeness

OUTPUTS = ("logits", "features", "strangeness")


class ExportedClassifier(nn.Module):
    """What is shipped: logits (n, classes), features (n, 1280), strangeness (n,) of pixels."""

    def __init__(self, network: ClassifierNetwork, strangeness: Strangeness) -> None:
        super().__init__()
        self.network = network
        self.strangeness = strangeness
        self.eval()

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See the class docstring."""
        logits, features = self.network(pixels)
        return logits, features, self.strangeness(features)


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
