"""analysis.json: the header of an analysis in one JSON object with a fixed order of keys."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from marrowscope.analysis import (
    Analysis,
    Counts,
    Json,
    JsonObject,
    RegionRecord,
    SlideCount,
    SlideRecord,
)
from marrowscope.slides.model import Scale, ScaleOrigin
from marrowscope.vocabulary import cell_class

_DECIMALS = 6


def summary_object(analysis: Analysis) -> dict[str, Json]:
    """The keys that scripts rely on: differential, me, counts, findings, not_assessed.

    `--json` prints these with `paths` added. Every row of them bears `scale_is_estimated`,
    because each rests on the scale at which cells were found and named.
    """
    estimated = analysis.scale_is_estimated
    return {
        "differential": [_with_scale(row, estimated) for row in analysis.differential],
        "me": _with_scale(analysis.me, estimated),
        "counts": _with_scale(_counts_object(analysis.counts), estimated),
        "findings": [_with_scale(row, estimated) for row in analysis.findings],
        "not_assessed": list(analysis.not_assessed),
    }


def analysis_object(analysis: Analysis) -> dict[str, Json]:
    """Everything but the cells, as plain JSON values."""
    return {
        "schema_version": analysis.schema_version,
        "software": {"name": "marrowscope", "version": analysis.software_version},
        "use": "research use only; machine proposal, not reviewed by a person",
        "synthetic": analysis.is_synthetic,
        **summary_object(analysis),
        "advice": list(analysis.advice),
        "partial": analysis.partial,
        "corrected": analysis.corrected,
        "by_slide": [_slide_count_object(one) for one in analysis.by_slide],
        "scale": _case_scale_object(analysis),
        "slides": [_slide_object(slide) for slide in analysis.slides],
        "areas": {
            "looked_at_mm2": analysis.areas.looked_at_mm2,
            "countable_mm2": analysis.areas.countable_mm2,
            "counted_mm2": analysis.areas.counted_mm2,
            "by_verdict_mm2": dict(analysis.areas.by_verdict_mm2),
            "scale_is_estimated": analysis.scale_is_estimated,
        },
        "models": [_listed(asdict(model)) for model in analysis.models],
        "classes": [_class_object(class_id) for class_id in analysis.cells.class_ids],
        "settings": analysis.settings,
        "regions": [_region_object(region) for region in analysis.regions],
    }


def encode_analysis(analysis: Analysis) -> bytes:
    """analysis.json as UTF-8 bytes: indented, floats to 6 decimals, a line feed at the end.

    Raises ValueError for a number that JSON cannot hold (not a number, infinity).
    """
    return encode_json(analysis_object(analysis))


def encode_json(value: Json) -> bytes:
    """Any plain value in the house form of JSON."""
    text = json.dumps(_rounded(value), ensure_ascii=False, allow_nan=False, indent=1)
    # A file name that is not valid Unicode is kept as an escape rather than refused.
    return text.encode("utf-8", errors="backslashreplace") + b"\n"


def _rounded(value: Json) -> Json:
    if isinstance(value, float):
        return round(value, _DECIMALS) + 0.0
    if isinstance(value, Mapping):
        return {str(key): _rounded(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_rounded(one) for one in value]
    return value


def _listed(record: Mapping[str, object]) -> dict[str, Json]:
    """A record of strings, numbers and tuples of strings, with its tuples as lists."""
    result: dict[str, Json] = {}
    for key, value in record.items():
        if isinstance(value, tuple):
            result[key] = [str(one) for one in value]
        elif isinstance(value, int | float | str) or value is None:
            result[key] = value
        else:
            raise TypeError(f"{key} has no JSON form")
    return result


def _with_scale(row: JsonObject, estimated: bool) -> dict[str, Json]:
    return {**row, "scale_is_estimated": estimated}


def _counts_object(counts: Counts) -> dict[str, Json]:
    return {
        "found": counts.found,
        "counted": counts.counted,
        "abstained": counts.abstained,
        "removed": counts.removed,
        "area_mm2": counts.area_mm2,
    }


def _slide_count_object(one: SlideCount) -> dict[str, Json]:
    return {
        "slide": one.slide,
        "counts": _counts_object(one.counts),
        "differential": list(one.differential),
        "me": one.me,
    }


def _scale_object(scale: Scale) -> dict[str, Json]:
    return {
        "um_per_px": scale.um_per_px,
        "origin": scale.origin.value,
        "low_um_per_px": scale.low_um_per_px,
        "high_um_per_px": scale.high_um_per_px,
        "n_red_cells": scale.n_red_cells,
    }


def _case_scale_object(analysis: Analysis) -> dict[str, Json]:
    """The one scale of all slides; where they differ, um_per_px is null: see `slides`."""
    first = analysis.slides[0].scale if analysis.slides else None
    if first is not None and all(slide.scale == first for slide in analysis.slides):
        return {**_scale_object(first), "scale_is_estimated": first.origin is ScaleOrigin.ESTIMATED}
    return {
        "um_per_px": None,
        "origin": "per slide",
        "low_um_per_px": None,
        "high_um_per_px": None,
        "n_red_cells": None,
        "scale_is_estimated": analysis.scale_is_estimated,
    }


def _slide_object(slide: SlideRecord) -> dict[str, Json]:
    reference = slide.reference
    return {
        "name": slide.name,
        "kind": slide.kind.value,
        "synthetic": slide.synthetic,
        "scale": _scale_object(slide.scale),
        "pictures": [
            {"name": one.name, "width_px": one.width_px, "height_px": one.height_px}
            for one in slide.pictures
        ],
        "skipped": list(slide.skipped),
        "private_images": list(slide.private_images),
        "reference": None
        if reference is None
        else {
            "white_rgb": None if reference.white_rgb is None else list(reference.white_rgb),
            "red_cell_rgb": None
            if reference.red_cell_rgb is None
            else list(reference.red_cell_rgb),
            "n_pixels": reference.n_pixels,
        },
    }


def _class_object(class_id: str) -> dict[str, Json]:
    known = cell_class(class_id)
    return {
        "class_id": known.class_id,
        "label": known.label,
        "category": known.icsh_category,
        "lineage": known.lineage,
    }


def _region_object(region: RegionRecord) -> dict[str, Json]:
    box = region.box
    return {
        "region_id": region.region_id,
        "slide": region.slide,
        "source": region.source,
        "x_px": box.x_px,
        "y_px": box.y_px,
        "w_px": box.w_px,
        "h_px": box.h_px,
        "verdict": region.verdict,
        "counted": region.counted,
        "rank": region.rank,
        "read": region.read,
    }
