"""What the API answers about the pictures of an analysis."""

from collections.abc import Iterable
from uuid import UUID

from pydantic import BaseModel

from marrowscope.web.picture_ports import PictureState


class PictureAnswer(BaseModel):
    """A picture. number: in the paths of its tiles and crops. name, slide: as its results say.

    um_per_px: null where neither the file nor who asked for the analysis said it, and that is not
    finished. Its tiles have a side
    of tile_px and do not overlap; level n_levels - 1 is full size, each before is half of it, and
    level 0 is one pixel.
    """

    number: int
    name: str
    slide_id: UUID
    slide: str
    width_px: int
    height_px: int
    um_per_px: float | None
    tile_px: int
    n_levels: int


class PicturesAnswer(BaseModel):
    """In the order in which the analysis reads them."""

    pictures: list[PictureAnswer]


def pictures_answer(pictures: Iterable[PictureState]) -> PicturesAnswer:
    """All of them."""
    names = PictureAnswer.model_fields
    return PicturesAnswer(
        pictures=[
            PictureAnswer.model_validate({name: getattr(one, name) for name in names})
            for one in pictures
        ]
    )
