import errno
from pathlib import Path
from typing import BinaryIO

import pytest

from marrowscope.errors import OutputError
from marrowscope.exchange import check_place_for, write_files

FILES = {"a.json": b"new", "b.html": b"page"}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_files_of_these_names_are_replaced_and_others_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"old")
    (tmp_path / "report.html").write_bytes(b"of an analysis")

    paths = write_files(FILES, tmp_path)

    assert paths == (tmp_path / "a.json", tmp_path / "b.html")
    assert contents(tmp_path) == {**FILES, "report.html": b"of an analysis"}


def test_a_full_disk_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"old")

    def fill_up(path: Path) -> BinaryIO:
        if path.name == "b.html":
            raise OSError(errno.ENOSPC, "No space left on device")
        return path.open("xb")

    with pytest.raises(OutputError, match="disk full"):
        write_files(FILES, tmp_path, open_file=fill_up)

    assert contents(tmp_path) == {"a.json": b"old"}


def test_looking_for_a_place_leaves_nothing_behind(tmp_path: Path) -> None:
    check_place_for(FILES, tmp_path / "new" / "folder")

    assert list(tmp_path.iterdir()) == []
    (tmp_path / "b.html").mkdir()
    with pytest.raises(OutputError, match="is a folder where a result belongs"):
        check_place_for(FILES, tmp_path)
