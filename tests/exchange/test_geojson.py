import io
import json
import uuid
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marrowscope.analysis import Analysis
from marrowscope.exchange import write_geojson
from marrowscope.exchange.output_names import geojson_names
from reports.made_analysis import Made, make_analysis


def features(analysis: Analysis, source: str | None = None) -> list[dict[str, Any]]:
    file = io.BytesIO()
    write_geojson(analysis, file, source)
    collection = json.loads(file.getvalue())
    assert collection["type"] == "FeatureCollection"
    return list(collection["features"])


def test_every_cell_is_an_object_and_every_region_a_locked_annotation() -> None:
    analysis = make_analysis()
    all_features = features(analysis)
    kinds = [one["properties"]["objectType"] for one in all_features]
    assert kinds.count("detection") + kinds.count("cell") == analysis.cells.n_cells
    assert kinds.count("annotation") == len(analysis.regions)
    for feature in all_features:
        properties = feature["properties"]
        assert properties["source"].startswith("smear-1/")
        assert properties["isLocked"] is (properties["objectType"] == "annotation")
        assert len(properties["classification"]["color"]) == 3
        uuid.UUID(feature["id"])
    assert len({one["id"] for one in all_features}) == len(all_features)


def test_outlines_are_closed_rings_inside_the_box() -> None:
    analysis = make_analysis()
    rows = {row["cell_id"]: row for row in analysis.cells.arrow.to_pylist()}
    for feature in features(analysis):
        ring = feature["geometry"]["coordinates"][0]
        assert feature["geometry"]["type"] == "Polygon"
        assert ring[0] == ring[-1]
        row = rows.get(feature["properties"]["name"])
        if row is not None:
            assert len(ring) == 17
            xs, ys = zip(*ring, strict=True)
            assert max(xs) - min(xs) == pytest.approx(row["w_px"], abs=0.11)
            assert max(ys) - min(ys) == pytest.approx(row["h_px"], abs=0.11)
            assert (max(xs) + min(xs)) / 2 == pytest.approx(row["x_px"], abs=0.11)


def test_a_nucleus_is_drawn_where_one_was_outlined() -> None:
    analysis = make_analysis()
    rows = {row["cell_id"]: row for row in analysis.cells.arrow.to_pylist()}
    shapes = set()
    for feature in features(analysis):
        row = rows.get(feature["properties"]["name"])
        if row is None:
            continue
        nucleus = feature.get("nucleusGeometry")
        assert (feature["properties"]["objectType"] == "cell") is (nucleus is not None)
        assert feature["properties"]["metadata"]["object"] == row["object_kind"]
        if nucleus is None:
            assert row["nucleus"] == []
            continue
        shapes.add(nucleus["type"])
        polygons = nucleus["coordinates"]
        for polygon, ring in zip(
            [polygons] if nucleus["type"] == "Polygon" else polygons, row["nucleus"], strict=True
        ):
            (corners,) = polygon
            assert corners[0] == corners[-1]
            assert [value for corner in corners[:-1] for value in corner] == pytest.approx(
                ring, abs=0.06
            )
    assert shapes == {"Polygon", "MultiPolygon"}


def test_measurements_and_undecided_cells() -> None:
    analysis = make_analysis(Made(undecided_share=0.5))
    rows = {row["cell_id"]: row for row in analysis.cells.arrow.to_pylist()}
    for feature in features(analysis):
        row = rows.get(feature["properties"]["name"])
        if row is None:
            continue
        measured = feature["properties"]["measurements"]
        assert measured["probability"] == pytest.approx(row["probability"], abs=1e-6)
        assert measured["score"] == pytest.approx(row["score"], abs=1e-6)
        named = feature["properties"]["classification"]["name"]
        assert (named == "Undecided") is row["abstained"]


def test_one_picture_alone() -> None:
    analysis = make_analysis()
    parts = [features(analysis, name) for name in sorted(analysis.cells.sources())]
    for name, part in zip(sorted(analysis.cells.sources()), parts, strict=True):
        assert {one["properties"]["source"] for one in part} == {name}
    assert sum(len(part) for part in parts) == len(features(analysis))


def test_no_cells_is_still_a_collection() -> None:
    kinds = {one["properties"]["objectType"] for one in features(make_analysis(Made(n_cells=0)))}
    assert kinds == {"annotation"}


def test_names_with_quotes_survive() -> None:
    found = features(make_analysis(Made(names=('a"b\\c\n.png',))))
    assert {one["properties"]["source"] for one in found} == {'a"b\\c\n.png'}


def test_file_names_keep_sub_folders() -> None:
    assert geojson_names(["a/1.png", "a/2.png", "b.svs"]) == {
        "a/1.png": "geojson/a/1.png.geojson",
        "a/2.png": "geojson/a/2.png.geojson",
        "b.svs": "geojson/b.svs.geojson",
    }


@pytest.mark.parametrize(
    "source", ["../../etc/passwd", "/etc/passwd", "..", "a/../../b", "C:\\x", "", "~/x", ". ./x"]
)
def test_file_names_cannot_leave_the_folder(source: str) -> None:
    path = PurePosixPath(geojson_names([source])[source])
    assert not path.is_absolute()
    assert path.parts[0] == "geojson"
    assert ".." not in path.parts
    assert not any(set(part) & set('\\:*?"<>|') for part in path.parts)


def test_names_that_meet_are_numbered() -> None:
    names = geojson_names(["A.png", "a.png", "x?y", "x*y", "b", "b.geojson/c"])
    paths = [name.casefold() for name in names.values()]
    assert len(set(paths)) == len(paths)
    assert names["b.geojson/c"] != "geojson/b.geojson/c.geojson"


def test_long_names_fit_a_file_system_and_stay_apart() -> None:
    names = geojson_names(["é" * 240 + "1", "é" * 240 + "2"])
    assert len(set(names.values())) == 2
    assert all(len(part.encode()) <= 255 for name in names.values() for part in name.split("/"))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(alphabet="ab./\\.. :é", max_size=12), max_size=6, unique=True))
def test_any_names_give_distinct_paths_inside(sources: list[str]) -> None:
    paths = list(geojson_names(sources).values())
    folded = [path.casefold() for path in paths]
    assert len(set(folded)) == len(sources)
    parents = {"/".join(path.split("/")[:end]) for path in folded for end in range(1, 14)
               if end < len(path.split("/"))}  # fmt: skip
    assert not parents & set(folded)
    for path in paths:
        parts = path.split("/")
        assert parts[0] == "geojson"
        assert not {"", ".", ".."} & set(parts)
