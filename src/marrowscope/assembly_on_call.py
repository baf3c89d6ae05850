"""Puts together what tells the readers on call, as the settings say."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from marrowscope.cases.on_call import SECOND, OnCall, Telling
from marrowscope.engine.on_call_watch import CaseList, OnCallWatch, Send, UrgentFindings
from marrowscope.engine.ports import Notice
from marrowscope.errors import UsageError
from marrowscope.exchange.messages import Message, check_webhook, post, send_mail
from marrowscope.settings import Settings

SUBJECT: Final = "Marrowscope: a case needs a look at once"
WEBHOOK: Final = "webhook"
MAIL: Final = "mail"


def on_call_watch(
    settings: Settings,
    log: CaseList,
    urgent: UrgentFindings,
    now: Callable[[], datetime],
    notice: Notice,
) -> OnCallWatch | None:
    """None where nobody is on call. Raises UsageError where the settings make no sense."""
    on_call = OnCall(
        first=settings.on_call.strip().lower(),
        second=settings.on_call_second.strip().lower(),
        wait=timedelta(minutes=settings.on_call_wait_minutes),
    )
    if not on_call.first:
        if on_call.second:
            raise UsageError("on_call_second: needs on_call, who is told first")
        return None
    return OnCallWatch(log, urgent, on_call, senders(settings), now, notice)


def unknown_on_call(settings: Settings, user_names: Collection[str]) -> UsageError | None:
    """What to say where a name on call is not among `user_names`, who may see patients' cases."""
    given = (settings.on_call, settings.on_call_second)
    unknown = [name for name in given if name.strip() and name.strip().lower() not in user_names]
    if not unknown:
        return None
    return UsageError(
        f"on call: nobody who may see patients' cases signs in as {' or '.join(unknown)}, so that "
        "nobody sees what they are told; correct the settings, or the account's roles"
    )


def senders(settings: Settings) -> Mapping[str, Send]:
    """By means. Raises UsageError where one is set in part."""
    made: dict[str, Send] = {}
    if settings.message_webhook:
        url = check_webhook(settings.message_webhook)

        def to_webhook(case_id: UUID, telling: Telling) -> None:
            post(url, message(settings, case_id, telling))

        made[WEBHOOK] = to_webhook
    if settings.message_mail_server:
        _check_mail(settings)

        def to_mail(case_id: UUID, telling: Telling) -> None:
            is_second = telling.turn == SECOND
            recipient = settings.on_call_second_mail if is_second else settings.on_call_mail
            send_mail(
                settings.message_mail_server,
                settings.message_mail_from,
                [recipient],
                message(settings, case_id, telling),
            )

        made[MAIL] = to_mail
    return made


def message(settings: Settings, case_id: UUID, telling: Telling) -> Message:
    """What somebody is told of a case; it names neither patient nor finding."""
    text = f"For {telling.user_name}: a bone marrow case has a finding that may not wait."
    if telling.turn == SECOND:
        text += f" Nobody has acknowledged it for {settings.on_call_wait_minutes} minutes."
    base = settings.message_link.strip().rstrip("/")
    return Message(SUBJECT, text, f"{base}/cases/{case_id}/findings" if base else "")


def _check_mail(settings: Settings) -> None:
    wanted = {
        "message_mail_from": settings.message_mail_from,
        "on_call_mail": settings.on_call_mail,
    }
    if settings.on_call_second:
        wanted["on_call_second_mail"] = settings.on_call_second_mail
    for name, value in wanted.items():
        if "@" not in value or any(letter in value for letter in "\r\n,;"):
            raise UsageError(f"{name}: is no mail address; message_mail_server needs one")
