import json
from dataclasses import replace

import pytest

from marrowscope.exchange import encode_analysis, summary_object
from reports.made_analysis import ESTIMATED, Made, make_analysis


def test_summary_has_the_keys_scripts_rely_on() -> None:
    summary = json.loads(json.dumps(summary_object(make_analysis())))
    assert list(summary) == ["differential", "me", "counts", "findings", "not_assessed"]
    assert {"category", "n", "percent", "low", "high", "not_modelled"} <= set(
        summary["differential"][0]
    )
    assert {"found", "counted", "abstained", "removed", "area_mm2"} <= set(summary["counts"])
    assert {"formula", "value", "low", "high"} <= set(summary["me"])
    n = sum(row["n"] for row in summary["differential"] if row["n"] is not None)
    assert n + summary["counts"]["abstained"] == summary["counts"]["counted"]


def test_analysis_holds_summary_models_settings_scale_and_schema_version() -> None:
    analysis = make_analysis(Made(n_slides=2))
    read = json.loads(encode_analysis(analysis))
    assert set(summary_object(analysis)) < set(read)
    assert "paths" not in read
    assert read["schema_version"] == "1.0"
    assert [model["role"] for model in read["models"]] == ["detector", "classifier"]
    assert read["models"][1]["sha256"] == "cd" * 32
    assert read["settings"]["count"] == 500
    assert read["scale"]["um_per_px"] == 0.1
    assert [one["slide"] for one in read["by_slide"]] == ["smear-1", "smear-2"]
    assert read["regions"][0]["verdict"] == "countable"
    assert read["slides"][0]["reference"]["n_pixels"] == 51200
    assert read["classes"][0]["class_id"] == "BLAST_NOS"


def test_bytes_are_stable_utf8_with_a_line_end() -> None:
    data = encode_analysis(make_analysis(Made(names=("Präparat-é.png",))))
    assert data == encode_analysis(make_analysis(Made(names=("Präparat-é.png",))))
    assert data.endswith(b"}\n")
    assert "Präparat-é.png" in data.decode("utf-8")


def test_an_estimated_scale_marks_each_result() -> None:
    read = json.loads(encode_analysis(make_analysis(Made(scale=ESTIMATED))))
    results = [*read["differential"], read["me"], read["counts"], *read["findings"], read["areas"]]
    assert all(one["scale_is_estimated"] is True for one in results)
    assert read["scale"]["low_um_per_px"] == 0.096
    known = json.loads(encode_analysis(make_analysis()))
    assert known["counts"]["scale_is_estimated"] is False


def test_scales_that_differ_are_not_made_one() -> None:
    analysis = make_analysis(Made(n_slides=2))
    first, second = analysis.slides
    mixed = replace(analysis, slides=(first, replace(second, scale=ESTIMATED)))
    scale = json.loads(encode_analysis(mixed))["scale"]
    assert scale["um_per_px"] is None
    assert scale["origin"] == "per slide"
    assert scale["scale_is_estimated"] is True


def test_a_number_json_cannot_hold_is_an_error() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        encode_analysis(replace(make_analysis(), settings={"count": float("inf")}))


def test_floats_are_rounded() -> None:
    data = encode_analysis(replace(make_analysis(), settings={"share": 0.1 + 0.2}))
    assert json.loads(data)["settings"]["share"] == 0.3
