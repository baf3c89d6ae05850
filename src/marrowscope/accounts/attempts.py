"""How long somebody has to wait after wrong passwords; pure."""

import ipaddress
import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

FREE: Final = 5
"""Wrong tries before the first wait: a person with caps lock on needs about three."""
WINDOW: Final = timedelta(minutes=15)
"""What is older is forgotten, as is what is further off after a clock was set back."""
FIRST_WAIT: Final = timedelta(seconds=15)
LONGEST_WAIT: Final = timedelta(minutes=15)
_MOST_DOUBLINGS: Final = 16
_IPV6_SITE: Final = 64
"""Bits of an IPv6 address that a network is given; who has it can use any of the rest."""


def seconds_to_wait(failures: Iterable[datetime], now: datetime) -> int:
    """Whole seconds until another try is heard; 0 where it may come at once.

    failures: times of wrong tries for one user name or from one address, in any order.
    """
    # One from the near future, of a clock that was set back a little, counts as one of just now.
    recent = sorted(min(at, now) for at in failures if abs(at - now) < WINDOW)
    if len(recent) < FREE:
        return 0
    doublings = min(len(recent) - FREE, _MOST_DOUBLINGS)
    wait = min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
    return max(0, math.ceil((recent[-1] + wait - now).total_seconds()))


def source_of(address: str) -> str:
    """What tries from an address are counted under: IPv6 by network, anything odd as it is."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address[:_IPV6_SITE]
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip.packed, _IPV6_SITE), strict=False))
