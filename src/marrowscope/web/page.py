"""The page: files built from `frontend/`, which come with the package."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from importlib import resources
from importlib.resources.abc import Traversable

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

INDEX = "index.html"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""Not asked of the operating system: some call scripts plain text, and browsers refuse those."""
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"
_NAMED_BY_CONTENT = re.compile(r"assets/.+-[\w-]{8}\.\w+")
NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Marrowscope</title>
<h1>Marrowscope is running, but its page is not built</h1>
<p>In the folder of the source code, with Node.js installed:</p>
<pre>cd frontend
npm ci
npm run build</pre>
<p>Then start <code>marrowscope serve</code> again. Research use only.</p>
</html>
"""


def built_page() -> Traversable:
    """The folder of the built page; need not be there."""
    return resources.files("marrowscope.web").joinpath("page")


def page_routes(folder: Traversable) -> APIRouter:
    """Serves the files that are in `folder` now, and its index for every path of the page."""
    # By name in a dictionary: no path of a request is ever joined to one of the disk.
    files = dict(_files(folder, ""))
    router = APIRouter(include_in_schema=False)

    def show(path: str) -> Response:
        return _answer(path, files)

    def refuse(request: Request) -> Response:
        raise HTTPException(HTTPStatus.NOT_FOUND)

    # After every route of the API; this one has any method, so that none is answered 405 early.
    router.add_api_route("/api", refuse, methods=METHODS, name="nothing")
    router.add_api_route("/api/{path:path}", refuse, methods=METHODS, name="nothing_below")
    router.add_api_route("/{path:path}", show, methods=["GET", "HEAD"], name="page")
    return router


METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]


def _files(folder: Traversable, below: str) -> Iterator[tuple[str, Traversable]]:
    if not folder.is_dir():
        return
    for one in folder.iterdir():
        name = f"{below}{one.name}"
        if one.is_dir():
            yield from _files(one, f"{name}/")
        else:
            yield name, one


def _answer(path: str, files: dict[str, Traversable]) -> Response:
    if path not in files and _ending(path) in TYPES:
        # A script of an older build must not be answered with a page.
        raise HTTPException(HTTPStatus.NOT_FOUND)
    name = path if path in files else INDEX
    if name not in files:
        return HTMLResponse(NOT_BUILT, HTTPStatus.SERVICE_UNAVAILABLE)
    is_for_good = _NAMED_BY_CONTENT.fullmatch(name) is not None
    return Response(
        files[name].read_bytes(),
        media_type=TYPES.get(_ending(name), "application/octet-stream"),
        headers={"Cache-Control": FOR_GOOD if is_for_good else ASK_EACH_TIME},
    )


def _ending(name: str) -> str:
    last = name.rsplit("/", 1)[-1]
    return f".{last.rsplit('.', 1)[-1].lower()}" if "." in last else ""
