"""What the licences of the shipped weights ask to be said, once a home folder, and to be kept."""

from collections.abc import Sequence
from typing import TextIO

from marrowscope.cli.services import ModelCard
from marrowscope.errors import ModelError
from marrowscope.settings import Licence, Settings

MARKER = "licence-notice-shown"
NOTICE = (
    "Research use only. Weights trained on SegPC-2021 are under CC BY-NC-SA 4.0: not for "
    "commercial use.\n"
    "This is said once; 'marrowscope doctor' says it again.\n"
)


def check_licence(cards: Sequence[ModelCard], licence: Licence) -> None:
    """Raises ModelError where only weights for free, non-commercial use are installed but the
    others are asked for.
    """
    if licence is Licence.FULL:
        return
    for task in ("detector", "classifier"):
        if not any(card.task == task and "-NC" not in card.licence for card in cards):
            raise ModelError(
                f"no {task} is installed that may be used commercially; "
                "--licence full uses the shipped one for non-commercial research"
            )


def show_licence_notice(settings: Settings, licence: Licence, err: TextIO) -> None:
    """Writes the notice to `err` unless this home has seen it or those weights are not used.

    Where the home folder cannot be written the notice comes each time: saying it is the duty,
    remembering it only a kindness.
    """
    marker = settings.home / MARKER
    if licence is Licence.PERMISSIVE or marker.exists():
        return
    err.write(NOTICE)
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        marker.touch()
    except OSError as error:
        reason = error.strerror or "unknown reason"
        err.write(f"(It comes again next time: the home folder cannot be written, {reason}.)\n")
