"""Who is to be told of a finding that comes before anything else, and when.

The reader on call is told at once, a second one where nobody has acknowledged it after a while. A
finding that has come to call for more than when they were told is told anew.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from marrowscope.cases.facts import Purpose
from marrowscope.cases.sign_out_events import ReaderTold
from marrowscope.cases.signing import CriticalFinding, SignOutState
from marrowscope.cases.state import CaseState

PAGE: Final = "page"
"""The reading room itself: whoever was told sees it on every page."""
FIRST: Final = 1
SECOND: Final = 2
_PATIENTS: Final = frozenset({Purpose.CLINICAL, Purpose.RESEARCH})


@dataclass(frozen=True, slots=True)
class OnCall:
    """first, second: user names, "" for nobody. wait: before the second is told."""

    first: str = ""
    second: str = ""
    wait: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Telling:
    """Somebody who is to be told by some means; see `ReaderTold`."""

    analysis_id: UUID
    turn: int
    user_name: str
    urgency: int
    by_means: str


def is_called_for(case: CaseState) -> bool:
    """Whether readers are told of such findings of a case: not of one for teaching or archive."""
    return not case.is_deleted and case.facts.purpose in _PATIENTS


def due_tellings(
    state: SignOutState,
    analysis_id: UUID,
    urgent: Sequence[CriticalFinding],
    on_call: OnCall,
    means: Iterable[str],
    now: datetime,
) -> tuple[Telling, ...]:
    """Who is to be told now, by which of the means besides the page.

    urgent: findings of the analysis that come before anything else and that nobody acknowledged.
    """
    if not urgent or not on_call.first:
        return ()
    urgency = max(one.urgency for one in urgent)
    told = _told(state, analysis_id, urgency)
    turns = [(FIRST, on_call.first)]
    firsts = [one.stamp.at for one in told if one.turn == FIRST]
    if on_call.second and firsts and now - min(firsts) >= on_call.wait:
        turns.append((SECOND, on_call.second))
    done = {(one.turn, one.by_means) for one in told}
    return tuple(
        Telling(analysis_id, turn, user_name, urgency, by_means)
        for turn, user_name in turns
        for by_means in (PAGE, *means)
        if (turn, by_means) not in done
    )


def told_at(
    state: SignOutState, analysis_id: UUID, urgent: Sequence[CriticalFinding], user_name: str
) -> datetime | None:
    """When somebody was told of what is still open; None where they were not, or it is settled."""
    if not urgent:
        return None
    told = _told(state, analysis_id, max(one.urgency for one in urgent))
    moments = [one.stamp.at for one in told if one.user_name == user_name]
    return min(moments) if moments else None


def _told(state: SignOutState, analysis_id: UUID, urgency: int) -> list[ReaderTold]:
    return [
        one for one in state.tellings if one.analysis_id == analysis_id and one.urgency >= urgency
    ]
