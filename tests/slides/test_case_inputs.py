import os

import pytest

from marrowscope.errors import MixedInputError, UnreadableInputError, UsageError
from marrowscope.slides import SlideKind, open_slide, open_slides
from marrowscope.slides.case_inputs import LOOSE_FIELDS_NAME, find_slides
from slides.conftest import write_png
from slides.made_slides import (
    smooth_pixels,
    write_dicom_folder,
    write_other_dicom,
    write_svs,
    write_tiled_tiff,
)

PIXELS = smooth_pixels(200, 160)


def summary(found):
    return [(slide.name, slide.kind, [file.name for file in slide.files]) for slide in found]


def fields(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        write_png(folder / name, PIXELS)
    return folder


def test_a_folder_of_fields_is_one_smear_in_natural_order(tmp_path):
    folder = fields(tmp_path / "smear", "f10.png", "f9.png", "F2.png", "ä 1.png")
    assert summary(find_slides([folder])) == [
        ("smear", SlideKind.FIELDS, ["F2.png", "f9.png", "f10.png", "ä 1.png"])
    ]


def test_loose_fields_together_are_one_smear(tmp_path):
    folder = fields(tmp_path / "x", "a.png", "b.png")
    other = fields(tmp_path / "y", "c.png")
    found = find_slides([other / "c.png", folder / "b.png", folder / "a.png"])
    assert summary(found) == [
        (LOOSE_FIELDS_NAME, SlideKind.FIELDS, ["x/a.png", "x/b.png", "y/c.png"])
    ]
    (one,) = find_slides([folder / "a.png"])
    assert (one.name, one.files[0].name) == ("a.png", "a.png")


def test_two_folders_are_two_smears_named_below_their_common_folder(tmp_path):
    found = find_slides([fields(tmp_path / "b", "1.png"), fields(tmp_path / "a", "1.png")])
    assert summary(found) == [
        ("a", SlideKind.FIELDS, ["a/1.png"]),
        ("b", SlideKind.FIELDS, ["b/1.png"]),
    ]


def test_names_do_not_tell_where_the_inputs_lie(tmp_path):
    first = fields(tmp_path / "here" / "smear", "1.png")
    second = fields(tmp_path / "elsewhere" / "deep" / "smear", "1.png")
    assert summary(find_slides([first])) == summary(find_slides([second]))


def test_a_folder_of_folders_stands_for_these(tmp_path):
    fields(tmp_path / "case" / "s2", "1.png")
    fields(tmp_path / "case" / "s10" / "inner", "1.png")
    (tmp_path / "case" / "empty").mkdir()
    names = [slide.name for slide in find_slides([tmp_path / "case"])]
    assert names == ["s2", "s10/inner"]


def test_folders_with_pictures_beside_files_are_refused_or_named(tmp_path):
    folder = fields(tmp_path / "smear", "1.png")
    fields(folder / "more" / "old", "2.png")
    with pytest.raises(MixedInputError, match="smear/more: this folder with pictures lies beside"):
        find_slides([folder, folder.parent])
    [found] = find_slides([folder], skip_unreadable=True)
    assert [file.name for file in found.files] == ["1.png"]
    assert found.skipped == ("more",)


def test_folders_without_pictures_beside_files_do_not_matter(tmp_path):
    folder = fields(tmp_path / "smear", "1.png")
    (folder / "letters").mkdir()
    (folder / "letters" / "to the ward.docx").write_bytes(b"PK\x03\x04 no picture")
    assert summary(find_slides([folder])) == [("smear", SlideKind.FIELDS, ["1.png"])]


def test_every_whole_slide_of_a_folder_is_a_slide(tmp_path):
    write_svs(tmp_path / "b.svs", PIXELS, 0.25)
    write_tiled_tiff(tmp_path / "a.tif", PIXELS, 0.25)
    found = find_slides([tmp_path])
    assert [(slide.name, slide.kind) for slide in found] == [
        ("a.tif", SlideKind.WHOLE_SLIDE),
        ("b.svs", SlideKind.WHOLE_SLIDE),
    ]


def test_a_folder_that_mixes_slides_and_fields_is_refused(tmp_path):
    fields(tmp_path, "f.png")
    write_svs(tmp_path / "b.svs", PIXELS, 0.25)
    with pytest.raises(MixedInputError, match=r"b\.svs.*f\.png"):
        find_slides([tmp_path])
    # Given one by one they are two smears of a case.
    found = find_slides([tmp_path / "f.png", tmp_path / "b.svs"])
    assert [slide.name for slide in found] == ["b.svs", "f.png"]


def test_dicom_series(tmp_path):
    one = write_dicom_folder(tmp_path / "one", PIXELS, 0.25)
    assert summary(find_slides([one])) == [("one", SlideKind.WHOLE_SLIDE, ["one"])]
    assert [s.name for s in find_slides([one / "series1-level1.dcm"])] == ["series1-level1.dcm"]
    # All files of the series, as a shell's * gives them, are one slide.
    assert len(find_slides(sorted(one.iterdir()))) == 1
    two = write_dicom_folder(tmp_path / "two", PIXELS, 0.25, series=1)
    write_dicom_folder(two, PIXELS, 0.5, series=2)
    slides = open_slides([two])
    assert [slide.name for slide in slides] == ["series1-level0.dcm", "series2-level0.dcm"]
    assert [round(slide.scale.um_per_px, 6) for slide in slides] == [0.25, 0.5]
    for slide in slides:
        slide.close()


def test_other_dicom_and_lone_labels_are_refused(tmp_path):
    write_other_dicom(tmp_path / "photo.dcm")
    with pytest.raises(UnreadableInputError, match=r"photo\.dcm.*not a whole-slide"):
        find_slides([tmp_path])
    folder = write_dicom_folder(tmp_path / "d", PIXELS, 0.25)
    for path in folder.glob("*level*"):
        path.unlink()
    with pytest.raises(UnreadableInputError):
        find_slides([folder])


def test_notes_and_hidden_files_are_passed_over(tmp_path):
    folder = fields(tmp_path / "smear", "1.png")
    for name in (".hidden", "Thumbs.db", "notes.txt", "a.csv", "b.JSON", "c.xml", "README.md"):
        (folder / name).write_bytes(b"\0\1\2")
    assert summary(find_slides([folder])) == [("smear", SlideKind.FIELDS, ["1.png"])]


def test_an_unknown_file_refuses_the_run_unless_skipped(tmp_path):
    folder = fields(tmp_path / "smear", "1.png")
    (folder / "film.mov").write_bytes(b"\0\1\2")
    with pytest.raises(UnreadableInputError, match=r"film\.mov"):
        find_slides([folder])
    (slide,) = find_slides([folder], skip_unreadable=True)
    assert slide.skipped == ("film.mov",)
    assert [file.name for file in slide.files] == ["1.png"]


def test_skipped_files_stay_with_their_folder(tmp_path):
    for name in ("a", "b"):
        fields(tmp_path / name, "1.png")
    (tmp_path / "b" / "film.mov").write_bytes(b"\0\1\2")
    found = find_slides([tmp_path], skip_unreadable=True)
    assert [slide.skipped for slide in found] == [(), ("b/film.mov",)]


def test_nothing_to_read(tmp_path):
    with pytest.raises(UnreadableInputError, match="no picture or slide"):
        find_slides([tmp_path])
    (tmp_path / "notes.txt").write_text("x")
    with pytest.raises(UnreadableInputError, match="no picture or slide"):
        find_slides([tmp_path])
    with pytest.raises(UnreadableInputError, match="no such file"):
        find_slides([tmp_path / "gone.svs"])
    with pytest.raises(UsageError):
        find_slides([])


def test_a_file_given_twice_is_read_once(tmp_path):
    folder = fields(tmp_path / "smear", "1.png", "2.png")
    (folder / "3.png").symlink_to(folder / "2.png")
    found = find_slides([folder, folder / "1.png", folder / ".." / "smear"])
    assert summary(found) == [("smear", SlideKind.FIELDS, ["1.png", "2.png"])]


def test_companions_of_a_slide_are_no_inputs(tmp_path):
    """The files are found by name before any is opened, so empty shells are enough here."""
    from marrowscope.slides.companions import companion_names

    (tmp_path / "s.vms").write_text(
        "[Virtual Microscope Specimen]\nImageFile=t.jpg\nMacroImage=m.jpg\n"
    )
    (tmp_path / "m.mrxs").write_bytes(b"\xff\xd8\xff")
    names = companion_names([tmp_path / "s.vms", tmp_path / "m.mrxs"])
    assert {"t.jpg", "m.jpg", "m"} <= names


def test_an_mrxs_folder_is_not_a_smear_of_its_own(tmp_path):
    """OpenSlide tells this shell from a true MRXS only by its companion; it is refused by name."""
    (tmp_path / "case").mkdir()
    fields(tmp_path / "case" / "slide", "Data0001.png")
    (tmp_path / "case" / "slide.mrxs").write_bytes(b"no slide")
    with pytest.raises(UnreadableInputError, match=r"slide\.mrxs"):
        find_slides([tmp_path / "case"])


def test_loops_of_links_end(tmp_path):
    folder = fields(tmp_path / "case" / "s", "1.png").parent
    (folder / "again").symlink_to(folder, target_is_directory=True)
    assert [slide.name for slide in find_slides([folder])] == ["s"]
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(UnreadableInputError, match="loop"):
        find_slides([tmp_path / "loop"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_and_devices_are_never_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.svs")
    for path in (tmp_path, tmp_path / "pipe.svs"):
        with pytest.raises(UnreadableInputError, match="no ordinary file"):
            find_slides([path])
    with pytest.raises(UnreadableInputError, match="no ordinary file"):
        find_slides([tmp_path.__class__("/dev/zero")])


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every folder"
)
def test_a_folder_without_permission(tmp_path):
    folder = fields(tmp_path / "shut", "1.png")
    folder.chmod(0)
    try:
        with pytest.raises(UnreadableInputError, match="permissions"):
            find_slides([folder])
    finally:
        folder.chmod(0o700)


def test_names_of_any_letters_and_length_work(tmp_path, closing):
    deep = tmp_path
    for _ in range(6):
        deep = deep / ("Knochenmark – мазок 骨髄 " + "x" * 100)
    deep.mkdir(parents=True)
    name = "é" * 100 + ".svs"
    slide = closing(open_slide(write_svs(deep / name, PIXELS, 0.25)))
    assert slide.name == name
    field = closing(open_slide(write_png(deep / "骨.png", PIXELS), um_per_px=0.2))
    assert field.pictures[0].name == "骨.png"


def test_impossible_names_are_refused_in_one_line(tmp_path):
    for path in (tmp_path / ("x" * 300), tmp_path / ("d/" * 3000)):
        with pytest.raises(UnreadableInputError) as caught:
            find_slides([path])
        assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
    broken = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.png")
    try:
        write_png(tmp_path.__class__(broken), PIXELS)
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    with pytest.raises(UnreadableInputError, match="UTF-8"):
        find_slides([tmp_path])


def test_one_smear_is_asked_for_but_several_are_there(tmp_path):
    write_svs(tmp_path / "a.svs", PIXELS, 0.25)
    write_svs(tmp_path / "b.svs", PIXELS, 0.25)
    with pytest.raises(UsageError, match="2 smears"):
        open_slide(tmp_path)
