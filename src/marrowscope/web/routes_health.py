"""Whether the server is there, for monitors and for the page before anybody signed in."""

from fastapi import APIRouter

from marrowscope.web.answers import HealthAnswer
from marrowscope.web.parts import Accounts, Settings

router = APIRouter(tags=["health"])


@router.get("/api/health")
def read_health(accounts: Accounts, settings: Settings) -> HealthAnswer:
    """Whether the server and its database answer, and whether somebody has to set it up."""
    return HealthAnswer(version=settings.version, needs_set_up=accounts.n_accounts() == 0)
