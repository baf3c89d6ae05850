"""The slides of analyses, held open for those who look at them."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, TypeAlias
from uuid import UUID

from marrowscope.cases.state import CaseState
from marrowscope.errors import UnreadableInputError
from marrowscope.slides import Picture, Slide, open_slides
from marrowscope.slides.decoded_cache import DecodedCache

MOST_OPEN: Final = 6
"""Analyses whose slides are open at a time, unless more are being read at this moment."""
UNUSED_S: Final = 600.0
"""Seconds after which slides are closed that nobody looks at."""
LONGEST_OPEN_S: Final = 6 * 3600.0
"""Seconds after which slides are opened anew: their links count as left behind after a day."""
LOOKED_AFTER_EVERY_S: Final = 60.0
DECODED_BYTES: Final = 768_000_000
"""Of decoded camera fields, all analyses together: 52 fields of 2560 x 1920 px."""
_NO_SCALE_NEEDED: Final = 1.0
"""µm a pixel where no file says it: how a slide is shown does not rest on it."""
_STOPPED: Final = "the server is being stopped; start it again to see the slides"

Open: TypeAlias = Callable[[Sequence[Path]], Sequence[Slide]]
Key: TypeAlias = tuple[UUID, UUID]
"""A case and one of its analyses."""


class CaseViews(Protocol):
    """The files of cases."""

    def view(
        self, case: CaseState, analysis_id: UUID
    ) -> AbstractContextManager[Mapping[UUID, Path]]:
        """Every slide of an analysis by its id, named as the analysis saw it."""


@dataclass(frozen=True, slots=True)
class ViewedPicture:
    """A picture of an analysis.

    number: from 0, in the order in which the analysis reads them. slide_id: of the case's slide it
    belongs to. slide: what results call that.
    """

    number: int
    picture: Picture
    slide_id: UUID
    slide: str


@dataclass(slots=True, eq=False)
class _Opened:
    """The slides of one analysis. pictures: None until they are open.

    n_users: how many read now; is_retired: whether the last of them closes it.
    """

    opened_s: float
    used_s: float
    n_users: int = 0
    is_retired: bool = False
    pictures: tuple[ViewedPicture, ...] | None = None
    opening: threading.Lock = field(default_factory=threading.Lock)
    closing: ExitStack = field(default_factory=ExitStack)


class OpenedSlides:
    """Opens slides on first use and shares them among threads.

    open_inputs: opens what `CaseViews.view` hands over. now: seconds of a clock that never goes
    back. The longest unused are closed first where there are more than `most_open`.
    """

    def __init__(
        self,
        files: CaseViews,
        open_inputs: Open | None = None,
        now: Callable[[], float] = time.monotonic,
        most_open: int = MOST_OPEN,
    ) -> None:
        self._files = files
        self._open_inputs = _opener() if open_inputs is None else open_inputs
        self._now = now
        self._most_open = most_open
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, _Opened] = OrderedDict()
        self._is_closed = False

    @property
    def n_open(self) -> int:
        """Analyses whose slides are open now."""
        with self._lock:
            return len(self._entries)

    @contextmanager
    def in_use(self, case: CaseState, analysis_id: UUID) -> Iterator[tuple[ViewedPicture, ...]]:
        """The pictures of an analysis, which stay open while the block lasts.

        Raises InputRefusedError where a slide is gone or damaged, OutputError where the disk takes
        no links to it.
        """
        key = (case.case_id, analysis_id)
        if _has_lost_slides(case, analysis_id):
            # Opened anew, that is refused in words.
            self._retire([key])
        entry = self._taken(key)
        try:
            with entry.opening:
                if entry.pictures is None:
                    self._open(entry, case, analysis_id)
            yield entry.pictures or ()
        finally:
            self._leave(key, entry)

    def close_case(self, case_id: UUID) -> None:
        """Closes what is open of a case; what is being read now, right after."""
        with self._lock:
            keys = [key for key in self._entries if key[0] == case_id]
        self._retire(keys)

    def close_unused(self) -> None:
        """Closes what nobody has looked at for a while, and what has been open for very long."""
        now = self._now()
        with self._lock:
            keys = [
                key
                for key, entry in self._entries.items()
                if not entry.n_users
                and (now - entry.used_s > UNUSED_S or now - entry.opened_s > LONGEST_OPEN_S)
            ]
        self._retire(keys)

    def close(self) -> None:
        """Closes everything; nothing is opened any more."""
        with self._lock:
            self._is_closed = True
            keys = list(self._entries)
        self._retire(keys)

    def _taken(self, key: Key) -> _Opened:
        with self._lock:
            if self._is_closed:
                raise UnreadableInputError(_STOPPED)
            entry = self._entries.get(key)
            if entry is None:
                now = self._now()
                entry = self._entries[key] = _Opened(now, now)
            entry.n_users += 1
            self._entries.move_to_end(key)
        return entry

    def _leave(self, key: Key, entry: _Opened) -> None:
        with self._lock:
            entry.n_users -= 1
            entry.used_s = self._now()
            if entry.pictures is None and self._entries.get(key) is entry:
                # It could not be opened: the next one tries again from the beginning.
                del self._entries[key]
                entry.is_retired = True
            is_done = entry.is_retired and not entry.n_users
            unused = [one for one, other in self._entries.items() if not other.n_users]
            surplus = unused[: max(0, len(self._entries) - self._most_open)]
        if is_done:
            entry.closing.close()
        self._retire(surplus)

    def _retire(self, keys: Sequence[Key]) -> None:
        """Forgets entries; closes those that nobody reads, the others when they are left."""
        with self._lock:
            gone = [entry for key in keys if (entry := self._entries.pop(key, None)) is not None]
            for entry in gone:
                entry.is_retired = True
            free = [entry for entry in gone if not entry.n_users]
        for entry in free:
            entry.closing.close()

    def _open(self, entry: _Opened, case: CaseState, analysis_id: UUID) -> None:
        with ExitStack() as stack:
            paths = stack.enter_context(self._files.view(case, analysis_id))
            slides = self._open_inputs(list(paths.values()))
            for slide in slides:
                stack.callback(slide.close)
            entry.pictures = _viewed(slides, paths)
            entry.closing = stack.pop_all()


@contextmanager
def opened_slides(files: CaseViews) -> Iterator[OpenedSlides]:
    """Slides that are opened as they are looked at, and closed again; all of them at the end."""
    opened = OpenedSlides(files)
    stop = threading.Event()

    def look_after() -> None:
        while not stop.wait(LOOKED_AFTER_EVERY_S):
            opened.close_unused()

    thread = threading.Thread(target=look_after, name="marrowscope-slides", daemon=True)
    thread.start()
    try:
        yield opened
    finally:
        stop.set()
        thread.join()
        opened.close()


def _opener() -> Open:
    """Opens as `analyze` does, but measures no scale; one bounded memory for all that it opens."""
    decoded = DecodedCache(DECODED_BYTES)

    def open_inputs(inputs: Sequence[Path]) -> tuple[Slide, ...]:
        return open_slides(inputs, um_per_px=_NO_SCALE_NEEDED, decoded=decoded)

    return open_inputs


def _has_lost_slides(case: CaseState, analysis_id: UUID) -> bool:
    analysis = case.analysis(analysis_id)
    there = {slide.slide_id for slide in case.slides}
    return analysis is not None and not there.issuperset(analysis.slide_ids)


def _viewed(slides: Sequence[Slide], paths: Mapping[UUID, Path]) -> tuple[ViewedPicture, ...]:
    pictures = [(slide.name, picture) for slide in slides for picture in slide.pictures]
    return tuple(
        ViewedPicture(number, picture, _slide_of(picture.name, paths), slide)
        for number, (slide, picture) in enumerate(pictures)
    )


def _slide_of(name: str, paths: Mapping[UUID, Path]) -> UUID:
    """Names begin with that of the input, where there is more than one."""
    if len(paths) == 1:
        return next(iter(paths))
    top = name.split("/", maxsplit=1)[0]
    return next(slide_id for slide_id, path in paths.items() if path.name == top)
