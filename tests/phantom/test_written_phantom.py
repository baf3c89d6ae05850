import io
import os

import numpy as np
import openslide
import pyarrow.parquet as pq
import pytest
import tifffile
from PIL import Image

from marrowscope.errors import OutputError, UsageError
from marrowscope.phantom import PhantomSettings, truth_path, write_phantom

WIDTH, HEIGHT = 1500, 1100


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    out = tmp_path_factory.mktemp("phantom") / "smear.tif"
    return write_phantom(out, width_px=WIDTH, height_px=HEIGHT, seed=11)


@pytest.fixture(scope="module")
def svs(tmp_path_factory):
    out = tmp_path_factory.mktemp("svs") / "smear.svs"
    write_phantom(out, width_px=1100, height_px=600, seed=3, label_image=True, macro_image=True)
    return out


def columns_of(path):
    return {name: np.array(values) for name, values in pq.read_table(path).to_pydict().items()}


def test_openslide_reads_size_scale_and_levels(written):
    with openslide.OpenSlide(written.picture) as slide:
        assert slide.dimensions == (WIDTH, HEIGHT)
        assert slide.level_dimensions == ((1500, 1100), (750, 550))
        assert float(slide.properties["openslide.mpp-x"]) == pytest.approx(0.25, abs=1e-6)
        assert float(slide.properties["openslide.mpp-y"]) == pytest.approx(0.25, abs=1e-6)
        assert "SYNTHETIC" in slide.properties["tiff.ImageDescription"]
        assert '"seed": 11' in slide.properties["tiff.ImageDescription"]
        assert not slide.associated_images


@pytest.mark.parametrize("um_per_px", [0.1, 0.1725, 0.5])
def test_other_scales_are_read_back(tmp_path, um_per_px):
    out = tmp_path / "p.tif"
    write_phantom(out, width_px=300, height_px=200, seed=1, um_per_px=um_per_px)
    with openslide.OpenSlide(out) as slide:
        assert float(slide.properties["openslide.mpp-x"]) == pytest.approx(um_per_px, rel=1e-6)


def test_another_reader_sees_the_same_levels(written):
    with tifffile.TiffFile(written.picture) as file:
        assert [page.shape for page in file.pages] == [(1100, 1500, 3), (550, 750, 3)]
        assert all(page.is_tiled and page.compression == 7 for page in file.pages)
        assert not file.is_bigtiff


def test_levels_show_the_same_smear(written):
    with openslide.OpenSlide(written.picture) as slide:
        fine = slide.read_region((0, 0), 0, (WIDTH, HEIGHT)).convert("RGB").reduce(2)
        coarse = slide.read_region((0, 0), 1, (750, 550)).convert("RGB")
    assert np.abs(np.asarray(fine, int) - np.asarray(coarse, int)).mean() < 4


def test_the_word_stands_in_the_overview(written):
    """Ink of the stamp's own colour, in nine runs of letters, and nowhere else."""
    with openslide.OpenSlide(written.picture) as slide:
        pixels = np.asarray(slide.read_region((0, 0), 1, (750, 550)).convert("RGB"), int)
    ink = (pixels[..., 0] < 60) & (pixels[..., 1] > 90)
    rows, columns = np.nonzero(ink)
    assert rows.max() < 0.12 * 550 and columns.max() < 0.5 * 750
    letters = np.diff(ink.any(axis=0).astype(int))
    assert (letters == 1).sum() >= 7  # neighbours may touch once reduced
    assert np.ptp(rows) > 0.03 * 550


