"""Which addresses are this machine, where a server may listen, and by what name it may be called.

Pure: nothing is looked up.
"""

import ipaddress
from urllib.parse import SplitResult, urlsplit

THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
EVERYWHERE = frozenset({"", "0.0.0.0", "::"})
STANDARD_PORTS = {"http": 80, "https": 443}


def is_this_machine(host: str) -> bool:
    """Whether only this machine can be at the other end of an address: localhost, 127..., ::1."""
    if host.lower() == "localhost":
        return True
    address = as_address(host)
    return address is not None and address.is_loopback


def as_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that a text is; None where it is a name.

    An IPv4 address that arrived at an IPv6 socket is the IPv4 address.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def refusal(
    host: str, *, has_administrator: bool, has_tls: bool, trusted_proxy: bool
) -> str | None:
    """Why a server may not listen on `host`, with what to do; None where it may.

    A proxy on this machine opens it to others as much as another address does.
    """
    is_reachable = not is_this_machine(host) or trusted_proxy
    if not is_reachable:
        return None
    if not has_administrator:
        return (
            "others could create the administrator before you do: first run 'marrowscope serve' "
            "on this machine alone and create it, or run 'marrowscope user add'"
        )
    if not has_tls and not trusted_proxy:
        return (
            f"--host {host}: passwords would cross the network unencrypted; give --tls-cert and "
            "--tls-key, or --trusted-proxy where a proxy in front of this server encrypts"
        )
    return None


def is_known_host(host_header: str, names: frozenset[str], arrived_at: str) -> bool:
    """Whether a browser meant this server, by the Host header of its request.

    Against foreign pages whose name was made to lead here. names: in lower case. arrived_at: the
    address at which the request arrived; an address as such cannot be made to lead elsewhere.
    """
    parts = _split(f"//{host_header}")
    name = "" if parts is None else (parts.hostname or "").rstrip(".")
    if not name or parts is None or parts.path or parts.username is not None:
        return False
    address = as_address(name)
    is_where_it_arrived = address is not None and address == as_address(arrived_at)
    return name in THIS_MACHINE or name in names or is_where_it_arrived


def is_same_origin(origin: str, scheme: str, host_header: str) -> bool:
    """Whether a page of this very server sent the request, by its Origin header."""
    sent_from, sent_to = _split(origin), _split(f"{scheme}://{host_header}")
    if sent_from is None or sent_to is None:
        return False
    return sent_from.hostname is not None and _site(sent_from) == _site(sent_to)


def _site(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or STANDARD_PORTS.get(parts.scheme)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def in_url(host: str) -> str:
    """A host as it stands in a URL: IPv6 addresses in brackets."""
    return f"[{host}]" if ":" in host else host
