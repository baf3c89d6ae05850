"""What the web needs to know of the server it runs on: what is in force, which cases are due."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from marrowscope.cases.retention import DueCase


class Origin(StrEnum):
    """Where a value is from. file: settings.toml. option: of `marrowscope serve`."""

    DEFAULT = "default"
    FILE = "file"
    VARIABLE = "variable"
    OPTION = "option"


@dataclass(frozen=True, slots=True)
class SettingInForce:
    """A setting in words. value: "" where nothing is set, and never that of a secret.

    name: in settings.toml, variable: of the environment, option: of `marrowscope serve`; "" where
    it cannot be set there. default: "" where there is none to name. about: what it is and why it
    is as it is. remark: what follows from the value and may surprise; "" mostly.
    """

    label: str
    value: str
    origin: Origin
    name: str = ""
    variable: str = ""
    option: str = ""
    default: str = ""
    about: str = ""
    remark: str = ""
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class SettingsGroup:
    """Settings that belong together."""

    title: str
    settings: tuple[SettingInForce, ...]


@dataclass(frozen=True, slots=True)
class ModelInForce:
    """A model that reads slides now. task: detector or classifier."""

    task: str
    name: str
    version: str
    licence: str


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """version: of the software. free_bytes: on the disk of the home folder; None where unknown.

    revision: of the database. n_cases: that are not deleted. remarks: what is odd, a line each.
    """

    version: str
    home: str
    free_bytes: int | None
    revision: str
    n_cases: int
    remarks: tuple[str, ...]


class ServerDesk(Protocol):
    """The server as it is. Raises EnvironmentProblemError where it cannot be looked at."""

    @property
    def retention_years(self) -> int | None:
        """For how long cases are kept; None where nobody said."""

    def groups(self) -> Sequence[SettingsGroup]:
        """Every setting, as it was when the server started."""

    def models(self) -> Sequence[ModelInForce]:
        """Empty where they cannot be used; the remarks of `facts` say why."""

    def facts(self) -> ServerFacts:
        """As they are now."""

    def due(self) -> Sequence[DueCase]:
        """Cases that need not be kept any longer, the longest kept first; see `retention.due`."""

    def n_bytes(self, case_id: UUID) -> int:
        """That the files of a case take on the disk."""
