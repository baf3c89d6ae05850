"""Percentages as they are printed: tenths that add up to 100.0 and never cross a threshold."""

from collections.abc import Sequence
from fractions import Fraction

# Nobody may read "20.0 %" off 99/500: a figure printed on or beyond one of these percentages
# must be there in whole numbers too.
_GUARDED_PERCENT = (0, 5, 10, 20, 60, 100)


def _allowed_tenths(share: Fraction) -> tuple[int, int]:
    """Lowest and highest tenths of a percent that may be printed for a share."""
    tenths = share * 1000
    low, high = 0, 1000
    for guarded in _GUARDED_PERCENT:
        if tenths == guarded * 10:
            return guarded * 10, guarded * 10
        if tenths > guarded * 10:
            low = guarded * 10 + 1 if guarded else 0
        else:
            high = min(high, guarded * 10 - 1)
    return low, high


def printed_tenths(counts: Sequence[int]) -> tuple[int, ...]:
    """Tenths of a percent for each count over their sum; they add up to 1000.

    The largest-remainder rule, bent where it would print a share on or across 0 (upwards), 5, 10,
    20, 60 or 100 % though k/N is not there: the missing tenth then goes to the next largest
    remainder. All zeros where every count is 0. Ties go to the earlier count. Meant for a column
    of at most 50 counts; with that, a way to 100.0 always exists.
    """
    total = sum(counts)
    if total == 0:
        return tuple(0 for _ in counts)
    exact = [Fraction(count, total) for count in counts]
    limits = [_allowed_tenths(share) for share in exact]
    tenths = [
        min(max(share * 1000 // 1, low), high)
        for share, (low, high) in zip(exact, limits, strict=True)
    ]
    places = range(len(tenths))
    while (missing := 1000 - sum(tenths)) != 0:
        if missing > 0:
            open_places = [place for place in places if tenths[place] < limits[place][1]]
            chosen = max(open_places, key=lambda place: exact[place] * 1000 - tenths[place])
            tenths[chosen] += 1
        else:
            open_places = [place for place in places if tenths[place] > limits[place][0]]
            chosen = max(open_places, key=lambda place: tenths[place] - exact[place] * 1000)
            tenths[chosen] -= 1
    return tuple(tenths)


def tenths_as_text(tenths: int) -> str:
    """198 tenths of a percent as "19.8"."""
    return f"{tenths // 10}.{tenths % 10}"


def printed_percent(k: int, n: int) -> str:
    """Share in percent with one decimal, rounded half up, never onto or across a threshold.

    "-" where n is 0.
    """
    if n == 0:
        return "-"
    share = Fraction(k, n)
    low, high = _allowed_tenths(share)
    return tenths_as_text(min(max((share * 1000 + Fraction(1, 2)) // 1, low), high))
