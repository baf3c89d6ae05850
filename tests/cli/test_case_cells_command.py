"""`marrowscope case cells`: what readers reviewed, as pictures."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import numpy as np
import pytest
from cli_fakes import FakeRooms
from PIL import Image

from fakes.finished_case import finish_made_analysis
from fakes.made_result import FIELD_PX, FIELDS, SLIDES, made_analysis
from marrowscope.assembly_web import home_parts
from marrowscope.cases.review_events import CellsNamed, CellsSeen
from marrowscope.cli import main

CELLS = made_analysis().cells
IDS = CELLS.texts("cell_id").tolist()
WHOLE = [place for place, why in enumerate(CELLS.texts("why_not")) if why != "cut"]


def run(home: Path, *arguments: object) -> int:
    return main(["case", *map(str, arguments)], FakeRooms(home).services())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with one case, two smears of two fields: each field is of one grey."""
    with home_parts(tmp_path / "home"):
        pass
    for number, slide in enumerate(SLIDES):
        (tmp_path / slide).mkdir()
        for field, name in enumerate(FIELDS):
            grey = np.full((FIELD_PX[1], FIELD_PX[0], 3), 40 * (1 + 2 * number + field), np.uint8)
            Image.fromarray(grey).save(tmp_path / slide / name)
    added = run(tmp_path / "home", "add", *(tmp_path / slide for slide in SLIDES), "--no-analyse")
    assert added == 0
    return tmp_path / "home"


def finish(home: Path) -> tuple[UUID, UUID]:
    """Leaves a result in the case, as an analysis does."""
    with home_parts(home) as parts:
        (case,) = parts.cases.records.cases()
        return case.case_id, finish_made_analysis(parts.cases, case.case_id)


def review(home: Path, case_id: UUID, analysis_id: UUID, names: Sequence[str]) -> None:
    """Names the first cells, and sees one more that the machine named."""
    with home_parts(home) as parts:
        reviews, cells = (
            parts.cases.reviews,
            parts.cases.results.machine_cells(case_id, analysis_id),
        )
        left = next(place for place in WHOLE[len(names) :] if not CELLS.mask("abstained")[place])
        events = [
            CellsNamed(reviews.stamp(None, uuid4()), (IDS[place],), name)
            for place, name in zip(WHOLE, names, strict=False)
        ]
        seen = CellsSeen(reviews.stamp(None, uuid4()), (IDS[left],))
        reviews.append(case_id, analysis_id, [*events, seen], cells, by=None)


def test_reviewed_cells_become_a_folder_a_class(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case_id, analysis_id = finish(home)
    review(home, case_id, analysis_id, ["BLAST_NOS", "BLAST_NOS", "META"])
    capsys.readouterr()
    out = tmp_path / "cells"

    assert run(home, "cells", case_id, "--out", out, "--quiet") == 0

    said = capsys.readouterr().out
    assert said.startswith(f"{out}: 4 cells of 1 case, 0.25 µm/px\n")
    pictures = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.png"))
    assert len([name for name in pictures if name.startswith("BLAST_NOS/")]) == 2
    assert f"META/{case_id.hex[:8]}-{IDS[WHOLE[2]]}.png" in pictures
    assert len(pictures) == 4
    for path in out.rglob("*.png"):
        with Image.open(path) as picture:
            assert picture.size == (160, 160)
            # The middle of a picture is the field that the cell lies on, not another one.
            place = IDS.index(path.stem.split("-", 1)[1])
            slide, field = CELLS.texts("source")[place].split("/")
            grey = 40 * (1 + 2 * SLIDES.index(slide) + FIELDS.index(field))
            assert np.asarray(picture)[80, 80].tolist() == [grey] * 3
    with home_parts(home) as parts:
        newest = parts.audit.entries(None, 1)[0]
    assert newest.act == "cells_exported"
    assert str(case_id) in newest.details


@pytest.mark.parametrize("why", ["no case", "no result", "not reviewed", "not empty"])
def test_what_cannot_be_written_is_said_in_one_line(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], why: str
) -> None:
    with home_parts(home) as parts:
        case_id = parts.cases.records.cases()[0].case_id
    out = tmp_path / "cells"
    if why in ("not reviewed", "not empty"):
        case_id, analysis_id = finish(home)
        if why == "not empty":
            review(home, case_id, analysis_id, ["META"])
            out.mkdir()
            (out / "mine.txt").write_text("mine")
    asked = UUID(int=7) if why == "no case" else case_id
    capsys.readouterr()

    assert run(home, "cells", asked, "--out", out, "--quiet") != 0

    reasons = {
        "no case": "there is no case",
        "no result": "no finished analysis",
        "not reviewed": "nobody has reviewed a cell",
        "not empty": "is not empty",
    }
    err = capsys.readouterr().err
    assert reasons[why] in err
    assert err.count("\n") == 1
    assert not list(tmp_path.glob("cells/*.png"))
