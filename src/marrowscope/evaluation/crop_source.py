"""Where labelled pictures of single cells come from, whatever the layout on disk."""

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Protocol

from marrowscope.evaluation.image_sets import LabelledCrop
from marrowscope.geometry import UInt8Array


class CropSource(Protocol):
    """Labelled crops, listed when first asked for; pictures are decoded one at a time."""

    @property
    def name(self) -> str:
        """What messages and results call it: its image set, or what it packs several sets in."""

    @property
    def crops(self) -> tuple[LabelledCrop, ...]:
        """Every crop with a label of its set, in a fixed order. Raises UnreadableInputError."""

    @property
    def skipped(self) -> Mapping[str, int]:
        """How many files or rows were left out, by the reason, in the order of the reasons."""

    def crop_pixels(self, crop: LabelledCrop) -> UInt8Array:
        """(rows, columns, 3), RGB, of one of its own crops.

        Raises UnreadableInputError (gone, damaged, cut short), OversizedInputError.
        """


class WithoutSets:
    """Another source less some of its image sets, which are read from where they are whole."""

    def __init__(self, source: CropSource, left_out: Collection[str]) -> None:
        self._source = source
        self._left_out = frozenset(left_out)

    @property
    def name(self) -> str:
        """That of the other source."""
        return self._source.name

    @cached_property
    def crops(self) -> tuple[LabelledCrop, ...]:
        """Those of the sets that stay."""
        return tuple(crop for crop in self._source.crops if crop.image_set not in self._left_out)

    @property
    def skipped(self) -> Mapping[str, int]:
        """With the crops left out, by set."""
        n_by_reason = dict(self._source.skipped)
        for crop in self._source.crops:
            if crop.image_set in self._left_out:
                reason = f"{crop.image_set}: read from its own folder"
                n_by_reason[reason] = n_by_reason.get(reason, 0) + 1
        return dict(sorted(n_by_reason.items()))

    def crop_pixels(self, crop: LabelledCrop) -> UInt8Array:
        """As the other source has it."""
        return self._source.crop_pixels(crop)
