from dataclasses import replace

from fakes.pictures import ArrayPicture, slide_of
from marrowscope.pipeline.composing import scale_note, unused_scales
from marrowscope.slides.model import Scale, ScaleOrigin, Slide
from whole.made_smears import drawn_field


def slide_with(origin: ScaleOrigin, um_per_px: float = 0.25) -> Slide:
    slide = slide_of([ArrayPicture("a.png", drawn_field(1))], um_per_px, name="smear")
    return replace(slide, scale=Scale(um_per_px, origin))


def test_a_given_scale_that_was_not_used_is_said() -> None:
    (said,) = unused_scales((slide_with(ScaleOrigin.METADATA),), 0.5)
    assert "smear states 0.25 µm/px" in said
    assert "0.5 µm/px given was not" in said


def test_nothing_is_said_where_both_agree_or_nothing_was_given() -> None:
    slides = (slide_with(ScaleOrigin.METADATA),)
    assert unused_scales(slides, 0.251) == ()
    assert unused_scales(slides, None) == ()
    assert unused_scales((slide_with(ScaleOrigin.GIVEN, 0.5),), 0.5) == ()


def test_only_an_estimated_scale_needs_a_note() -> None:
    assert scale_note((slide_with(ScaleOrigin.METADATA),)) is None
    assert "estimated" in str(scale_note((slide_with(ScaleOrigin.ESTIMATED),)))
