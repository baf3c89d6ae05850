"""Whether the label of a slide is that of its case."""

import re
import unicodedata
from typing import Final

from marrowscope.cases.facts import checked_line
from marrowscope.cases.refusals import OtherLabelError
from marrowscope.errors import UsageError

LONGEST_LABEL: Final = 256
LONGEST_REASON: Final = 200
NO_ACCESSION: Final = "the case has no accession to match its slides to; write it under the facts"
NO_LABEL: Final = "label: type or scan what stands on it"
DIFFERS: Final = (
    "this label does not bear the accession of the case; look whether it is the right slide, or "
    "say why it belongs to this case all the same"
)


def bears(label: str, accession: str) -> bool:
    """Whether the accession stands on the label, whole: S26-5 stands on "S26-5 A1", not on S26-50.

    Case, and blanks around the parts, do not matter.
    """
    wanted, read = _plain(accession), _plain(label)
    if not wanted:
        return False
    whole = rf"(?<![^\W_]){re.escape(wanted)}(?![^\W_])"
    return re.search(whole, read) is not None


def checked_match(label: str, accession: str, reason: str) -> tuple[str, str]:
    """Label and reason as they are kept; "" for a reason that is not needed.

    Raises OtherLabelError where the label does not bear the accession and nobody says why;
    UsageError.
    """
    if not accession.strip():
        raise UsageError(NO_ACCESSION)
    line = checked_line("label", label, LONGEST_LABEL)
    if not line:
        raise UsageError(NO_LABEL)
    why = checked_line("reason", reason, LONGEST_REASON)
    if bears(line, accession):
        return line, ""
    if not why:
        raise OtherLabelError(DIFFERS)
    return line, why


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
