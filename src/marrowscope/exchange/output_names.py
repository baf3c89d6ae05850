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
    folders: set[str] = set()
    result: dict[str, str] = {}
    for source in sources:
        parts = [_safe_part(part) for part in source.split("/") if part not in ("", ".")]
        stem = "/".join(parts) or "_"
        path, number = f"{stem}{GEOJSON_SUFFIX}", 2
        while _clashes(path, taken, folders):
            path, number = f"{stem}-{number}{GEOJSON_SUFFIX}", number + 1
        taken.add(path.casefold())
        folders.update(_parents(path))
        result[source] = f"{GEOJSON_FOLDER}/{path}"
    return result


def _safe_part(part: str) -> str:
    safe = _UNSAFE.sub("_", part).strip()
    if safe.strip(".") == "":
        safe = "_" * max(len(safe), 1)
    if len(safe.encode()) > _NAME_BYTES:
        digest = hashlib.sha256(part.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        kept = safe.encode()[: _NAME_BYTES - 13].decode(errors="ignore")
        safe = f"{kept}-{digest}"
    return safe


def _parents(path: str) -> set[str]:
    parts = path.casefold().split("/")[:-1]
    return {"/".join(parts[: count + 1]) for count in range(len(parts))}


def _clashes(path: str, taken: set[str], folders: set[str]) -> bool:
    key = path.casefold()
    return key in taken or key in folders or bool(_parents(path) & taken)
