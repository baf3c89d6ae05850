import io

from rich.console import Console

from marrowscope.cli.progress_display import BarProgress, LineProgress, bars, shown_progress
from marrowscope.progress import EarlyCell


class HandClock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_lines_come_every_ten_seconds_with_cells_and_time_left() -> None:
    out, clock = io.StringIO(), HandClock()
    progress = LineProgress(out, clock)

    progress.stage("finding cells", 100)
    clock.seconds += 9.9
    progress.advance(10, 50)
    clock.seconds += 0.1
    progress.advance(10, 70)
    clock.seconds += 5
    progress.advance(5, 1)

    assert out.getvalue().splitlines() == [
        "marrowscope: finding cells",
        "marrowscope: finding cells: 20 of 100, 120 cells found, about 40 s left",
    ]


def test_nothing_is_said_of_single_cells() -> None:
    cell = EarlyCell("smear", "smear.tif", 12.0, 13.0, 0.25, "SEG")
    lines, clock = io.StringIO(), HandClock()
    with_lines = LineProgress(lines, clock)
    with_lines.stage("finding cells", 4)
    clock.seconds += 60
    with_lines.found([cell])
    assert lines.getvalue().splitlines() == ["marrowscope: finding cells"]

    shown = []
    for cells in ([], [cell]):
        out = io.StringIO()
        with bars(Console(file=out, force_terminal=True, width=100), transient=False) as drawn:
            with_bar = BarProgress(drawn)
            with_bar.stage("finding cells", 4)
            with_bar.found(cells)
        shown.append(out.getvalue().splitlines()[-1])
    assert shown[0] == shown[1]


def test_a_stage_of_unknown_length_has_no_time_left() -> None:
    out, clock = io.StringIO(), HandClock()
    progress = LineProgress(out, clock)

    progress.stage("reading", None)
    clock.seconds += 11
    progress.advance(3)

    assert out.getvalue().splitlines()[1:] == ["marrowscope: reading: 3"]


def test_cells_are_summed_over_stages_and_steps_are_not() -> None:
    out, clock = io.StringIO(), HandClock()
    progress = LineProgress(out, clock)

    progress.stage("first", 10)
    progress.advance(10, 5)
    progress.stage("second", 4)
    clock.seconds += 20
    progress.advance(2, 1)

    assert out.getvalue().splitlines()[-1] == (
        "marrowscope: second: 2 of 4, 6 cells found, about 20 s left"
    )


def test_the_bar_shows_stage_share_and_cells() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100)

    with bars(console, transient=False) as shown:
        progress = BarProgress(shown)
        progress.stage("looking", None)
        progress.advance(1)
        progress.stage("finding [cells]", 4)
        progress.advance(1, 1234)

    text = out.getvalue()
    assert "looking" in text
    assert "finding [cells]" in text
    assert "25%" in text
    assert "1,234 cells" in text


def test_quiet_shows_nothing() -> None:
    err = io.StringIO()

    with shown_progress(err, quiet=True) as progress:
        progress.stage("finding cells", 1)
        progress.advance(1, 1)

    assert err.getvalue() == ""
