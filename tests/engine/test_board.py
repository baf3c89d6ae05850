from uuid import UUID

import pytest

from marrowscope.engine.board import MOST_FIRST_CELLS, BoardProgress, JobBoard, JobEndedError
from marrowscope.progress import EarlyCell, Progress

ONE, OTHER = UUID(int=1), UUID(int=2)


class Clock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_it_says_how_far_a_run_is() -> None:
    clock = Clock()
    progress = BoardProgress(clock)
    heard: Progress = progress
    clock.seconds += 5
    heard.stage("finding cells", 200)
    assert progress.now().seconds_left is None
    clock.seconds += 10
    heard.advance(50, 40)
    heard.advance(0, 2)
    said = progress.now()
    assert (said.stage, said.done, said.total, said.cells_found) == ("finding cells", 50, 200, 42)
    assert (said.seconds, said.seconds_left) == (15.0, 30.0)
    heard.advance(200)
    assert progress.now().seconds_left == 0.0
    heard.stage("writing", None)
    said = progress.now()
    assert (said.done, said.total, said.cells_found, said.seconds_left) == (0, None, 42, None)


@pytest.mark.parametrize("total", [0, 1000])
def test_nothing_is_said_of_the_time_left_too_soon(total: int) -> None:
    progress = BoardProgress(Clock())
    progress.stage("finding cells", total)
    progress.advance(1)
    assert progress.now().seconds_left is None


def cell(x_px: float, class_id: str | None = None, slide: str = "smear") -> EarlyCell:
    return EarlyCell(slide, "smear.tif", x_px, 5.0, 0.25, class_id)


def test_a_cell_that_is_named_takes_its_own_place() -> None:
    progress = BoardProgress(Clock())
    heard: Progress = progress
    assert progress.now().first_cells == ()
    heard.found([cell(1), cell(2), cell(3)])
    heard.found([cell(2, "SEG"), cell(4, "LYMPH"), cell(1, "SEG", slide="another")])
    assert progress.now().first_cells == (
        cell(1), cell(2, "SEG"), cell(3), cell(4, "LYMPH"), cell(1, "SEG", slide="another"),
    )  # fmt: skip
    assert progress.now().cells_found == 0


def test_the_first_cells_are_kept_and_no_more_however_many_come() -> None:
    progress = BoardProgress(Clock())
    for n in range(1000):
        progress.found([cell(2 * n), cell(2 * n + 1)])
    progress.found([cell(n, "SEG") for n in range(2000)])
    first = progress.now().first_cells
    assert first == tuple(cell(n, "SEG") for n in range(MOST_FIRST_CELLS))


def test_a_cancelled_run_ends_at_its_next_step() -> None:
    board = JobBoard()
    progress = board.begin(ONE)
    other = board.begin(OTHER)
    board.cancel(ONE)
    for step in (
        lambda: progress.stage("x", None),
        lambda: progress.advance(1),
        lambda: progress.notice("x"),
        lambda: progress.found([cell(1)]),
    ):
        with pytest.raises(JobEndedError) as raised:
            step()
        assert raised.value.is_cancelled
    other.advance(1)
    board.cancel(UUID(int=3))


def test_all_runs_end_once_it_stops() -> None:
    board = JobBoard()
    first = board.begin(ONE)
    board.stop()
    for progress in (first, board.begin(OTHER)):
        with pytest.raises(JobEndedError) as raised:
            progress.advance(1)
        assert not raised.value.is_cancelled


def test_it_knows_what_runs() -> None:
    board = JobBoard()
    assert board.progress(ONE) is None
    board.begin(ONE)
    assert board.running() == (ONE,)
    assert board.progress(ONE) is not None
    board.ended(ONE)
    board.ended(ONE)
    assert (board.running(), board.progress(ONE)) == ((), None)
