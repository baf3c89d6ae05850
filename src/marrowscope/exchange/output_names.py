"""File names of what is written, safe whatever the pictures are called."""

import hashlib
import re
from collections.abc import Sequence

GEOJSON_FOLDER = "geojson"
GEOJSON_SUFFIX = ".geojson"

# Of the 255 bytes that file systems allow a name, some are kept for the suffix and a number.
_NAME_BYTES = 200
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"|?*\\\ud800-\udfff]')


def geojson_names(sources: Sequence[str]) -> dict[str, str]:
    """Where the cells of each picture go: source -> path below the output folder.

    Sub-folders of a source are kept. Parts that would leave the folder ("..", a root) or that
    a file system refuses are replaced, long names are cut and marked with a digest, and names
    that would meet, also where case is ignored, are numbered.
    """
    taken: set[str] = set()
    result: dict[str, str] = {}
    for source in sources:
        parts = [_safe_part(part) for part in source.split("/") if part not in ("", ".")]
        *folders, leaf = parts or ["_"]
        stem = "/".join([*(_safe_folder(folder) for folder in folders), leaf])
        path, number = f"{stem}{GEOJSON_SUFFIX}", 2
        while path.casefold() in taken:
            path, number = f"{stem}-{number}{GEOJSON_SUFFIX}", number + 1
        taken.add(path.casefold())
        result[source] = f"{GEOJSON_FOLDER}/{path}"
    return result


def _safe_folder(part: str) -> str:
    """A folder never ends as the files do, so none of them is in another's way."""
    return f"{part}_" if part.casefold().endswith(GEOJSON_SUFFIX) else part


def _safe_part(part: str) -> str:
    safe = _UNSAFE.sub("_", part).strip()
    if safe.strip(".") == "":
        safe = "_" * max(len(safe), 1)
    if len(safe.encode()) > _NAME_BYTES:
        digest = hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        kept = safe.encode()[: _NAME_BYTES - 13].decode(errors="ignore")
        safe = f"{kept}-{digest}"
    return safe
