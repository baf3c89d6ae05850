"""The audit trail as a chain: every entry holds the digest of the one before it; pure.

An entry that is changed, taken out or put in breaks the chain from there on. What a chain alone
cannot show is the loss of its newest entries, or a trail written anew from end to end; a backup
therefore notes the number of entries and the last digest.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

FIRST_PREVIOUS: Final = "0" * 64
"""What stands for the digest before the first entry."""


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did. actor: id of the account, None where nobody was signed in.

    act: such as "account_added". about: whom or what it was done to, by the name shown.
    details: what else there is to say of it; no password, no patient.
    """

    actor: str | None
    actor_name: str
    act: str
    about: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """An act in the chain.

    seq: 1, 2, 3 and so on. at: UTC, ISO 8601 with microseconds. details: canonical JSON of an
    object. previous, digest: SHA-256 in hexadecimal, of the entry before and of this one.
    """

    seq: int
    at: str
    actor: str | None
    actor_name: str
    act: str
    about: str
    details: str
    previous: str
    digest: str

    def values(self) -> dict[str, Any]:
        """What `details` holds. Raises ValueError where somebody made it something else."""
        values = json.loads(self.details)
        if not isinstance(values, dict):
            raise ValueError("the details of an audit entry are not an object")
        return values


def canonical(value: object) -> str:
    """JSON with sorted keys and no blanks: equal values, equal text. Raises ValueError on NaN."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def linked(act: Act, at: datetime, last: Entry | None) -> Entry:
    """The entry that comes after `last`, which is None for the first. at: aware."""
    when = at.astimezone(UTC).isoformat(timespec="microseconds")
    seq, previous = (1, FIRST_PREVIOUS) if last is None else (last.seq + 1, last.digest)
    rest = (seq, when, act.actor, act.actor_name, act.act, act.about, canonical(act.details))
    entry = Entry(*rest, previous=previous, digest="")
    return Entry(*rest, previous=previous, digest=digest_of(entry))


def digest_of(entry: Entry) -> str:
    """SHA-256 in hexadecimal over the canonical JSON of everything but the digest.

    Empty where that cannot be written as JSON.
    """
    values = asdict(entry)
    del values["digest"]
    try:
        text = canonical(values)
    except (TypeError, ValueError):
        # Somebody put what is no text at all into the table: it matches no digest.
        return ""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def verify(entries: Iterable[Entry]) -> int | None:
    """The seq at which the chain first breaks, None where it does not.

    entries: all of them, oldest first. Where one is missing, that is the missing one's seq.
    """
    expected, previous = 1, FIRST_PREVIOUS
    for entry in entries:
        is_next = (entry.seq, entry.previous) == (expected, previous)
        if not is_next or entry.digest != digest_of(entry) or not entry.digest:
            return expected
        expected, previous = expected + 1, entry.digest
    return None
