import errno
import io
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from marrowscope.errors import OutputError
from marrowscope.exchange import check_output_folder, write_outputs
from marrowscope.exchange.writing import open_new
from reports.made_analysis import Made, make_analysis

SMALL = Made(n_cells=30)
REPORT = "<!doctype html><title>report</title>"


class FullDisk:
    """Opens files whose disk has room for `room` bytes in all, then fails as a full one does."""

    def __init__(self, room: int, failure: BaseException | None = None) -> None:
        self.room = room
        self.failure = failure or OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def __call__(self, path: Path) -> BinaryIO:
        disk = self

        class File(io.FileIO):
            def write(self, data: object) -> int:
                size = memoryview(data).nbytes  # type: ignore[arg-type]
                if size > disk.room:
                    raise disk.failure
                disk.room -= size
                return super().write(data)  # type: ignore[arg-type]

        return File(path, "xb")  # type: ignore[return-value]


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b""
        for path in sorted(folder.rglob("*"))
    }


def test_all_files_are_written_and_named(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    paths = write_outputs(make_analysis(SMALL), out, REPORT)
    assert sorted(path.name for path in out.iterdir()) == [
        "analysis.json", "cells.geojson", "cells.parquet", "geojson", "report.html",
    ]  # fmt: skip
    assert paths.report_html.read_text(encoding="utf-8") == REPORT
    assert [path.relative_to(out).as_posix() for path in paths.geojson_by_source] == [
        f"geojson/smear-1/field-{place:02d}.png.geojson" for place in (1, 2, 3)
    ]
    assert all(path.is_file() for path in paths.geojson_by_source)
    for path in (paths.analysis_json, paths.cells_parquet, paths.cells_geojson):
        assert path.stat().st_size > 100


def test_same_analysis_same_bytes_wherever_it_goes(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b" / "c"
    write_outputs(make_analysis(SMALL), first, REPORT)
    write_outputs(make_analysis(SMALL), second, REPORT)
    assert everything(first) == everything(second)
    assert not [name for name, data in everything(first).items() if str(tmp_path).encode() in data]


def test_old_results_are_replaced_and_other_files_left_alone(tmp_path: Path) -> None:
    write_outputs(make_analysis(Made(n_cells=30, n_fields=4)), tmp_path, "old")
    (tmp_path / "notes.txt").write_text("mine")
    write_outputs(make_analysis(Made(n_cells=30, n_fields=2)), tmp_path, REPORT)
    left = everything(tmp_path)
    assert left["notes.txt"] == b"mine"
    assert left["report.html"] == REPORT.encode()
    outlines = [name for name in left if name.startswith("geojson/") and name.endswith(".geojson")]
    assert outlines == [
        "geojson/smear-1/field-01.png.geojson", "geojson/smear-1/field-02.png.geojson",
    ]  # fmt: skip
    assert not [name for name in left if "partial" in name]


def test_one_source_needs_no_folder_of_outlines(tmp_path: Path) -> None:
    write_outputs(make_analysis(SMALL), tmp_path, REPORT)
    paths = write_outputs(make_analysis(Made(n_cells=30, whole_slides=True)), tmp_path, REPORT)
    assert paths.geojson_by_source == ()
    assert not (tmp_path / "geojson").exists()


@pytest.mark.parametrize("room", [0, 40, 2_000, 10_000, 20_000])
def test_a_full_disk_leaves_nothing_new(tmp_path: Path, room: int) -> None:
    out = tmp_path / "deep" / "out"
    with pytest.raises(OutputError, match=r"^disk full: ") as caught:
        write_outputs(make_analysis(SMALL), out, REPORT, FullDisk(room))
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("room", [0, 40, 10_000, 20_000])
def test_a_full_disk_leaves_old_results_as_they_were(tmp_path: Path, room: int) -> None:
    write_outputs(make_analysis(SMALL), tmp_path, "old")
    before = everything(tmp_path)
    with pytest.raises(OutputError):
        write_outputs(make_analysis(Made(n_cells=40)), tmp_path, REPORT, FullDisk(room))
    assert everything(tmp_path) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, which Linux has")
def test_a_disk_that_fills_when_flushed(tmp_path: Path) -> None:
    def open_full(_path: Path) -> BinaryIO:
        return open("/dev/full", "wb")  # noqa: PTH123 (closed by the writer)

    with pytest.raises(OutputError, match="disk full"):
        write_outputs(make_analysis(SMALL), tmp_path / "out", REPORT, open_full)
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_no_half_file(tmp_path: Path) -> None:
    write_outputs(make_analysis(SMALL), tmp_path, "old")
    before = everything(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        write_outputs(make_analysis(SMALL), tmp_path, REPORT, FullDisk(10_000, KeyboardInterrupt()))
    assert everything(tmp_path) == before


def test_a_failure_while_moving_is_undone(tmp_path: Path) -> None:
    write_outputs(make_analysis(SMALL), tmp_path, "old")
    # A folder that no result may have, met only after the other files have been moved.
    stray = tmp_path / "geojson" / "smear-1" / "field-03.png.geojson"
    stray.unlink()
    (stray / "inside").mkdir(parents=True)
    before = everything(tmp_path)
    with pytest.raises(OutputError):
        write_outputs(make_analysis(SMALL), tmp_path, REPORT)
    assert everything(tmp_path) == before


def test_out_that_is_a_file_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.write_text("mine")
    for place in (out, out / "below"):
        with pytest.raises(OutputError, match="a file of that name is in the way"):
            write_outputs(make_analysis(SMALL), place, REPORT)
    assert out.read_text() == "mine"


def test_a_folder_named_like_a_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OutputError, match="is a folder where a result belongs"):
        write_outputs(make_analysis(SMALL), tmp_path, REPORT)
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc, which Linux has")
def test_a_place_where_nothing_can_be_made_is_refused() -> None:
    with pytest.raises(OutputError) as caught:
        check_output_folder(Path("/proc/marrowscope-out"))
    assert "\n" not in str(caught.value)
    assert "choose" in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root ignores permission bits")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="read-only"):
            check_output_folder(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_a_read_only_file_system_is_said() -> None:
    def refuse(_path: Path) -> BinaryIO:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    out = Path("marrowscope-test-out")
    with pytest.raises(OutputError, match="is read-only; choose"):
        write_outputs(make_analysis(SMALL), out, REPORT, refuse)
    assert not out.exists()


def test_a_path_too_long_is_one_short_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="path too long") as caught:
        check_output_folder(tmp_path / ("é" * 300))
    assert len(str(caught.value)) < 300
    assert list(tmp_path.iterdir()) == []


def test_names_beyond_ascii_are_fine(tmp_path: Path) -> None:
    out = tmp_path / "Präparat 骨髄"
    names = ("Ä/1.png", "骨髄 2.png")
    paths = write_outputs(make_analysis(Made(n_cells=30, names=names)), out, REPORT)
    assert [path.relative_to(out).as_posix() for path in paths.geojson_by_source] == [
        "geojson/Ä/1.png.geojson", "geojson/骨髄 2.png.geojson",
    ]  # fmt: skip


def test_checking_leaves_nothing_behind(tmp_path: Path) -> None:
    check_output_folder(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []
    check_output_folder(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_must_be_new(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    with pytest.raises(FileExistsError):
        open_new(tmp_path / "x")
