import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest

from fakes.truth_models import Truth, truth_models
from marrowscope.analysis import ESTIMATED_SCALE, Analysis
from marrowscope.cases.machine_cells import DamagedResultError, MachineCells
from marrowscope.cases.review import EMPTY_REVIEW
from marrowscope.cases.reviewed_count import reviewed_count
from marrowscope.differential import as_json
from marrowscope.exchange import encode_analysis, write_cells
from marrowscope.phantom import truth_path, write_phantom
from marrowscope.pipeline import AnalysisSettings, analyse
from marrowscope.slides import open_slide
from marrowscope.store.analysis_results import AnalysisResults
from marrowscope.store.case_files import CaseFiles
from reports.made_analysis import ESTIMATED, Made, make_analysis

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def files(tmp_path: Path) -> CaseFiles:
    return CaseFiles(tmp_path)


@pytest.fixture
def results(files: CaseFiles) -> AnalysisResults:
    return AnalysisResults(files)


@pytest.fixture(scope="module")
def phantom_analysis(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Of a real run, in which some cells are undecided and a target is reached."""
    path = tmp_path_factory.mktemp("phantom") / "smear.tif"
    write_phantom(path, width_px=3000, height_px=3000, seed=5)
    truth = Truth.read(truth_path(path))
    slide = open_slide(path)
    try:
        unsure = truth.cell_id[::9].tolist()
        settings = AnalysisSettings(n_to_count=60, blast_nos_in_me=False)
        return analyse(slide, truth_models(truth, unsure=unsure), settings)
    finally:
        slide.close()


def put(files: CaseFiles, analysis: Analysis) -> tuple[UUID, UUID]:
    place = uuid4(), uuid4()
    folder = files.analysis_folder(*place)
    folder.mkdir(parents=True)
    (folder / "analysis.json").write_bytes(encode_analysis(analysis))
    with (folder / "cells.parquet").open("wb") as file:
        write_cells(analysis.cells, file)
    return place


def test_what_was_written_is_read(results: AnalysisResults, files: CaseFiles) -> None:
    analysis = make_analysis()
    place = put(files, analysis)
    assert results.cells(*place) == analysis.cells
    assert results.header(*place)["counts"]["found"] == analysis.cells.n_cells


def test_results_are_read_once(results: AnalysisResults, files: CaseFiles) -> None:
    place = put(files, make_analysis())
    read = results.cells(*place), results.header(*place), results.machine_cells(*place)
    for path in files.analysis_folder(*place).iterdir():
        path.unlink()
    again = results.cells(*place), results.header(*place), results.machine_cells(*place)
    assert all(one is other for one, other in zip(read, again, strict=True))
    with pytest.raises(DamagedResultError, match="is gone"):
        AnalysisResults(files).cells(*place)


def test_only_a_few_are_kept(results: AnalysisResults, files: CaseFiles) -> None:
    places = [put(files, make_analysis(Made(n_cells=20, seed=n))) for n in range(6)]
    read = [results.machine_cells(*place) for place in places]
    assert results.machine_cells(*places[-1]) is read[-1]
    again = results.machine_cells(*places[0])
    assert again is not read[0]
    assert again.cell_ids == read[0].cell_ids


def test_several_may_ask_at_once(results: AnalysisResults, files: CaseFiles) -> None:
    place = put(files, make_analysis(Made(n_cells=2000)))
    together = threading.Barrier(4)
    read: list[MachineCells] = []

    def ask() -> None:
        together.wait()
        read.append(results.machine_cells(*place))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 4
    assert all(one is read[0] for one in read)


def test_without_a_review_the_count_is_that_of_the_analysis(
    results: AnalysisResults, files: CaseFiles, phantom_analysis: Analysis
) -> None:
    place = put(files, phantom_analysis)
    count = reviewed_count(results.machine_cells(*place), EMPTY_REVIEW)
    made = as_json(count.pooled)
    assert made["differential"] == list(phantom_analysis.differential)
    assert made["me"] == phantom_analysis.me
    assert made["partial"] == phantom_analysis.partial
    assert tuple(made["advice"]) == phantom_analysis.advice
    counts = phantom_analysis.counts
    assert counts.abstained > 0
    assert (made["total"], made["undecided"]["n"], made["removed"]["n"]) == (
        counts.counted, counts.abstained, counts.removed,
    )  # fmt: skip
    for mine, its in zip(count.slides, phantom_analysis.by_slide, strict=True):
        assert mine.slide == its.slide
        assert as_json(mine.differential)["differential"] == list(its.differential)


def test_a_place_is_counted_where_the_analysis_counted(
    results: AnalysisResults, files: CaseFiles, phantom_analysis: Analysis
) -> None:
    cells = results.machine_cells(*put(files, phantom_analysis))
    table = phantom_analysis.cells
    whole = table.texts("why_not") != "cut"
    columns = (table.texts("slide"), table.texts("source"), table.numbers("x_px"),
               table.numbers("y_px"))  # fmt: skip
    rows = zip(*(column[whole].tolist() for column in columns), strict=True)
    counted = [cells.is_counted_place(*row) for row in rows]
    assert 0 < sum(counted) < len(counted)
    assert np.array_equal(counted, cells.in_count[whole])


def test_an_estimated_scale_is_said(results: AnalysisResults, files: CaseFiles) -> None:
    known = results.machine_cells(*put(files, make_analysis()))
    estimated = results.machine_cells(*put(files, make_analysis(Made(scale=ESTIMATED))))
    assert (known.rules.scale_note, estimated.rules.scale_note) == (None, ESTIMATED_SCALE)
    assert known.rules.blood_only == ("BASO", "ERY_NOS")
    assert known.rules.undetermined_blasts_are_myeloid


def test_a_result_that_is_not_there_is_told(results: AnalysisResults) -> None:
    for read in (results.cells, results.header, results.machine_cells):
        with pytest.raises(DamagedResultError, match="is gone; analyse the case again"):
            read(uuid4(), uuid4())


@pytest.mark.parametrize("content", [b"", b"PAR1", b"nonsense" * 100])
def test_a_damaged_table_is_told(
    content: bytes, results: AnalysisResults, files: CaseFiles
) -> None:
    place = put(files, make_analysis())
    (files.analysis_folder(*place) / "cells.parquet").write_bytes(content)
    with pytest.raises(
        DamagedResultError,
        match=r"cells\.parquet of this analysis is damaged; analyse the case again",
    ) as raised:
        results.cells(*place)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe"])
def test_a_damaged_header_is_told(
    content: bytes, results: AnalysisResults, files: CaseFiles
) -> None:
    place = put(files, make_analysis())
    (files.analysis_folder(*place) / "analysis.json").write_bytes(content)
    with pytest.raises(DamagedResultError, match=r"analysis\.json of this analysis is damaged"):
        results.header(*place)


def _named_otherwise(header: dict[str, Any]) -> None:
    header["slides"][0]["name"] = "another"


CHANGES: Mapping[str, Change] = {
    "no slides": lambda header: header.pop("slides"),
    "no regions": lambda header: header.pop("regions"),
    "no classifier": lambda header: header.update(models=[]),
    "no settings": lambda header: header.update(settings=None),
    "unknown formula": lambda header: header["settings"].update(me_formula="mine"),
    "slides as text": lambda header: header.update(slides="smear-1"),
    "slides as numbers": lambda header: header.update(slides=[1]),
    "region without a place": lambda header: header["regions"][0].pop("x_px"),
    "another slide": _named_otherwise,
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_a_header_that_does_not_fit_is_told(
    name: str, results: AnalysisResults, files: CaseFiles
) -> None:
    place = put(files, make_analysis())
    path = files.analysis_folder(*place) / "analysis.json"
    header = json.loads(path.read_bytes())
    CHANGES[name](header)
    path.write_text(json.dumps(header), encoding="utf-8")
    with pytest.raises(DamagedResultError, match="damaged; analyse the case again") as raised:
        results.machine_cells(*place)
    assert "\n" not in str(raised.value)
