"""Paths of requests that are let through otherwise than the rest, known before any route is."""

import re
from typing import Final

_ID: Final = r"[0-9a-fA-F-]{36}"
_UPLOAD: Final = re.compile(rf"/api/uploads/{_ID}")
_REVIEW: Final = re.compile(rf"/api/cases/{_ID}/analyses/{_ID}/review")
_PROGRESS: Final = re.compile(rf"/api/cases/{_ID}/analyses/{_ID}/progress")


def is_upload_part(method: str, path: str) -> bool:
    """Whether a request brings bytes of a file."""
    return method == "PATCH" and _UPLOAD.fullmatch(path) is not None


def is_review(method: str, path: str) -> bool:
    """Whether a request brings what a reader did to cells, be it to all of them at once."""
    return method == "POST" and _REVIEW.fullmatch(path) is not None


def is_of_upload_under_way(method: str, path: str) -> bool:
    """Whether a request brings bytes of a file or asks how many are there."""
    return method in {"GET", "PATCH"} and _UPLOAD.fullmatch(path) is not None


def is_progress(method: str, path: str) -> bool:
    """Whether a request asks how far a job is."""
    return method == "GET" and _PROGRESS.fullmatch(path) is not None
