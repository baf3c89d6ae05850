"""What is in force on this server, for whoever is responsible for it. Nothing is changed here."""

from fastapi import APIRouter

from marrowscope.web.answers import TO_EVERYBODY, refusals
from marrowscope.web.parts import Server
from marrowscope.web.session_dependency import SettingsReader
from marrowscope.web.settings_answers import SettingsAnswer, settings_answer

router = APIRouter(tags=["settings"])


@router.get("/api/settings", responses=refusals(*TO_EVERYBODY))
def read_settings(_reader: SettingsReader, server: Server) -> SettingsAnswer:
    """Settings with where they are from, models in use, and how the server stands. No secret."""
    return settings_answer(server.facts(), server.models(), server.groups())
