"""What a laboratory or a machine may set: one frozen record. Nothing else reads the environment.

Later wins: the defaults here, `settings.toml` in the home folder, `MARROWSCOPE_...` variables,
options of the command line. docs/settings.md describes every setting; a test holds them together.
"""

import os
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from platformdirs import user_data_path
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from marrowscope.errors import EnvironmentProblemError, UsageError

PREFIX = "MARROWSCOPE_"
SETTINGS_FILE = "settings.toml"
UM_PER_PX_LIMITS = (0.01, 10.0)
"""From the finest camera on a 100x lens to a 1x overview."""
MCV_LIMITS_FL = (50.0, 150.0)
"""Beyond these a mean red cell volume is a slip of the pen, not a patient."""
VARIABLES_OF_TESTS = frozenset({"MARROWSCOPE_CI"})
SECRETS = frozenset({"message_webhook"})
"""Settings of which nobody is shown more than whether they are set: who has the value can act."""


class Source(StrEnum):
    """Where the value of a setting is from. file: settings.toml. option: of the command line."""

    DEFAULT = "default"
    FILE = "file"
    VARIABLE = "variable"
    OPTION = "option"


class Licence(StrEnum):
    """Which shipped weights may be used."""

    FULL = "full"
    PERMISSIVE = "permissive"


class Purpose(StrEnum):
    """What a case is read for."""

    RESEARCH = "research"
    CLINICAL = "clinical"


class MeFormula(StrEnum):
    """Formulas of the myeloid to erythroid ratio, by the names they have in results."""

    ICSH_2008 = "ICSH 2008"
    WITHOUT_MONOCYTES = "without monocytes"


