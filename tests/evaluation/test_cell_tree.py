import os
from pathlib import Path

import pytest

from marrowscope.errors import MarrowscopeError, UnreadableInputError, UsageError
from marrowscope.evaluation.cell_tree import list_tree, read_map


def written_map(folder: Path, *rows: str, head: str = "folder,class_id") -> Path:
    path = folder / "map.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def tree(folder: Path, *paths: str) -> Path:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(b"x")
    return folder


def classes(top: Path, folders: dict[str, str]) -> dict[str, str]:
    return {cell.path: cell.class_id for cell in list_tree(top, folders).cells}


def test_a_map_as_spreadsheets_write_it(tmp_path: Path) -> None:
    path = tmp_path / "map.csv"
    path.write_bytes("﻿Folder ; class_id;note\r\nBLA\\;BLAST_NOS;x\r\n\r\nLYT ; LYMPH\r\n".encode())
    assert read_map(path) == {"BLA": "BLAST_NOS", "LYT": "LYMPH"}


def test_a_folder_may_be_left_out_by_name(tmp_path: Path) -> None:
    folders = read_map(written_map(tmp_path, "a,SEG", "a/odd,"))
    found = list_tree(tree(tmp_path / "t", "a/1.png", "a/odd/2.png"), folders)
    assert [cell.path for cell in found.cells] == ["a/1.png"]
    assert found.skipped == {"a/odd": 1}


@pytest.mark.parametrize(
    ("rows", "head", "words"),
    [
        (["BLA,BLAST"], "folder,class_id", "line 2: no cell class is called 'BLAST'; did you mean"),
        (["SEG,seg"], "folder,class_id", "did you mean SEG?"),
        (["BLA,BLAST_NOS"], "dir,class", "must name the columns folder,class_id"),
        ([], "", "must name the columns"),
        ([], "folder,class_id", "gives no folder a class"),
        (["a,SEG", "a/,BAND"], "folder,class_id", "line 3: a was given another class above"),
        ([",SEG"], "folder,class_id", "line 2: names no folder"),
    ],
)
def test_a_map_that_cannot_be_used(rows: list[str], head: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_map(written_map(tmp_path, *rows, head=head))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_map_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_bytes("folder,class_id\nbläst,SEG\n".encode("latin-1"))
    for name, words in (
        ("none.csv", "no such table"),
        ("odd.csv", "UTF-8"),
        (".", "cannot be read as a table"),
    ):
        with pytest.raises(UnreadableInputError, match=words):
            read_map(tmp_path / name)


def test_the_nearest_folder_decides_by_its_path_or_its_name(tmp_path: Path) -> None:
    top = tree(
        tmp_path / "t",
        "a/1.png",
        "a/deep/er/2.png",
        "b/a/3.png",
        "b/4.png",
        "b/x/y/5.png",
    )
    found = classes(top, {"a": "SEG", "b/a": "BAND", "b": "LYMPH", "y": "MONO"})
    assert found == {
        "a/1.png": "SEG",
        "a/deep/er/2.png": "SEG",
        "b/a/3.png": "BAND",
        "b/4.png": "LYMPH",
        "b/x/y/5.png": "MONO",
    }


def test_the_top_folder_is_called_dot(tmp_path: Path) -> None:
    top = tree(tmp_path / "t", "1.png", "b/2.png")
    assert classes(top, {".": "SEG", "b": "BAND"}) == {"1.png": "SEG", "b/2.png": "BAND"}


def test_folders_that_the_map_lacks_are_counted(tmp_path: Path) -> None:
    top = tree(tmp_path / "t", "a/1.png", "c/2.png", "c/3.png", "c/d/4.png", "5.png")
    found = list_tree(top, {"a": "SEG"})
    assert found.skipped == {".": 1, "c": 2, "c/d": 1}


def test_what_systems_leave_behind_is_no_file_and_all_else_is_one(tmp_path: Path) -> None:
    junk = ["a/.DS_Store", "a/Thumbs.db", "a/._1.png", ".git/a/1.png", "__MACOSX/a/1.png"]
    top = tree(tmp_path / "t", *junk, "a/1.png", "a/notes.txt", "a/none", "a/map.csv")
    found = list_tree(top, {"a": "SEG"}, leave_out=top / "a" / "map.csv")
    assert [cell.path for cell in found.cells] == ["a/1.png", "a/none", "a/notes.txt"]
    assert found.skipped == {}


def test_accents_match_however_they_are_written(tmp_path: Path) -> None:
    top = tree(tmp_path / "t", "érythro/1.png")
    assert list(classes(top, {"érythro": "ERY_NOS"}).values()) == ["ERY_NOS"]


def test_links_are_followed_and_loops_are_not(tmp_path: Path) -> None:
    top = tree(tmp_path / "t", "a/1.png")
    tree(tmp_path / "elsewhere", "2.png")
    (top / "b").symlink_to(tmp_path / "elsewhere")
    (top / "c").symlink_to(tmp_path / "elsewhere")
    (top / "a" / "loop").symlink_to(top)
    (top / "a" / "broken.png").symlink_to(top / "gone.png")
    found = classes(top, {"a": "SEG", "b": "BAND", "c": "BAND"})
    assert found == {
        "a/1.png": "SEG",
        "a/broken.png": "SEG",
        "b/2.png": "BAND",
        "c/2.png": "BAND",
    }


@pytest.mark.parametrize("made", [False, True])
def test_no_picture_anywhere(made: bool, tmp_path: Path) -> None:
    top = tmp_path / "t"
    if made:
        tree(top, "z/1.png")
    with pytest.raises(MarrowscopeError) as caught:
        list_tree(top, {"a": "SEG"})
    assert ("holds z" if made else "no such folder") in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="no folder is closed to root")
def test_a_folder_that_is_closed_is_named(tmp_path: Path) -> None:
    top = tree(tmp_path / "t", "a/1.png", "a/b/2.png")
    (top / "a" / "b").chmod(0)
    try:
        with pytest.raises(UnreadableInputError, match="b: this folder of cells cannot be read"):
            list_tree(top, {"a": "SEG"})
    finally:
        (top / "a" / "b").chmod(0o700)


def test_a_row_of_the_map_that_matches_no_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "monos").mkdir()
    (tmp_path / "seg").mkdir()
    for name in ("monos/a.png", "seg/b.png"):
        (tmp_path / name).touch()
    found = list_tree(tmp_path, {"mono": "MONO", "seg": "SEG", "left out": ""})
    assert found.unmatched == ("mono",)
    assert found.skipped == {"monos": 1}
