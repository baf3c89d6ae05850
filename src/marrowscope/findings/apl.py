"""What readers saw that can occur in APL: abnormal promyelocytes, Auer rods and faggots.

No share is asked for: APL is an emergency, and treatment begins on suspicion. One cell that a
person named or tagged is enough, in the count or outside it.
"""

from collections.abc import Sequence
from typing import Final

from marrowscope.differential import ThresholdState
from marrowscope.findings.model import Basis, Edition, Finding

APL: Final = "F-APL"


def apl_finding(
    abnormal: Sequence[str], tagged: Sequence[str], scale_note: str | None = None
) -> Finding | None:
    """F-APL, met and critical; None where there is neither a named cell nor a tagged one.

    abnormal: ids of cells that persons named abnormal promyelocyte (faggot cells are of this
    class). tagged: ids of cells that persons tagged for an Auer rod or faggot; they may be the
    same cells.
    """
    evidence = tuple(dict.fromkeys([*abnormal, *tagged]))
    if not evidence:
        return None
    return Finding(
        rule_id=APL,
        version=1,
        edition=Edition.NONE,
        basis=Basis.CONFIRMED,
        state=ThresholdState.MET,
        is_reached=True,
        sentence=(
            "Findings that can occur in APL: notify pathologist now. By readers: "
            f"{_reported(abnormal, tagged)}."
        ),
        k=None,
        upper_k=None,
        n=None,
        percent=None,
        upper_percent=None,
        interval=None,
        threshold="≥ 1 abnormal promyelocyte or cell tagged for an Auer rod or faggot",
        threshold_percent=None,
        is_critical=True,
        evidence=evidence,
        scale_note=scale_note,
    )


def auer_rods_words(abnormal: Sequence[str], tagged: Sequence[str], *, is_fully_seen: bool) -> str:
    """What readers looked for of Auer rods and faggot cells, in place of "not looked for".

    abnormal, tagged: as for `apl_finding`. "" where nobody marked a cell and some counted cells
    were not seen: then nobody has looked.
    """
    if abnormal or tagged:
        marked = _reported(abnormal, tagged)
        return f"{marked} by readers; none seen elsewhere does not mean none there"
    if is_fully_seen:
        return "every counted cell was seen, and none was tagged; that does not mean none there"
    return ""


def _reported(abnormal: Sequence[str], tagged: Sequence[str]) -> str:
    """Both numbers, also where one of them is 0."""
    named = "abnormal promyelocyte" if len(abnormal) == 1 else "abnormal promyelocytes"
    cells = "cell" if len(tagged) == 1 else "cells"
    return f"{len(abnormal)} {named} named, {len(tagged)} {cells} tagged for an Auer rod or faggot"
