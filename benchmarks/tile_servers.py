"""Tiles of one slide by other libraries, each behind the same small server.

Usage: python benchmarks/tile_servers.py LIBRARY SLIDE, where LIBRARY is openslide or large_image.
Prints the port it listens on, and serves /LEVEL/COLUMN/ROW as JPEG of quality 90 until killed.
"""

import io
import sys
from collections.abc import Callable
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from marrowscope.web.serving import listen

TILE_PX = 512
QUALITY = 90
GetTile = Callable[[int, int, int], bytes]


def openslide_tiles(slide: Path) -> GetTile:
    from openslide import OpenSlide  # noqa: PLC0415 - only the one that is measured
    from openslide.deepzoom import DeepZoomGenerator  # noqa: PLC0415

    zoom = DeepZoomGenerator(OpenSlide(slide), tile_size=TILE_PX, overlap=0, limit_bounds=False)

    def get(level: int, column: int, row: int) -> bytes:
        data = io.BytesIO()
        zoom.get_tile(level, (column, row)).save(data, "JPEG", quality=QUALITY)
        return data.getvalue()

    return get


def large_image_tiles(slide: Path) -> GetTile:
    import large_image_source_openslide  # noqa: PLC0415 - need not be there

    options = {"encoding": "JPEG", "jpegQuality": QUALITY, "jpegSubsampling": 2}
    source = large_image_source_openslide.open(slide, **options)
    if source.tileWidth != TILE_PX:
        raise SystemExit(f"tiles of {source.tileWidth} px cannot be compared")
    # Its levels begin where the slide fits into one tile; deep zoom begins at one pixel.
    first = (TILE_PX - 1).bit_length()

    def get(level: int, column: int, row: int) -> bytes:
        return bytes(source.getTile(column, row, level - first))

    return get


LIBRARIES = {"openslide": openslide_tiles, "large_image": large_image_tiles}


def main() -> None:
    library, slide = sys.argv[1:]
    get_tile = LIBRARIES[library](Path(slide))

    # Not a coroutine: Starlette gives it a thread, as the real server does.
    def answer(request: Request) -> Response:
        level, column, row = (int(request.path_params[name]) for name in ("level", "column", "row"))
        return Response(get_tile(level, column, row), media_type="image/jpeg")

    app = Starlette(routes=[Route("/{level:int}/{column:int}/{row:int}", answer)])
    listening = listen("127.0.0.1", 0)
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(app, http="h11", ws="none", lifespan="off", log_config=None)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
