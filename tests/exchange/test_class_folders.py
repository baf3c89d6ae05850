from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from marrowscope.errors import OutputError
from marrowscope.evaluation.crop_layouts.folder_per_class import recognised
from marrowscope.evaluation.crop_layouts.splits import split_by_name
from marrowscope.exchange.class_folders import NamedCrop, write_class_folders


def crops() -> list[NamedCrop]:
    return [
        ("LYMPH", "one", np.full((8, 8, 3), 10, np.uint8)),
        ("BLAST_NOS", "two", np.full((8, 8, 3), 20, np.uint8)),
        ("LYMPH", "three", np.full((8, 8, 3), 30, np.uint8)),
    ]


def test_what_is_written_is_read_as_labelled_cells(tmp_path: Path) -> None:
    folder = tmp_path / "ours"

    assert write_class_folders(folder, crops(), 0.25) == {"BLAST_NOS": 1, "LYMPH": 2}

    tree = recognised(folder, split_by_name)
    assert tree is not None
    read = {crop.path: (crop.label, crop.um_per_px) for crop in tree.crops}
    assert sorted(label for label, _ in read.values()) == ["BLAST_NOS", "LYMPH", "LYMPH"]
    assert {scale for _, scale in read.values()} == {0.25}
    with Image.open(folder / "LYMPH" / "three.png") as picture:
        assert np.asarray(picture).mean() == 30


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match="is not empty"):
        write_class_folders(tmp_path, crops(), 0.25)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="choose another folder"):
        write_class_folders(tmp_path / "out", crops(), 0.25)


def test_what_was_cut_off_has_no_map(tmp_path: Path) -> None:
    def broken() -> Iterator[NamedCrop]:
        yield crops()[0]
        raise OutputError("the slide is gone")

    with pytest.raises(OutputError, match="the slide is gone"):
        write_class_folders(tmp_path / "out", broken(), 0.25)
    assert not (tmp_path / "out" / "map.csv").exists()