def usable_cores() -> int:
    """Processor cores this process may run on; at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def default_home() -> Path:
    """The platform's folder for a user's data."""
    return user_data_path("marrowscope", appauthor=False)


class Settings(BaseSettings):
    """Every setting, with its unit, the reason for its default, and where that comes from."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    home: Path = Field(
        default_factory=default_home,
        description=(
            "Folder where anything lasting lives: settings.toml, the reading room's database and "
            "cases, the coding desk's tables and log, and reports of crashes. "
            "Cannot be set in settings.toml, which lies in it. "
            "Default: the platform's folder for a user's data."
        ),
    )
    threads: int = Field(
        default_factory=usable_cores,
        ge=1,
        le=256,
        description=(
            "Worker threads. Changes how long a run takes, never its result. "
            "Default: the cores that the process may use."
        ),
    )
    count_target: int = Field(
        default=500,
        ge=1,
        le=1_000_000,
        description=(
            "Cells to count. 500 wherever a precise percentage decides on diagnosis or stratum, "
            "300 where it does not (ICSH 2008)."
        ),
    )
    me_formula: MeFormula = Field(
        default=MeFormula.ICSH_2008,
        description=(
            "Named formula of the M:E ratio. 'ICSH 2008' has promonocytes and monocytes among the "
            "myeloid cells; 'without monocytes' is a variant that is widely taught."
        ),
    )
    blast_nos_in_me: bool = Field(
        default=True,
        description=(
            "Whether blasts of unstated lineage are myeloid in the M:E ratio. ICSH 2008 says "
            "myeloblasts and is silent on them, so this is a choice, and the report notes it."
        ),
    )
    apl_triage_share: float = Field(
        default=0.30,
        gt=0.0,
        le=0.5,
        allow_inf_nan=False,
        description=(
            "Fraction of all cells found that, as blasts, promyelocytes and monocyte-like cells "
            "together, asks for a look at once. No published limit: a cautious choice of ours, "
            "because no model here knows the abnormal promyelocyte of APL. "
            "May be tuned up to 0.5, never switched off."
        ),
    )
    apl_abstained_share: float = Field(
        default=1 / 3,
        gt=0.0,
        le=0.5,
        allow_inf_nan=False,
        description=(
            "Fraction of all cells found that, left unclassified, asks for a look at once: cells "
            "unlike anything the model knows can be the only sign. No published limit: a cautious "
            "choice of ours. May be tuned up to 0.5, never switched off."
        ),
    )
    smudge_limit_percent: float = Field(
        default=20.0,
        gt=0.0,
        le=100.0,
        allow_inf_nan=False,
        description=(
            "Percent of all nucleated objects that may be smudged or bare nuclei before a smear is "
            "called inadequate. No published limit: a laboratory should set its own."
        ),
    )
    licence: Licence = Field(
        default=Licence.FULL,
        description=(
            "Which shipped weights are used. full: all, also those trained on SegPC-2021, which "
            "are CC BY-NC-SA 4.0 and not for commercial use. permissive: only those without "
            "that limit; where none are installed the run is refused."
        ),
    )
    purpose: Purpose = Field(
        default=Purpose.RESEARCH,
        description=(
            "What cases are read for. clinical: the laboratory must choose the licence of the "
            "weights itself, full or permissive; without that choice the run is refused. Either "
            "way the result is for research use only until the laboratory has validated it."
        ),
    )
    region_um: float = Field(
        default=200.0,
        ge=50.0,
        le=2000.0,
        allow_inf_nan=False,
        description=(
            "Side in µm of the square regions that are judged countable or not. 200 µm is about "
            "one field of view at 100x oil, the unit in which people choose where to count."
        ),
    )
    log_accessions: bool = Field(
        default=True,
        description=(
            "Whether entries of the work log may have an accession number, the only thing in "
            "them that leads to a patient. Switched off, --accession is refused and an import "
            "drops the numbers; what was logged before keeps them."
        ),
    )
    idle_lock_minutes: int = Field(
        default=15,
        ge=1,
        le=480,
        description=(
            "Minutes without a key or a movement after which the reading room asks for the "
            "password again; what was typed stays. Our choice: laboratories have their own rule."
        ),
    )
    institution: str = Field(
        default="",
        max_length=200,
        description=(
            "Name and address of the laboratory, which head the reports that are signed in the "
            "reading room. Empty: they have none."
        ),
    )
    retention_years: int | None = Field(
        default=None,
        ge=1,
        le=200,
        description=(
            "Whole years for which cases are kept. Older ones are listed for an administrator, who "
            "may delete them; nothing is ever deleted by itself. The years begin when a case was "
            "last signed, or, of an unsigned one that is not clinical, when it was last changed. "
            "Laws and rules of accreditation differ by state and country. Default: none, nothing "
            "is listed."
        ),
    )
    watched_folder: Path | None = Field(
        default=None,
        description=(
            "Folder that the reading room watches: each slide file, and each folder of slides or "
            "fields, that is put there becomes a case of its own, named after it, and is analysed. "
            "It is moved to `taken` in that folder, or to `refused` with a note that says why. "
            "Default: none is watched."
        ),
    )
    watched_purpose: Purpose = Field(
        default=Purpose.RESEARCH,
        description="Purpose of the cases that come from the watched folder.",
    )
    watched_scanner: str = Field(
        default="",
        max_length=128,
        description=(
            "What the slides of the watched folder are made with, as validations name it. Empty: "
            "not stated; it can be said of each slide in the reading room."
        ),
    )
    watched_stain: str = Field(
        default="",
        max_length=128,
        description="Stain of the slides of the watched folder, as validations name it.",
    )
    watched_um_per_px: float | None = Field(
        default=None,
        ge=UM_PER_PX_LIMITS[0],
        le=UM_PER_PX_LIMITS[1],
        allow_inf_nan=False,
        description=(
            "µm a pixel of the slides of the watched folder, where their files do not say it. "
            "Default: it is estimated from red cells."
        ),
    )
    watched_quiet_s: float = Field(
        default=30.0,
        ge=1.0,
        le=3600.0,
        allow_inf_nan=False,
        description=(
            "Seconds for which nothing of an entry of the watched folder may have changed before "
            "it is taken. Longer than the longest pause of a scanner that writes into it."
        ),
    )
    on_call: str = Field(
        default="",
        max_length=64,
        description=(
            "User name of the reader who is told at once of a finding that may not wait: an "
            "APL-type one, triage included, of a clinical or research case. Empty: nobody."
        ),
    )
    on_call_second: str = Field(
        default="",
        max_length=64,
        description="User name of the one who is told where nobody acknowledges such a finding.",
    )
    on_call_wait_minutes: int = Field(
        default=15,
        ge=1,
        le=1440,
        description=(
            "Minutes after which the second one is told. Our choice: APL may kill within hours."
        ),
    )
    message_link: str = Field(
        default="",
        max_length=300,
        description=(
            "Address of the reading room as people reach it, such as https://marrow.example; "
            "messages link to the case below it. Empty: they have no link."
        ),
    )
    message_webhook: str = Field(
        default="",
        max_length=1000,
        description=(
            "Address that gets each message to the reader on call as JSON with text and link, as "
            "chat and paging programs take them. No patient, accession or finding is in it. "
            "Empty: none."
        ),
    )
    message_mail_server: str = Field(
        default="",
        max_length=300,
        description=(
            "Mail server, HOST or HOST:PORT, that takes messages without a password; encrypted "
            "where it offers that. Empty: no mail is sent."
        ),
    )
    message_mail_from: str = Field(default="", max_length=300, description="Sender of the mails.")
    on_call_mail: str = Field(
        default="", max_length=300, description="Mail address of the reader on call."
    )
    on_call_second_mail: str = Field(
        default="", max_length=300, description="Mail address of the second one."
    )
    debug: bool = Field(
        default=False,
        description="Whether an unexpected error prints its traceback, which may name patients.",
    )

    @property
    def is_licence_chosen(self) -> bool:
        """Whether somebody set the licence, be it to what it would be anyway."""
        return "licence" in self.model_fields_set

    @field_validator("retention_years", mode="before")
    @classmethod
    def _no_switch(cls, years: object) -> object:
        if isinstance(years, bool):
            raise ValueError("give a number of years")
        return years

    @field_validator("home", "watched_folder")
    @classmethod
    def _absolute(cls, folder: Path | None) -> Path | None:
        return None if folder is None else folder.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line over environment over settings.toml; nothing else is read."""
        given = env_settings() | init_settings()
        home = Path(str(given.get("home") or default_home())).expanduser()
        path = home / SETTINGS_FILE
        if (path.exists() or path.is_symlink()) and not path.is_file():
            raise UsageError(
                f"{SETTINGS_FILE} is a folder or a broken link; put the file in its place"
            )
        file = TomlConfigSettingsSource(settings_cls, toml_file=path)
        if "home" in file():
            raise UsageError(f"home: cannot be set in {SETTINGS_FILE}; set {PREFIX}HOME instead")
        return init_settings, env_settings, file


@dataclass(frozen=True, slots=True)
class AnalyzeOptions:
    """What one run of `analyze` was asked to do.

    n_to_count: cells to count; None counts all. um_per_px: scale to use where a file has none.
    mcv_fl: the patient's mean red cell volume in femtolitres, None where unknown.
    skip_unreadable: whether a field that cannot be read is listed instead of refusing the run.
    site: folder of what `adapt` learnt. scanner, stain: of the slides, as the laboratory says it.
    settings: everything else; where it has the same thing, the values here are the ones to use.
    """

    n_to_count: int | None
    threads: int
    licence: Licence
    settings: Settings
    um_per_px: float | None = None
    mcv_fl: float | None = None
    skip_unreadable: bool = False
    site: Path | None = None
    scanner: str = ""
    stain: str = ""

    def __post_init__(self) -> None:
        if self.n_to_count is not None and self.n_to_count < 1:
            raise UsageError(f"--count: {self.n_to_count} is not a whole number above 0")
        if self.settings.purpose is Purpose.CLINICAL and not self.settings.is_licence_chosen:
            raise UsageError(
                "a case of clinical purpose needs a choice of weights: --licence permissive, or "
                "--licence full where their non-commercial licence (CC BY-NC-SA 4.0) allows it; "
                f"{PREFIX}LICENCE or {SETTINGS_FILE} sets it for good"
            )
        _within("--um-per-px", self.um_per_px, UM_PER_PX_LIMITS, "µm per pixel")
        _within("--mcv", self.mcv_fl, MCV_LIMITS_FL, "femtolitres")


def _within(option: str, value: float | None, limits: tuple[float, float], unit: str) -> None:
    low, high = limits
    # Written so that NaN, which compares false with everything, is refused too.
    if value is not None and not low <= value <= high:
        raise UsageError(f"{option}: {value} is not between {low} and {high} {unit}")


def load_settings(**given: object) -> Settings:
    """The settings in force; `given` (by field name) wins over file and environment.

    Raises UsageError, in one line that names the setting, where a value makes no sense or
    settings.toml is not TOML; EnvironmentProblemError where it cannot be read.
    """
    values: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**values)
    except ValidationError as error:
        raise UsageError(_in_one_line(error)) from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            f"{SETTINGS_FILE} is not valid TOML: {error}; correct or remove it"
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{SETTINGS_FILE} is not UTF-8 text; correct or remove it") from error
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise EnvironmentProblemError(f"{SETTINGS_FILE} cannot be read: {reason}") from error


def sources_of(settings: Settings, options: Collection[str] = ()) -> Mapping[str, Source]:
    """Where each setting of this process is from, by its name.

    options: names of those that were given to `load_settings`.
    """
    variables = EnvSettingsSource(Settings)()

    def source(name: str) -> Source:
        if name not in settings.model_fields_set:
            return Source.DEFAULT
        if name in options:
            return Source.OPTION
        return Source.VARIABLE if name in variables else Source.FILE

    return {name: source(name) for name in Settings.model_fields}


def _in_one_line(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    name = str(first["loc"][0]) if first["loc"] else "settings"
    if first["type"] == "extra_forbidden":
        return f"{name}: no such setting; the settings are {', '.join(Settings.model_fields)}"
    wrong = first["msg"][:1].lower() + first["msg"][1:]
    return f"{name}: {wrong} (set by {PREFIX}{name.upper()}, {SETTINGS_FILE} or an option)"


def unknown_variables(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Variables that begin like ours but set nothing: most likely misspelt.

    environment: the process's own where None.
    """
    names = os.environ if environment is None else environment
    known = {PREFIX + name.upper() for name in Settings.model_fields} | VARIABLES_OF_TESTS
    return tuple(sorted(name for name in names if name.startswith(PREFIX) and name not in known))
