"""What the API says of the server's settings, and of cases that need not be kept any longer."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from marrowscope.cases.facts import Purpose
from marrowscope.cases.retention import DueCase
from marrowscope.web.request_bodies import Password, StrictRequest
from marrowscope.web.settings_ports import (
    ModelInForce,
    Origin,
    ServerFacts,
    SettingInForce,
    SettingsGroup,
)

MOST_LISTED = 200
"""Due cases that are listed, and can be deleted, at once."""


class SettingAnswer(BaseModel):
    """A setting in words; see `SettingInForce`. value of a secret: "set", or "" where it is not."""

    label: str
    value: str
    origin: Origin
    name: str
    variable: str
    option: str
    default: str
    about: str
    remark: str
    is_secret: bool


class SettingsGroupAnswer(BaseModel):
    """Settings that belong together."""

    title: str
    settings: list[SettingAnswer]


class ModelAnswer(BaseModel):
    """A model that reads slides now."""

    task: str
    name: str
    version: str
    licence: str


class SettingsAnswer(BaseModel):
    """What is in force on this server; settings as they were when it started.

    free_bytes: on the disk of the home folder; null where unknown. remarks: what is odd.
    """

    version: str
    home: str
    free_bytes: int | None
    database_revision: str
    n_cases: int
    remarks: list[str]
    models: list[ModelAnswer]
    groups: list[SettingsGroupAnswer]


class DueCaseAnswer(BaseModel):
    """A case that was kept long enough. since: when it was last signed, or changed if it never was.

    kept_until: the last day on which it had to be there. n_bytes: on the disk.
    """

    case_id: UUID
    accession: str
    opened_at: datetime
    purpose: Purpose
    since: datetime
    is_signed: bool
    kept_until: date
    n_bytes: int


class RetentionAnswer(BaseModel):
    """years: for which cases are kept, null where nobody said. n_due: cases there are.

    cases: at most the 200 that were kept longest.
    """

    years: int | None
    n_due: int
    cases: list[DueCaseAnswer]


class DueDeletionRequest(StrictRequest):
    """Which of the due cases to delete, why, and one's own password again."""

    case_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_LISTED)]
    reason: Annotated[str, Field(min_length=1, max_length=400)]
    password: Password


class KeptCaseAnswer(BaseModel):
    """A case that was not deleted, and why."""

    case_id: UUID
    why: str


class DueDeletionAnswer(BaseModel):
    """What was deleted and what was not."""

    deleted: list[UUID]
    kept: list[KeptCaseAnswer]


def settings_answer(
    facts: ServerFacts, models: Sequence[ModelInForce], groups: Sequence[SettingsGroup]
) -> SettingsAnswer:
    """All of it."""
    return SettingsAnswer(
        version=facts.version,
        home=facts.home,
        free_bytes=facts.free_bytes,
        database_revision=facts.revision,
        n_cases=facts.n_cases,
        remarks=list(facts.remarks),
        models=[
            ModelAnswer(task=one.task, name=one.name, version=one.version, licence=one.licence)
            for one in models
        ],
        groups=[
            SettingsGroupAnswer(
                title=group.title, settings=[_setting(one) for one in group.settings]
            )
            for group in groups
        ],
    )


def retention_answer(
    years: int | None, due: Sequence[DueCase], n_bytes: Callable[[UUID], int]
) -> RetentionAnswer:
    """n_bytes: asked for the size of each case that is listed."""
    return RetentionAnswer(
        years=years,
        n_due=len(due),
        cases=[_due_case(one, n_bytes(one.case.case_id)) for one in due[:MOST_LISTED]],
    )


def _setting(setting: SettingInForce) -> SettingAnswer:
    return SettingAnswer(
        label=setting.label,
        value=setting.value,
        origin=setting.origin,
        name=setting.name,
        variable=setting.variable,
        option=setting.option,
        default=setting.default,
        about=setting.about,
        remark=setting.remark,
        is_secret=setting.is_secret,
    )


def _due_case(due_case: DueCase, n_bytes: int) -> DueCaseAnswer:
    case = due_case.case
    return DueCaseAnswer(
        case_id=case.case_id,
        accession=case.facts.accession,
        opened_at=case.opened_at,
        purpose=case.facts.purpose,
        since=due_case.since,
        is_signed=due_case.is_signed,
        kept_until=due_case.kept_until,
        n_bytes=n_bytes,
    )
