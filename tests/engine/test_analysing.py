"""What the page says where an analysis cannot begin: without options of a command line."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from marrowscope.assembly_cases import analysing
from marrowscope.cases.facts import Purpose
from marrowscope.engine.ports import AnalysisOrder
from marrowscope.errors import UnknownScaleError, UsageError
from marrowscope.progress import NoProgress
from marrowscope.settings import load_settings


def order(inputs: tuple[Path, ...], out: Path, purpose: Purpose) -> AnalysisOrder:
    return AnalysisOrder(
        inputs=inputs,
        out=out,
        um_per_px=None,
        count_target=100,
        purpose=purpose,
        scanner="",
        stain="",
    )


def test_a_clinical_case_asks_for_the_choice_of_weights(tmp_path: Path) -> None:
    analyse = analysing(load_settings(home=tmp_path))
    with pytest.raises(UsageError, match=r"settings\.toml and start the server again"):
        analyse(order((tmp_path,), tmp_path / "out", Purpose.CLINICAL), NoProgress())


def test_a_field_without_a_scale_asks_for_it_where_it_can_be_given(tmp_path: Path) -> None:
    pixels = np.full((400, 400, 3), (226, 220, 228), dtype=np.uint8)
    pixels[180:220, 180:220] = (95, 50, 140)
    folder = tmp_path / "fields"
    folder.mkdir()
    Image.fromarray(pixels).save(folder / "a.png")
    analyse = analysing(load_settings(home=tmp_path))
    with pytest.raises(UnknownScaleError, match="ask for the analysis again and give the µm"):
        analyse(order((folder,), tmp_path / "out", Purpose.RESEARCH), NoProgress())