def test_truth_table_has_its_columns_and_each_cell_once(written):
    table = pq.read_table(written.table)
    assert written.table == truth_path(written.picture)
    assert written.table.name == "smear.truth.parquet"
    assert table.schema.names == [
        "cell_id", "x_px", "y_px", "w_px", "h_px", "class_id", "region_id", "countable",
    ]  # fmt: skip
    truth = columns_of(written.table)
    assert len(set(truth["cell_id"])) == table.num_rows == written.n_cells
    assert truth["countable"].sum() == written.n_countable > 10
    places = np.column_stack([truth["x_px"], truth["y_px"]])
    assert len(np.unique(places, axis=0)) == len(places)
    for name, limit in (("x", WIDTH), ("y", HEIGHT)):
        half = truth["w_px" if name == "x" else "h_px"] / 2
        assert (truth[f"{name}_px"] - half >= 0).all()
        assert (truth[f"{name}_px"] + half <= limit).all()
    assert {one.class_id: one.n_cells for one in written.class_counts} == {
        name: int((truth["class_id"] == name).sum()) for name in set(truth["class_id"])
    }


def test_only_trail_cells_count(written):
    truth = columns_of(written.table)
    assert all(name.startswith("trail-") for name in truth["region_id"][truth["countable"]])
    assert {name.split("-")[0] for name in truth["region_id"]} >= {"trail", "thick", "particle"}


def test_every_countable_box_holds_a_dark_nucleus(written):
    """Chromatin absorbs green most: inside it is far below the film around the cell."""
    truth = columns_of(written.table)
    with openslide.OpenSlide(written.picture) as slide:
        green = np.asarray(slide.read_region((0, 0), 0, (WIDTH, HEIGHT)).convert("RGB"))[..., 1]
    for k in np.flatnonzero(truth["countable"]):
        half_w, half_h = truth["w_px"][k] / 2, truth["h_px"][k] / 2
        left, right = int(truth["x_px"][k] - half_w), int(truth["x_px"][k] + half_w)
        top, bottom = int(truth["y_px"][k] - half_h), int(truth["y_px"][k] + half_h)
        inside = green[top:bottom, left:right]
        around = green[max(top - 6, 0) : bottom + 6, max(left - 6, 0) : right + 6]
        film = np.percentile(around, 95)
        assert np.percentile(inside, 12) < film - 70, truth["cell_id"][k]
        # The box is the whole cell: its border columns are mostly film or pale cytoplasm.
        assert np.median(inside[:, 0]) > np.percentile(inside, 12) + 30, truth["cell_id"][k]


def test_same_arguments_same_bytes(tmp_path):
    texts = []
    for name in ("a.tif", "b.tif"):
        out = tmp_path / name
        write_phantom(out, width_px=700, height_px=520, seed=5)
        texts.append((out.read_bytes(), truth_path(out).read_bytes()))
    assert texts[0] == texts[1]
    other = tmp_path / "c.tif"
    write_phantom(other, width_px=700, height_px=520, seed=6)
    assert other.read_bytes() != texts[0][0]


def test_settings_change_the_mix(tmp_path):
    out = tmp_path / "p.tif"
    mix = PhantomSettings(class_percent=(("PLASMA", 60.0), ("LYMPH", 40.0)))
    truth = write_phantom(out, width_px=900, height_px=700, seed=5, settings=mix)
    assert {one.class_id for one in truth.class_counts} == {"PLASMA", "LYMPH"}


def test_label_and_macro_only_when_asked(svs, tmp_path):
    with openslide.OpenSlide(svs) as slide:
        assert set(slide.associated_images) == {"label", "macro", "thumbnail"}
        assert slide.properties["openslide.vendor"] == "aperio"
        assert float(slide.properties["openslide.mpp-x"]) == 0.25
        assert slide.properties["openslide.objective-power"] == "40"
        assert "SYNTHETIC" in slide.properties["tiff.ImageDescription"]
        assert slide.associated_images["label"].size == (440, 260)
        macro = np.asarray(slide.associated_images["macro"].convert("RGB"), int)
        assert np.ptp(macro) > 100
    plain = tmp_path / "plain.svs"
    write_phantom(plain, width_px=600, height_px=400, seed=3)
    with openslide.OpenSlide(plain) as slide:
        assert set(slide.associated_images) == {"thumbnail"}


def test_label_needs_an_svs(tmp_path):
    with pytest.raises(UsageError, match=r"\.svs"):
        write_phantom(tmp_path / "p.tif", width_px=300, height_px=300, seed=1, label_image=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (300, 7), (64, 64), (2500, 150)])
