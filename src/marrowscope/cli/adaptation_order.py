"""What `adapt` is asked for."""

from dataclasses import dataclass
from pathlib import Path

from marrowscope.settings import Licence


@dataclass(frozen=True, slots=True)
class AdaptationOrder:
    """cells: a folder tree of pictures of reviewed cells, class_map: the table of what its folders
    hold, um_per_px: their scale. out: the site's folder. scanner, stain: what the cells were seen
    with, "" where not told. model: card of a classifier, None for the shipped one.
    """

    cells: Path
    class_map: Path
    um_per_px: float
    out: Path
    scanner: str = ""
    stain: str = ""
    model: Path | None = None
    licence: Licence = Licence.FULL
