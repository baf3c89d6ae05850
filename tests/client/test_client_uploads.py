"""Slides that reach their case whole, whatever happens on the way."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from served_laboratory import Way

from marrowscope.client import (
    NotFoundError,
    ReadingRoom,
    RefusedError,
    UnreachableError,
    uploading,
)
from marrowscope.errors import UnreadableInputError, UsageError

PART = 1000
CONTENT = bytes(range(256)) * 10
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "PART_BYTES", PART)


@pytest.fixture
def smear(tmp_path: Path) -> Path:
    path = tmp_path / "smear.tif"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def case_id(room: ReadingRoom) -> str:
    return room.add_case().case_id


def n_parts(way: Way) -> int:
    return sum(method == "PATCH" for method, _ in way.asked)


def test_a_file_is_sent_in_parts(room: ReadingRoom, way: Way, case_id: str, smear: Path) -> None:
    sent: list[tuple[int, int]] = []

    slide = room.add_slide(case_id, str(smear), on_sent=lambda *told: sent.append(told))

    assert [one["sha256"] for one in slide.answer["files"]] == [SHA256]
    assert sent == [(0, 2560), (1000, 2560), (2000, 2560), (2560, 2560)]
    assert n_parts(way) == 3


@pytest.mark.parametrize("loss", ["answer", "half", "all"])
@pytest.mark.parametrize(
    ("method", "end"),
    [("POST", "/uploads"), ("PATCH", ""), ("GET", ""), ("POST", "/finish"), ("POST", "/slides")],
    ids=["begin", "part", "where", "finish", "slide"],
)
def test_it_goes_on_after_a_lost_connection(
    room: ReadingRoom, way: Way, case_id: str, smear: Path, method: str, end: str, loss: str
) -> None:
    way.lose(method, end, loss)  # type: ignore[arg-type]

    slide = room.add_slide(case_id, smear)

    assert not way.losses[method, end]
    assert [one["sha256"] for one in slide.answer["files"]] == [SHA256]
    assert room.case(case_id).slides == (slide,)


def test_a_part_that_came_is_not_sent_again(
    room: ReadingRoom, way: Way, case_id: str, smear: Path
) -> None:
    way.lose("PATCH", "", "answer")

    room.add_slide(case_id, smear)

    # The lost one is offered again once, and the server says what follows.
    assert n_parts(way) == 4


def test_a_slide_that_was_there_before_is_not_taken_for_a_lost_one(
    room: ReadingRoom, way: Way, case_id: str, smear: Path
) -> None:
    before = room.add_slide(case_id, smear)
    way.lose("POST", "/slides", "all")

    slide = room.add_slide(case_id, smear)

    assert room.case(case_id).slides == (before, slide)


def test_given_up_it_goes_on_where_it_was(
    enter: Callable[..., ReadingRoom], way: Way, smear: Path
) -> None:
    with enter(patience_s=0.0) as room:
        case_id = room.add_case().case_id
        told: list[int] = []

        def lose_the_rest(n_sent: int, _: int) -> None:
            told.append(n_sent)
            if n_sent == 2 * PART:
                way.lose("PATCH", "", "all")

        with pytest.raises(UnreachableError, match="cannot be reached"):
            room.add_slide(case_id, smear, on_sent=lose_the_rest)
        room.add_slide(case_id, smear, on_sent=lambda n_sent, _: told.append(n_sent))

    assert told == [0, PART, 2 * PART, 2 * PART, len(CONTENT)]


def test_a_file_that_changed_is_sent_from_its_beginning(
    enter: Callable[..., ReadingRoom], way: Way, smear: Path
) -> None:
    with enter(patience_s=0.0) as room:
        case_id = room.add_case().case_id
        way.lose("POST", "/finish", "all")
        with pytest.raises(UnreachableError):
            room.add_slide(case_id, smear)
        smear.write_bytes(CONTENT + b"more")

        slide = room.add_slide(case_id, smear)

    assert slide.n_bytes == len(CONTENT) + 4


def test_a_file_that_becomes_shorter_on_the_way_is_no_slide(
    room: ReadingRoom, case_id: str, smear: Path
) -> None:
    def shorten(n_sent: int, _: int) -> None:
        if n_sent == PART:
            smear.write_bytes(CONTENT[:PART])

    with pytest.raises(UnreadableInputError, match=r"smear\.tif: became shorter"):
        room.add_slide(case_id, smear, on_sent=shorten)
    assert room.case(case_id).slides == ()


def test_a_file_that_is_written_anew_on_the_way_is_refused(
    room: ReadingRoom, case_id: str, smear: Path
) -> None:
    def rewrite(n_sent: int, _: int) -> None:
        if n_sent == PART:
            smear.write_bytes(CONTENT[::-1])

    with pytest.raises(RefusedError, match="damaged on its way; send it again"):
        room.add_slide(case_id, smear, on_sent=rewrite)
    assert room.case(case_id).slides == ()
    assert room.add_slide(case_id, smear).n_bytes == len(CONTENT)


def test_files_that_are_none(room: ReadingRoom, case_id: str, tmp_path: Path) -> None:
    (tmp_path / "empty.svs").touch()
    (tmp_path / "folder").mkdir()

    with pytest.raises(UnreadableInputError, match=r"empty\.svs: is empty"):
        room.add_slide(case_id, tmp_path / "empty.svs")
    with pytest.raises(UnreadableInputError, match=r"gone\.svs: cannot be read: No such file"):
        room.add_slide(case_id, tmp_path / "gone.svs")
    with pytest.raises(UnreadableInputError, match="no files were given"):
        room.add_slide(case_id, tmp_path / "folder")
    with pytest.raises(UnreadableInputError, match="no files were given"):
        room.add_slide(case_id, [])


def test_a_folder_of_fields_is_one_slide(room: ReadingRoom, case_id: str, tmp_path: Path) -> None:
    folder = tmp_path / "fields"
    folder.mkdir()
    for name in ("2.png", "1.png", ".hidden"):
        (folder / name).write_bytes(name.encode())
    sent: list[tuple[int, int]] = []

    slide = room.add_slide(
        case_id, folder, kind="fields", name="smear", on_sent=lambda *told: sent.append(told)
    )

    assert (slide.kind, slide.name) == ("fields", "smear")
    assert [one["name"] for one in slide.answer["files"]] == ["1.png", "2.png"]
    assert sent[0] == (0, 10)
    assert sent[-1] == (10, 10)


def test_an_mrxs_file_brings_its_folder(room: ReadingRoom, case_id: str, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in ("a.mrxs", "a/Data0000.dat", "a/Index.dat", "b.mrxs"):
        (tmp_path / name).write_bytes(name.encode())

    slide = room.add_slide(case_id, tmp_path / "a.mrxs")

    names = [one["name"] for one in slide.answer["files"]]
    assert names == ["a.mrxs", "a/Data0000.dat", "a/Index.dat"]


def test_two_files_of_one_name_are_refused(
    room: ReadingRoom, case_id: str, tmp_path: Path, smear: Path
) -> None:
    other = tmp_path / "other" / "smear.tif"
    other.parent.mkdir()
    other.write_bytes(b"x")

    with pytest.raises(UsageError, match=r"two files are called smear\.tif"):
        room.add_slide(case_id, [smear, other], kind="fields")


def test_a_case_that_is_not_there_takes_no_slide(room: ReadingRoom, smear: Path) -> None:
    with pytest.raises(NotFoundError, match="no such case"):
        room.add_slide("00000000-0000-4000-8000-000000000000", smear)
