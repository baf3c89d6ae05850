"""Behind a proxy: who asked and how, as the proxy tells."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from marrowscope.web.addresses import as_address

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


class TrustedProxy:
    """Takes the browser's address and scheme from the proxy's headers.

    Of several addresses the last one counts: that is what the proxy itself saw. Those before it
    are what the browser claimed.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        headers = Headers(scope=scope)
        addresses = ",".join(headers.getlist("x-forwarded-for")).split(",")
        address = as_address(addresses[-1].strip())
        scheme = headers.get("x-forwarded-proto", "").strip().lower()
        seen = {**scope, "client": (str(address or ""), 0)}
        if scheme in {"http", "https"}:
            seen["scheme"] = scheme
        await self._app(seen, receive, send)


def is_forwarded(headers: Headers) -> bool:
    """Whether a proxy passed the request on, trusted or not."""
    return any(name in headers for name in FORWARDED)
