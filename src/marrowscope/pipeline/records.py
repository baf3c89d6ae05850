"""What an Analysis says of slides, regions and areas."""

from collections.abc import Sequence

from marrowscope.analysis import Areas, PictureRecord, RegionRecord, SlideRecord
from marrowscope.cells import SlideReference
from marrowscope.pipeline.cell_columns import sharp_order
from marrowscope.pipeline.reading import CaseReading, Place
from marrowscope.regions import Verdict
from marrowscope.slides.model import Slide


def slide_record(slide: Slide, reference: SlideReference) -> SlideRecord:
    """A slide without its files."""
    return SlideRecord(
        name=slide.name,
        kind=slide.kind,
        scale=slide.scale,
        pictures=tuple(
            PictureRecord(picture.name, picture.width_px, picture.height_px)
            for picture in slide.pictures
        ),
        reference=reference,
        skipped=slide.skipped,
        private_images=slide.private_images,
        synthetic=slide.synthetic,
    )


def region_records(reading: CaseReading, taken: Sequence[Place]) -> tuple[RegionRecord, ...]:
    """Every region of every slide; taken: those whose cells are the count."""
    rank_of = {place: rank for rank, place in enumerate(sharp_order(reading))}
    counted = set(taken)
    records = []
    for index, (slide, survey) in enumerate(zip(reading.slides, reading.surveys, strict=True)):
        for region, one in enumerate(survey):
            place = (index, region)
            read = reading.read.get(place)
            countable = one.verdict is Verdict.COUNTABLE
            blurred = countable and read is not None and read.is_blurred
            records.append(
                RegionRecord(
                    region_id=f"s{index + 1}-r{region:05d}",
                    slide=slide.name,
                    source=slide.pictures[one.square.picture].name,
                    box=one.square.box,
                    verdict=(Verdict.BLURRED if blurred else one.verdict).value,
                    counted=place in counted,
                    rank=rank_of.get(place),
                    read=read is not None,
                )
            )
    return tuple(records)


def areas_of(regions: Sequence[RegionRecord], um_per_px: dict[str, float]) -> Areas:
    """Areas on the glass; um_per_px: scale of each slide by name."""
    by_verdict: dict[str, float] = {}
    read_mm2 = counted_mm2 = 0.0
    for region in regions:
        area_mm2 = region.box.area_mm2(um_per_px[region.slide])
        by_verdict[region.verdict] = by_verdict.get(region.verdict, 0.0) + area_mm2
        read_mm2 += area_mm2 if region.read else 0.0
        counted_mm2 += area_mm2 if region.counted else 0.0
    return Areas(
        looked_at_mm2=sum(by_verdict.values()),
        countable_mm2=by_verdict.get(Verdict.COUNTABLE.value, 0.0),
        counted_mm2=counted_mm2,
        by_verdict_mm2=dict(sorted(by_verdict.items())),
        read_mm2=read_mm2,
    )