def test_tiny_and_narrow_pictures_open(tmp_path, size):
    out = tmp_path / "p.tif"
    truth = write_phantom(out, width_px=size[0], height_px=size[1], seed=2)
    with openslide.OpenSlide(out) as slide:
        assert slide.dimensions == size
    assert pq.read_table(truth.table).num_rows == truth.n_cells


@pytest.mark.parametrize("size", [(0, 500), (500, 0), (-3, 500), (200_001, 500)])
def test_sizes_out_of_range_are_refused(tmp_path, size):
    with pytest.raises(UsageError, match="from 1 to 200000 px"):
        write_phantom(tmp_path / "p.tif", width_px=size[0], height_px=size[1], seed=1)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("p.png", {}),
        ("p", {}),
        ("p.tif", {"seed": -1}),
        ("p.tif", {"um_per_px": 0.0}),
        ("p.tif", {"um_per_px": float("nan")}),
        ("p.tif", {"um_per_px": 7.0}),
    ],
)
def test_calls_without_sense_are_refused(tmp_path, name, given):
    arguments = {"width_px": 300, "height_px": 300, "seed": 1, **given}
    with pytest.raises(UsageError):
        write_phantom(tmp_path / name, **arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "given",
    [
        {"nucleated_per_mm2": 5_000},
        {"red_cells_per_mm2": -1},
        {"tile_px": 100},
        {"jpeg_quality": 0},
        {"class_percent": (("UNICORN", 1.0),)},
        {"class_percent": (("SEG", 1.0), ("SEG", 2.0))},
        {"class_percent": (("SEG", 0.0),)},
        {"class_percent": ()},
    ],
)
def test_settings_without_sense_are_refused(given):
    with pytest.raises(UsageError):
        PhantomSettings(**given)


def test_a_missing_folder_is_an_output_error(tmp_path):
    with pytest.raises(OutputError, match="cannot write"):
        write_phantom(tmp_path / "nowhere" / "p.tif", width_px=64, height_px=64, seed=1)


def test_a_file_in_the_place_of_the_folder_is_an_output_error(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OutputError, match="choose another folder"):
        write_phantom(tmp_path / "file" / "p.tif", width_px=64, height_px=64, seed=1)


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_read_only_folder_is_an_output_error(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    with pytest.raises(OutputError, match="cannot write"):
        write_phantom(folder / "p.tif", width_px=64, height_px=64, seed=1)


def test_a_full_disk_leaves_nothing(tmp_path):
    """A limit on the size of any file stands for a disk that fills up in the middle."""
    resource = pytest.importorskip("resource", reason="this system cannot limit file sizes")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, limits[1]))
    try:
        with pytest.raises(OutputError, match="free some space"):
            write_phantom(tmp_path / "p.tif", width_px=1500, height_px=1100, seed=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not list(tmp_path.iterdir())


def test_an_interrupt_leaves_what_was_there(tmp_path):
    out = tmp_path / "p.tif"
    out.write_bytes(b"an older file")

    def interrupt(done, total):
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_phantom(out, width_px=900, height_px=900, seed=1, on_progress=interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["p.tif"]
    assert out.read_bytes() == b"an older file"


def test_progress_counts_every_tile(tmp_path):
    seen = []
    write_phantom(
        tmp_path / "p.tif", width_px=600, height_px=520, seed=1,
        on_progress=lambda done, total: seen.append((done, total)),
    )  # fmt: skip
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_label_names_nobody_real(svs):
    with openslide.OpenSlide(svs) as slide:
        label = slide.associated_images["label"].convert("L")
    dark = np.asarray(label) < 100
    assert (np.diff(dark.any(axis=1).astype(int)) == 1).sum() >= 5  # five lines of text
    with tifffile.TiffFile(svs) as file:
        assert "SYNTHETIC" in file.pages[-1].description
        data = file.pages[0].dataoffsets[0], file.pages[0].databytecounts[0]
        file.filehandle.seek(data[0])
        tile = Image.open(io.BytesIO(file.filehandle.read(data[1])))
    assert tile.format == "JPEG" and tile.size == (512, 512)
