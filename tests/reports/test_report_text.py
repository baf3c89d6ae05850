from marrowscope.reports import render_text
from reports.made_analysis import ESTIMATED, Made, make_analysis


def test_text_has_count_ratio_findings_and_what_was_not_assessed() -> None:
    analysis = make_analysis(Made())
    text = render_text(analysis)
    for words in (
        "Research use only",
        "Not decided",
        "M:E",
        "formula ICSH 2008",
        "APL not excluded",
        "Not assessed",
        "Clumps and edges not reviewed",
        "smudged or bare nucleus",
    ):
        assert words in text
    assert f"counted of {analysis.counts.found} found" in text
    assert max(len(line) for line in text.splitlines()) <= 78


def test_a_category_that_is_not_modelled_has_no_number() -> None:
    line = next(one for one in render_text(make_analysis()).splitlines() if "Mast" in one)
    assert line.split() == ["Mast", "cells", "–", "–", "not", "modelled"]


def test_column_adds_up_to_one_hundred() -> None:
    lines = render_text(make_analysis()).splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("Not decided"))
    end = next(place for place, line in enumerate(lines) if line.startswith("N  "))
    cells = [line[28:].split() for line in lines[start:end]]
    shares = [float(one[1]) for one in cells if one[1] != "–"]
    assert round(sum(shares), 6) == 100.0
    counts = [int(one[0]) for one in cells if one[0] != "–"]
    assert sum(counts) == make_analysis().counts.counted


def test_estimate_and_phantom_are_said() -> None:
    text = render_text(make_analysis(Made(scale=ESTIMATED, synthetic=True)))
    assert "SYNTHETIC" in text
    assert "(est.)" in text
    assert "(est.)" not in render_text(make_analysis())


def test_no_cells() -> None:
    assert "no erythroid cells counted" in render_text(make_analysis(Made(n_cells=0)))
