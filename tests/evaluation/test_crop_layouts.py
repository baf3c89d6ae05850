"""Layouts of labelled cells are recognised, listed and read; what cannot be is said."""

import zlib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from evaluation.made_crop_trees import (
    GLASS,
    as_acevedo,
    as_deepheme,
    as_lmu,
    as_mll,
    write_crop,
    write_crops,
)
from evaluation.made_sets import write_sets
from marrowscope.errors import OversizedInputError, UnreadableInputError, UsageError
from marrowscope.evaluation.crop_layouts import (
    open_crop_sources,
    open_folder_per_class,
    read_folder_map,
)
from marrowscope.evaluation.crop_layouts.splits import split_of_name
from marrowscope.evaluation.crop_source import CropSource
from marrowscope.evaluation.labels import class_of


def only_source(folder: Path) -> CropSource:
    (source,) = open_crop_sources(folder)
    return source


def classes_by_path(source: CropSource) -> dict[str, str | None]:
    return {crop.path: class_of(crop.image_set, crop.label) for crop in source.crops}


def write_map(folder: Path, *lines: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "map.csv"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


class TestPublishedTrees:
    @pytest.mark.parametrize("wrapping", ["", "BM_cytomorphology_data", "a/b"])
    def test_mll_lies_in_thousands_or_flat_and_may_be_wrapped(
        self, tmp_path: Path, wrapping: str
    ) -> None:
        as_mll(tmp_path / wrapping)

        source = only_source(tmp_path)

        assert source.name == "mll-marrow"
        assert classes_by_path(source) == {
            "ABE/ABE_00001.jpg": "EOS_ABN",
            "ABE/ABE_00002.jpg": "EOS_ABN",
            "BLA/0001-1000/BLA_00001.jpg": "BLAST_NOS",
            "BLA/0001-1000/BLA_00002.jpg": "BLAST_NOS",
            "KSC/0001-1000/KSC_00001.jpg": "SMUDGE",
            "KSC/0001-1000/KSC_00002.jpg": "SMUDGE",
            "MYB/0001-1000/MYB_00001.jpg": "MYELO",
            "MYB/0001-1000/MYB_00002.jpg": "MYELO",
            "NIF/0001-1000/NIF_00001.jpg": "UNCLASS",
            "NIF/0001-1000/NIF_00002.jpg": "UNCLASS",
        }
        assert {crop.um_per_px for crop in source.crops} == {0.1}
        assert {crop.licence for crop in source.crops} == {"CC BY 4.0"}

    def test_lmu_is_told_from_mll_by_a_code_of_its_own(self, tmp_path: Path) -> None:
        source = only_source(as_lmu(tmp_path))

        assert source.name == "lmu-aml"
        assert Counter(crop.label for crop in source.crops) == dict.fromkeys(
            ("BAS", "MYB", "MYO", "PMB"), 2
        )
        assert source.crops[0].um_per_px == pytest.approx(0.0707, abs=1e-4)
        assert source.skipped == {"files that are no picture": 1}

    def test_shared_codes_alone_are_told_apart_by_the_pictures(self, tmp_path: Path) -> None:
        as_lmu(tmp_path / "lmu", codes=["BAS", "EBO"])
        as_mll(tmp_path / "mll", codes=["BAS", "EBO"])

        assert [source.name for source in open_crop_sources(tmp_path)] == ["lmu-aml", "mll-marrow"]

    def test_acevedo_takes_the_finer_class_from_the_file_name(self, tmp_path: Path) -> None:
        source = only_source(as_acevedo(tmp_path / "PBC_dataset_normal_DIB"))

        assert source.name == "acevedo-blood"
        assert {crop.path: crop.label for crop in source.crops} == {
            "basophil/BA_47.jpg": "BA",
            "ig/IG_1.jpg": "IG",
            "ig/MMY_2.jpg": "MMY",
            "ig/MY_3.jpg": "MY",
            "ig/PMY_4.jpg": "PMY",
            "neutrophil/BNE_5.jpg": "BNE",
            "neutrophil/NEUTROPHIL_6.jpg": "NEUTROPHIL",
            "neutrophil/SNE_7.jpg": "SNE",
            "platelet/PLATELET_8.jpg": "PLATELET",
        }

    def test_an_acevedo_name_that_contradicts_its_folder_is_counted(self, tmp_path: Path) -> None:
        write_crop(as_acevedo(tmp_path) / "basophil" / "SNE_99.jpg")

        source = only_source(tmp_path)

        assert len(source.crops) == 9
        assert source.skipped == {"file names that contradict their folder": 1}

    def test_each_hospital_of_deepheme_is_a_set(self, tmp_path: Path) -> None:
        as_deepheme(tmp_path / "UCSF_repo")
        as_deepheme(tmp_path / "MSK_repo")

        sources = open_crop_sources(tmp_path)

        assert [source.name for source in sources] == ["deepheme:msk", "deepheme:ucsf"]
        assert set(classes_by_path(sources[0]).values()) == {"MAST", "RBC", "BAND", "MITOSIS"}

    def test_subtypes_of_leukaemia_are_not_taken_for_deepheme(self, tmp_path: Path) -> None:
        as_deepheme(tmp_path, codes=["M1", "M2", "M3", "M4", "M5"])

        with pytest.raises(UnreadableInputError, match="no labelled cells in a layout"):
            open_crop_sources(tmp_path)

    def test_folders_of_other_names_and_junk_are_skipped_and_counted(self, tmp_path: Path) -> None:
        as_mll(tmp_path)
        write_crops(tmp_path, ["XYZ/XYZ_1.jpg", "XYZ/XYZ_2.jpg", "loose.jpg", ".hidden.jpg"])
        write_crop(tmp_path / "__MACOSX" / "ABE" / "ABE_1.jpg")
        (tmp_path / "ABE" / "Thumbs.db").write_bytes(b"x")
        (tmp_path / "ABE" / "notes.txt").write_text("x", encoding="utf-8")

        source = only_source(tmp_path)

        assert len(source.crops) == 10
        assert source.skipped == {
            "files that are no picture": 1,
            "folder XYZ: not a class that is known": 2,
            "hidden and system files": 3,
            "pictures outside the folders of the classes": 1,
        }

    def test_a_link_that_leads_back_is_followed_once(self, tmp_path: Path) -> None:
        as_mll(tmp_path)
        (tmp_path / "BLA" / "again").symlink_to(tmp_path, target_is_directory=True)

        source = only_source(tmp_path)

        assert len(source.crops) == 10
        assert source.skipped == {"folders nested too deep, or links that lead back": 1}


class TestPictures:
    def test_every_layout_gives_rgb(self, tmp_path: Path) -> None:
        as_mll(tmp_path / "mll")
        as_lmu(tmp_path / "lmu")
        as_deepheme(tmp_path / "deepheme")
        write_sets(tmp_path / "packed")

        for source in open_crop_sources(tmp_path):
            pixels = source.crop_pixels(source.crops[0])
            assert (pixels.dtype, pixels.ndim, pixels.shape[2]) == (np.uint8, 3, 3)
            assert np.abs(pixels[0, 0].astype(int) - GLASS).max() < 8

    def test_a_truncated_jpeg_is_an_error(self, tmp_path: Path) -> None:
        source = only_source(as_mll(tmp_path))
        path = tmp_path / source.crops[0].path
        path.write_bytes(path.read_bytes()[:-40])

        with pytest.raises(
            UnreadableInputError, match=r"ABE_00001\.jpg: cannot be read.*cut short"
        ):
            source.crop_pixels(source.crops[0])

    @pytest.mark.parametrize("content", [b"", b"no picture at all", b"\xff\xd8\xff"])
    def test_what_is_no_picture_is_an_error(self, tmp_path: Path, content: bytes) -> None:
        source = only_source(as_mll(tmp_path))
        (tmp_path / source.crops[0].path).write_bytes(content)

        with pytest.raises(UnreadableInputError, match="cannot be read as a picture"):
            source.crop_pixels(source.crops[0])

    def test_a_picture_that_is_gone_is_an_error(self, tmp_path: Path) -> None:
        source = only_source(as_mll(tmp_path))
        (tmp_path / source.crops[0].path).unlink()

        with pytest.raises(UnreadableInputError, match="missing"):
            source.crop_pixels(source.crops[0])

    def test_a_picture_that_declares_too_much_is_refused(self, tmp_path: Path) -> None:
        source = only_source(as_deepheme(tmp_path))
        path = tmp_path / source.crops[0].path
        data = bytearray(path.read_bytes())
        data[16:24] = (60_000).to_bytes(4, "big") * 2
        data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
        path.write_bytes(bytes(data))

        with pytest.raises(OversizedInputError, match="60000 x 60000"):
            source.crop_pixels(source.crops[0])


class TestSplits:
    def test_a_name_is_in_the_same_split_for_ever(self) -> None:
        # Frozen: a change here would put cells that old models learnt from into the test split.
        frozen = {"BLA_00001": "test", "MYB_00001": "train", "MYB_00004": "test"} | {
            "MYB_00009": "val",
            "34687": "train",
        }
        assert {name: split_of_name(f"{name}.jpg") for name in frozen} == frozen

    def test_folder_and_format_do_not_matter(self) -> None:
        assert split_of_name("a/BLA_1.jpg") == split_of_name("b/c/BLA_1.webp")

    def test_shares_are_eighty_ten_ten(self) -> None:
        n = Counter(split_of_name(f"MYB_{number:05}.jpg") for number in range(10_000))
        assert n["train"] == pytest.approx(8_000, abs=150)
        assert n["val"] == pytest.approx(1_000, abs=120)
        assert n["test"] == pytest.approx(1_000, abs=120)

    def test_listing_twice_gives_the_same_crops(self, tmp_path: Path) -> None:
        as_mll(tmp_path)
        assert only_source(tmp_path).crops == only_source(tmp_path).crops


class TestPackedBesideItsOrigin:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """The packed sets, and ten of its BLA beside two more in the folders of MLL."""
        write_sets(tmp_path)
        names = [f"BLA/BLA_{number}.jpg" for number in range(10)]
        write_crops(tmp_path / "BM_cytomorphology_data", [*names, "MYB/MYB_00001.jpg"])
        return tmp_path

    def test_the_original_replaces_its_packed_part(self, folder: Path) -> None:
        packed, original = open_crop_sources(folder)

        assert (packed.name, original.name) == ("packed sets", "mll-marrow")
        assert {crop.image_set for crop in packed.crops} == {"acevedo-blood"}
        assert packed.skipped == {"mll-marrow: read from its own folder": 64}
        assert packed.crop_pixels(packed.crops[0]).shape == (120, 120, 3)

    def test_packed_pictures_keep_their_split(self, folder: Path) -> None:
        _, original = open_crop_sources(folder)
        split = {crop.path: crop.split for crop in original.crops}

        stated = ["train"] * 4 + ["val"] * 2 + ["test"] * 2
        assert [split[f"BLA/BLA_{number}.jpg"] for number in range(8)] == stated
        for name in ("BLA/BLA_8.jpg", "BLA/BLA_9.jpg", "MYB/MYB_00001.jpg"):
            assert split[name] == split_of_name(name)

    def test_both_may_lie_in_one_folder(self, tmp_path: Path) -> None:
        as_lmu(write_sets(tmp_path))

        assert [source.name for source in open_crop_sources(tmp_path)] == ["packed sets", "lmu-aml"]

    def test_packed_sets_alone_are_read_whole(self, tmp_path: Path) -> None:
        source = only_source(write_sets(tmp_path))

        assert len(source.crops) == 15 * 8
        assert source.skipped == {}

    def test_the_same_set_twice_is_refused(self, tmp_path: Path) -> None:
        as_mll(tmp_path / "one")
        as_mll(tmp_path / "two")

        with pytest.raises(UnreadableInputError, match="holds mll-marrow twice"):
            open_crop_sources(tmp_path)


class TestFolderPerClass:
    def test_a_map_names_folders_and_states_the_scale(self, tmp_path: Path) -> None:
        root = tmp_path / "ours"
        write_map(root, "folder,class_id,um_per_px", "stabs,BAND,0.2", "young/ig,PROMY|MYELO,0.1")
        write_crops(root, ["stabs/a/1.png", "young/ig/2.webp", "other/3.png", "young/4.png"])

        source = only_source(tmp_path)

        assert source.name == "folder-per-class:ours"
        assert [(crop.path, crop.label, crop.um_per_px) for crop in source.crops] == [
            ("stabs/a/1.png", "BAND", 0.2),
            ("young/ig/2.webp", "PROMY|MYELO", 0.1),
        ]
        assert list(classes_by_path(source).values()) == ["BAND", "PROMY"]
        assert source.skipped == {
            "files that are no picture": 1,
            "folder other: not a class that is known": 1,
            "folder young: not a class that is known": 1,
        }

    def test_folders_may_be_named_after_classes(self, tmp_path: Path) -> None:
        write_crops(tmp_path, ["PROMY/1.png", "Plasma cells/2.png", "who knows/3.png"])

        source = open_folder_per_class(tmp_path, 0.25)

        assert classes_by_path(source) == {"PROMY/1.png": "PROMY", "Plasma cells/2.png": "PLASMA"}
        assert source.skipped == {"folder who knows: not a class that is known": 1}
        assert {crop.um_per_px for crop in source.crops} == {0.25}

    @pytest.mark.parametrize("name", ["test/SEG/9.png", "SEG/testing/9.png"])
    def test_a_folder_may_state_the_split(self, tmp_path: Path, name: str) -> None:
        write_crops(tmp_path, [name, "validation/SEG/8.png"])

        split = {crop.path: crop.split for crop in open_folder_per_class(tmp_path, 0.25).crops}

        assert split == {name: "test", "validation/SEG/8.png": "val"}

    @pytest.mark.parametrize("um_per_px", [0.0, -1.0, 50.0, float("nan")])
    def test_a_scale_no_microscope_has_is_refused(self, tmp_path: Path, um_per_px: float) -> None:
        with pytest.raises(UsageError, match="µm/px"):
            open_folder_per_class(tmp_path, um_per_px)

    def test_a_map_without_a_scale_is_refused_where_nothing_else_states_it(
        self, tmp_path: Path
    ) -> None:
        write_map(tmp_path, "folder,class_id", "a,BAND")

        with pytest.raises(UnreadableInputError, match="add a column um_per_px"):
            open_crop_sources(tmp_path)

    @pytest.mark.parametrize(
        ("lines", "said"),
        [
            ([], "line 1: the column folder is missing"),
            (["folder,class"], "line 1: the column class_id is missing"),
            (["folder,class_id"], "names no folder"),
            (["folder,class_id", "a,BANDS"], "line 2: BANDS is no class id; the nearest is BAND"),
            (["folder,class_id", "a,"], "line 2: nothing is no class id"),
            (["folder,class_id", "a,BAND", "a,SEG"], "line 3: a is there twice"),
            (["folder,class_id", ",BAND"], "line 2: an empty folder"),
            (["folder,class_id,um_per_px", "a,BAND,99"], "line 2: 99.0 µm/px is not between"),
            (["folder,class_id,um_per_px", "a,BAND,x"], "line 2: um_per_px is no finite number"),
            (["folder,class_id", '"a,BAND'], "damaged table"),
        ],
    )
    def test_a_map_that_cannot_be_used_is_refused(
        self, tmp_path: Path, lines: list[str], said: str
    ) -> None:
        with pytest.raises(UnreadableInputError, match=said):
            read_folder_map(write_map(tmp_path, *lines))


class TestNothingToRead:
    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableInputError, match="there is no such folder"):
            open_crop_sources(tmp_path / "nowhere")

    def test_an_unknown_layout_is_told_which_are_read(self, tmp_path: Path) -> None:
        write_crops(tmp_path, ["left/1.png", "right/2.png"])

        with pytest.raises(UnreadableInputError, match=r"these are: the packed sets.*map\.csv"):
            open_crop_sources(tmp_path)

    def test_class_folders_without_a_picture(self, tmp_path: Path) -> None:
        (tmp_path / "ABE").mkdir()
        (tmp_path / "BLA").mkdir()

        with pytest.raises(UnreadableInputError, match="holds no picture with a label of mll"):
            _ = only_source(tmp_path).crops

    def test_a_message_is_one_line_without_the_path_to_the_folder(self, tmp_path: Path) -> None:
        with pytest.raises(UnreadableInputError) as caught:
            open_crop_sources(tmp_path)

        assert "\n" not in str(caught.value)
        assert str(tmp_path.parent) not in str(caught.value)
