"""95 % limits of a share of counted cells: sampling error only, nothing about the classifier."""

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from marrowscope.errors import UsageError

# 97.5 % point of the standard normal distribution.
_Z = 1.959963984540054
_Z_SQUARED = Fraction(_Z) ** 2


@dataclass(frozen=True, slots=True)
class Interval:
    """Lower and upper 95 % limit, as fractions of 1 (or as ratios where a ratio is meant)."""

    low: float
    high: float


def _check(k: int, n: int) -> None:
    if n < 0 or not 0 <= k <= n:
        raise UsageError(f"{k} of {n} cells is no share; give counts with 0 <= k <= n")


def wilson_interval(k: int, n: int) -> Interval:
    """Wilson score interval of k of n cells, as fractions; 0 to 1 where n is 0.

    Brown, Cai, DasGupta, Statistical Science 2001;16:101-133. Raises UsageError unless
    0 <= k <= n.
    """
    _check(k, n)
    if n == 0:
        return Interval(0.0, 1.0)
    share = k / n
    z_squared = _Z * _Z
    centre = share + z_squared / (2 * n)
    half_width = _Z * sqrt(share * (1 - share) / n + z_squared / (4 * n * n))
    scale = 1 + z_squared / n
    # At the ends the limits are exactly 0 and 1; rounding must not carry them beyond.
    low = 0.0 if k == 0 else (centre - half_width) / scale
    high = 1.0 if k == n else (centre + half_width) / scale
    return Interval(low, high)


def clopper_pearson_interval(k: int, n: int) -> Interval:
    """Clopper-Pearson ("exact") interval of k of n cells, as fractions; 0 to 1 where n is 0.

    Wider than Wilson's and never below its nominal coverage: for claims of validation.
    Clopper and Pearson, Biometrika 1934;26:404-413. Raises UsageError unless 0 <= k <= n.
    """
    _check(k, n)
    if n == 0:
        return Interval(0.0, 1.0)
    # Only validation asks for these limits; every other run is spared the slow import.
    from scipy.special import betaincinv  # noqa: PLC0415

    low = 0.0 if k == 0 else float(betaincinv(k, n - k + 1, 0.025))
    high = 1.0 if k == n else float(betaincinv(k + 1, n - k, 0.975))
    return Interval(low, high)


def interval_holds(k: int, n: int, share: Fraction) -> bool:
    """True where `share` (fraction of 1) lies strictly inside the Wilson interval of k of n.

    Such a count cannot be placed on either side of the share at 95 %. Decided in whole numbers,
    by the score test that the Wilson interval inverts, so that no rounding can turn it.
    With n = 0 every share but 0 and 1 is held. Raises UsageError unless 0 <= k <= n.
    """
    _check(k, n)
    if n == 0:
        return 0 < share < 1
    return (k - n * share) ** 2 < _Z_SQUARED * n * share * (1 - share)
