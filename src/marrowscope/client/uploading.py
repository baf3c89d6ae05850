"""Slides on their way to a case: in parts, and on from where a lost connection left them."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeAlias

from marrowscope.client.patience import until_reached
from marrowscope.client.refusals import NotFoundError, RefusedError, UnreachableError
from marrowscope.client.session import Session
from marrowscope.errors import UnreadableInputError, UsageError

PART_BYTES = 8 * 1024 * 1024
"""Of a file that are in memory and sent at once; the server takes twice as many."""

UPLOADS = "/api/uploads/"

Answered: TypeAlias = Mapping[str, Any]
OnSent: TypeAlias = Callable[[int, int], None]
"""Told of bytes of a slide that are there, and of all its bytes."""


class Uploading:
    """Sends slides in a session.

    It remembers what was begun, so that a slide that was given up goes on when it is sent again.
    """

    def __init__(self, session: Session, patience_s: float) -> None:
        self._session = session
        self._patience_s = patience_s
        self._begun: dict[tuple[object, ...], str] = {}

    def send(
        self, case: str, files: Mapping[str, Path], words: Mapping[str, str], on_sent: OnSent
    ) -> Answered:
        """A slide made of files, by their names in it. case: path of the case. Gives SlideAnswer.

        words: what else is said of it. Raises UnreadableInputError where a file cannot be read,
        UnreachableError once there was no answer for as long as its patience lasts.
        """
        found = {name: _found(path) for name, path in files.items()}
        n_all = sum(one.st_size for one in found.values())
        uploads: list[str] = []
        digests: list[str] = []
        n_before = 0
        for name, path in files.items():
            n_bytes = found[name].st_size
            mark = (case, name, path.resolve(), n_bytes, found[name].st_mtime_ns)
            uploads.append(self._upload(mark, case, name, n_bytes))
            told = partial(_told, on_sent, n_before, n_all)
            digests.append(self._send_file(uploads[-1], path, n_bytes, told))
            n_before += n_bytes
        body = {**words, "upload_ids": [one.removeprefix(UPLOADS) for one in uploads]}
        make = partial(self._once, "POST", f"{case}/slides", body)
        try:
            return make()
        except UnreachableError:
            # Perhaps it was made, and only the answer is lost.
            made = partial(self._made, case, uploads[0], digests, make)
            return until_reached(made, self._patience_s)

    def _upload(self, mark: tuple[object, ...], case: str, name: str, n_bytes: int) -> str:
        """The path of an upload that was begun, now or before. mark: by which a file is known."""
        known = self._begun.get(mark)
        if known is None or not self._is_there(known):
            # Asked twice it begins two, of which the server sweeps one away.
            begun = self._answer("POST", f"{case}/uploads", {"name": name, "n_bytes": n_bytes})
            known = UPLOADS + begun["upload_id"]
            self._begun[mark] = known
        return known

    def _is_there(self, upload: str) -> bool:
        try:
            self._answer("GET", upload)
        except NotFoundError:
            return False
        return True

    def _send_file(
        self, upload: str, path: Path, n_bytes: int, on_sent: Callable[[int], None]
    ) -> str:
        """Its SHA-256, once it is whole on the server."""
        offset = int(self._answer("GET", upload)["offset"])
        on_sent(offset)
        while offset < n_bytes:
            send = partial(self._send_part, upload, offset, _part(path, offset))
            offset = until_reached(send, self._patience_s)
            on_sent(offset)
        with _opened(path) as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        self._answer("POST", f"{upload}/finish", {"sha256": sha256})
        return sha256

    def _send_part(self, upload: str, offset: int, part: bytes) -> int:
        """Where the next part begins."""
        try:
            return int(self._session.send_part(upload, part, offset).json()["offset"])
        except RefusedError as error:
            if error.code != "wrong_offset":
                raise
        # It came before, and only the answer was lost.
        return int(self._once("GET", upload)["offset"])

    def _made(
        self, case: str, upload: str, digests: Sequence[str], make: Callable[[], Answered]
    ) -> Answered:
        try:
            self._once("GET", upload)
        except NotFoundError:
            slides: list[Answered] = self._once("GET", case)["slides"]
            for slide in reversed(slides):
                if [one["sha256"] for one in slide["files"]] == digests:
                    return slide
            raise
        return make()

    def _answer(self, method: str, path: str, body: Any = None) -> Answered:
        """To what may be asked more than once."""
        return until_reached(partial(self._once, method, path, body), self._patience_s)

    def _once(self, method: str, path: str, body: Any = None) -> Answered:
        answer: Answered = self._session.ask(method, path, body).json()
        return answer


def files_of(given: Path | Sequence[Path]) -> dict[str, Path]:
    """Files of a slide by their names in it. A folder stands for all in it that is not hidden.

    An MRXS file brings the folder that belongs to it. Raises UsageError where two have the same
    name, UnreadableInputError where there is none.
    """
    files: dict[str, Path] = {}
    for path in [given] if isinstance(given, Path) else given:
        for name, file in _with_parts(path):
            if name in files:
                raise UsageError(f"two files are called {name}; give the folder of both")
            files[name] = file
    if not files:
        raise UnreadableInputError("no files were given, or a folder without any; check the path")
    return files


def _with_parts(path: Path) -> Iterator[tuple[str, Path]]:
    if path.is_dir():
        yield from _below(path, path)
        return
    yield path.name, path
    if path.suffix.lower() == ".mrxs" and path.with_suffix("").is_dir():
        yield from _below(path.with_suffix(""), path.parent)


def _below(folder: Path, top: Path) -> Iterator[tuple[str, Path]]:
    """Files below a folder by their paths from `top`."""
    for one in sorted(folder.rglob("*")):
        name = one.relative_to(top)
        if one.is_file() and not any(part.startswith(".") for part in name.parts):
            yield name.as_posix(), one


def _found(path: Path) -> os.stat_result:
    with _opened(path) as file:
        found = os.fstat(file.fileno())
    if found.st_size == 0:
        raise UnreadableInputError(f"{path.name}: is empty; check the file")
    return found


def _part(path: Path, offset: int) -> bytes:
    with _opened(path) as file:
        file.seek(offset)
        part = file.read(PART_BYTES)
    if not part:
        raise UnreadableInputError(f"{path.name}: became shorter while it was sent; send it again")
    return part


@contextmanager
def _opened(path: Path) -> Iterator[BufferedReader]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        problem = error.strerror or type(error).__name__
        raise UnreadableInputError(f"{path.name}: cannot be read: {problem}") from error


def _told(on_sent: OnSent, n_before: int, n_all: int, n_sent: int) -> None:
    on_sent(n_before + n_sent, n_all)
