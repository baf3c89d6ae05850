"""Writes a phantom: a pyramidal TIFF or SVS and its truth, drawn as it is written."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO, Final

from marrowscope.errors import UsageError
from marrowscope.geometry import UInt8Array
from marrowscope.phantom.atomic import appearing_together
from marrowscope.phantom.pyramid import PyramidBuilder, encode_jpeg
from marrowscope.phantom.scene import Scene
from marrowscope.phantom.settings import PhantomSettings
from marrowscope.phantom.stamp import STAMP, draw_label, draw_macro, shrunk
from marrowscope.phantom.tiff import Directory, Picture, TiffContainer
from marrowscope.phantom.truth import PhantomTruth, truth_path, write_truth

DEFAULT_SETTINGS: Final = PhantomSettings()
_TIFF_SUFFIXES: Final = (".tif", ".tiff")
_SVS_SUFFIX: Final = ".svs"

Progress = Callable[[int, int], None]


def write_phantom(
    out: Path,
    *,
    width_px: int,
    height_px: int,
    seed: int,
    um_per_px: float = 0.25,
    label_image: bool = False,
    macro_image: bool = False,
    settings: PhantomSettings = DEFAULT_SETTINGS,
    on_progress: Progress | None = None,
) -> PhantomTruth:
    """Draws a synthetic smear into `out` and its truth into FILE.truth.parquet beside it.

    out: ends in .tif, .tiff or .svs; an .svs is laid out as Aperio scanners do, and only there can
    a label and a macro image, with an invented patient, be added. Both files appear together when
    complete, or not at all. on_progress: called with tiles drawn and tiles in all.
    The same arguments give the same bytes.
    Raises UsageError for a size, scale, seed or name that makes no sense, OutputError if the
    files cannot be written.
    """
    out = Path(out)
    _check_name(out, wants_private_images=label_image or macro_image)
    scene = Scene(width_px, height_px, seed, um_per_px, settings)
    table = truth_path(out)
    with appearing_together((table, out)) as (part_table, part_picture):
        with part_picture.open("wb") as file:
            _write_picture(
                file, scene, seed, settings, (label_image, macro_image),
                out.suffix.lower() == _SVS_SUFFIX, on_progress,
            )  # fmt: skip
        counts = write_truth(scene, part_table, seed)
    return PhantomTruth(
        picture=out,
        table=table,
        width_px=width_px,
        height_px=height_px,
        um_per_px=um_per_px,
        seed=seed,
        n_cells=sum(count.n_cells for count in counts),
        n_countable=sum(count.n_countable for count in counts),
        countable_area_mm2=scene.countable_area_mm2(),
        class_counts=counts,
    )


def _check_name(out: Path, wants_private_images: bool) -> None:
    suffix = out.suffix.lower()
    if suffix not in (*_TIFF_SUFFIXES, _SVS_SUFFIX):
        raise UsageError(f"a phantom is written as .tif, .tiff or .svs, not {out.name!r}")
    if wants_private_images and suffix != _SVS_SUFFIX:
        raise UsageError("label and macro images need a name that ends in .svs")


def _write_picture(
    file: BinaryIO,
    scene: Scene,
    seed: int,
    settings: PhantomSettings,
    private_images: tuple[bool, bool],
    as_svs: bool,
    on_progress: Progress | None,
) -> None:
    container = TiffContainer(file)
    pyramid = PyramidBuilder(
        scene.width_px, scene.height_px, settings.tile_px, settings.jpeg_quality, container.append
    )
    _draw_tiles(scene, pyramid, settings.tile_px, on_progress)
    if as_svs:
        describe = _svs_description(scene, seed, settings)
        directories = _svs_directories(container, pyramid, scene, describe, private_images)
    else:
        text = f"{STAMP} smear drawn by Marrowscope; no patient. {_settings_json(seed, settings)}"
        directories = [
            Directory(level, text, int(number > 0), scene.um_per_px * 2**number)
            for number, level in enumerate(pyramid.pictures())
        ]
    container.finish(directories)


def _draw_tiles(
    scene: Scene, pyramid: PyramidBuilder, tile_px: int, on_progress: Progress | None
) -> None:
    columns, rows = pyramid.grid
    for row in range(rows):
        for column in range(columns):
            pixels = scene.draw(column * tile_px, row * tile_px, tile_px, tile_px)
            pyramid.add(column, row, pixels)
            if on_progress is not None:
                on_progress(row * columns + column + 1, columns * rows)


def _svs_description(scene: Scene, seed: int, settings: PhantomSettings) -> str:
    """Aperio's form: a line that names the library, then fields between bars."""
    width, height, tile = scene.width_px, scene.height_px, settings.tile_px
    return (
        f"Aperio Image Library ({STAMP}: drawn by Marrowscope)\r\n"
        f"{width}x{height} [0,0 {width}x{height}] ({tile}x{tile}) JPEG/RGB "
        f"Q={settings.jpeg_quality}|AppMag = {10 / scene.um_per_px:g}|MPP = {scene.um_per_px!r}"
        f"|{STAMP} = no patient|Phantom = {_settings_json(seed, settings)}"
    )


def _settings_json(seed: int, settings: PhantomSettings) -> str:
    return json.dumps({"seed": seed, **asdict(settings)}, sort_keys=True)


def _svs_directories(
    container: TiffContainer,
    pyramid: PyramidBuilder,
    scene: Scene,
    description: str,
    private_images: tuple[bool, bool],
) -> list[Directory]:
    """Aperio's order: full picture, thumbnail, the other levels, label, macro."""
    levels = [
        Directory(level, description, 0, scene.um_per_px * 2**number)
        for number, level in enumerate(pyramid.pictures())
    ]
    small = _strip(container, shrunk(pyramid.overview, 768, 768))
    directories = [levels[0], Directory(small, description, 0, None), *levels[1:]]
    if private_images[0]:
        directories.append(_named(container, "label", draw_label(), 1))
    if private_images[1]:
        directories.append(_named(container, "macro", draw_macro(pyramid.overview), 9))
    return directories


def _named(container: TiffContainer, name: str, pixels: UInt8Array, subfile_type: int) -> Directory:
    height, width = pixels.shape[:2]
    text = f"Aperio Image Library ({STAMP})\n{name} {width}x{height}"
    return Directory(_strip(container, pixels), text, subfile_type, None)


def _strip(container: TiffContainer, pixels: UInt8Array) -> Picture:
    height, width = pixels.shape[:2]
    data = encode_jpeg(pixels, 90)
    return Picture(width, height, (width, height), False, [container.append(data)], [len(data)])
