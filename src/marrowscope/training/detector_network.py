"""The detector's network: a small U-Net that marks centres, sizes, nuclei and kinds of cells.

Input: (n, rows, columns, 3) unsigned 8-bit RGB at 0.5 µm/px, sides a multiple of 16.
Output: (n, 10, rows / 2, columns / 2): centre score, log width and log height in output pixels
(1 µm each), the offset (x, y) of the centre inside its output pixel, the share of the pixel that a
nucleus covers, and four logits of the kind of object centred there, in the order of `ObjectKind`.
"""

import torch
from torch import Tensor, nn


def _convolution(in_channels: int, out_channels: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )


class _Merge(nn.Module):
    """Brings a deep map up to a shallow one's size and mixes both."""

    def __init__(self, deep: int, shallow: int) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(deep, shallow, 1)
        self.mix = _convolution(shallow, shallow)

    def forward(self, deep: Tensor, shallow: Tensor) -> Tensor:
        up = nn.functional.interpolate(self.reduce(deep), scale_factor=2.0, mode="nearest")
        mixed: Tensor = self.mix(up + shallow)
        return mixed


class DetectorNetwork(nn.Module):
    """Encoder to 1/16, decoder back to 1/2, one linear head."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _convolution(3, 16, stride=2)
        self.level2 = _convolution(16, 24)
        self.level4 = nn.Sequential(_convolution(24, 48, stride=2), _convolution(48, 48))
        self.level8 = nn.Sequential(
            _convolution(48, 80, stride=2), _convolution(80, 80), _convolution(80, 80)
        )
        self.level16 = nn.Sequential(
            _convolution(80, 128, stride=2), _convolution(128, 128), _convolution(128, 128)
        )
        self.merge8 = _Merge(128, 80)
        self.merge4 = _Merge(80, 48)
        self.merge2 = _Merge(48, 24)
        self.head = nn.Conv2d(24, 10, 1)
        nn.init.zeros_(self.head.weight)
        bias = torch.tensor([-4.0, 2.4, 2.4, 0.5, 0.5, -2.0, 2.0, 0.0, -2.0, 0.0])
        self.head.bias = nn.Parameter(bias)

    def forward(self, pixels: Tensor) -> Tensor:
        """See the module docstring for shapes."""
        x = (pixels.permute(0, 3, 1, 2).float() - 160.0) / 64.0
        at2 = self.level2(self.stem(x))
        at4 = self.level4(at2)
        at8 = self.level8(at4)
        at16 = self.level16(at8)
        merged = self.merge2(self.merge4(self.merge8(at16, at8), at4), at2)
        out = self.head(merged)
        heat, boxes, nucleus, kinds = out.split([1, 4, 1, 4], dim=1)
        return torch.cat([torch.sigmoid(heat), boxes, torch.sigmoid(nucleus), kinds], dim=1)
