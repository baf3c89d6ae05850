"""Writes openapi.json, the server's description of its API, from which the page gets its types.

    python frontend/describe_api.py && npm --prefix frontend run api

Needs the package installed, and no server.
"""

import json
from pathlib import Path
from typing import Any, cast

from marrowscope.web.app import create_app
from marrowscope.web.case_ports import CaseRooms
from marrowscope.web.ports import AccountStore, AuditStore
from marrowscope.web.web_settings import WebSettings

FILE = Path(__file__).with_name("openapi.json")


def description() -> str:
    """The file's text. The version is left at 0, so that a release changes nothing in it."""
    # Nothing is asked of the stores while the application describes itself.
    nothing = cast(Any, None)
    app = create_app(
        cast(AccountStore, nothing),
        cast(AuditStore, nothing),
        cast(CaseRooms, nothing),
        WebSettings(version="0"),
    )
    return json.dumps(app.openapi(), indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(description(), encoding="utf-8")
