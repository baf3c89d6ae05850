"""Every setting in the words of the page *Settings*: which group it is in, how its value is said.

A setting that is not listed here is shown to nobody; a test holds this list and `Settings`
together.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from marrowscope.settings import PREFIX, SECRETS, Settings, Source
from marrowscope.web.settings_ports import Origin, SettingInForce, SettingsGroup

THIS_MACHINE: Final = "127.0.0.1"
NOT_IN_FILE: Final = frozenset({"home"})
"""The file lies in it."""
IS_SET: Final = "set"
NO_LICENCE: Final = "Nobody chose this yet: cases of clinical purpose are not analysed."
_SIGN_IN: Final = re.compile(r"(?<=//)[^/@]*@|^[^/@]*@")
"""Name and password before the host of an address."""

Words = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class StartedAs:
    """What `marrowscope serve` was told. names: by which browsers call the server besides host."""

    host: str = THIS_MACHINE
    has_tls: bool = False
    trusted_proxy: bool = False
    names: frozenset[str] = frozenset()


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


def _switch(value: bool) -> str:
    return "yes" if value else "no"


def _share(value: float) -> str:
    return _percent(100 * value)


def _percent(value: float) -> str:
    return f"{value:.3g} %"


def _counted(one: str, several: str) -> Words:
    def words(value: float | None) -> str:
        return "" if value is None else f"{value:,g} {one if value == 1 else several}"

    return words


def _host(value: str) -> str:
    return _SIGN_IN.sub("…@", value.strip())


_MINUTES: Final = _counted("minute", "minutes")

GROUPS: Final[Mapping[str, Mapping[str, tuple[str, Words]]]] = {
    "Laboratory": {
        "institution": ("Name and address on reports", _plain),
        "licence": ("Weights in use", _plain),
        "purpose": ("Purpose on the command line", _plain),
    },
    "Counting": {
        "count_target": ("Cells to count", _counted("cell", "cells")),
        "me_formula": ("M:E formula", _plain),
        "blast_nos_in_me": ("Blasts of unstated lineage in M:E", _switch),
        "region_um": ("Side of a region", _counted("µm", "µm")),
    },
    "What calls for a look": {
        "apl_triage_share": ("Blasts, promyelocytes, monocyte-like", _share),
        "apl_abstained_share": ("Cells left unclassified", _share),
        "smudge_limit_percent": ("Smudged or bare nuclei", _percent),
    },
    "Keeping cases": {
        "retention_years": ("Cases are kept for", _counted("year", "years")),
        "log_accessions": ("Accessions in the work log", _switch),
    },
    "On call and messages": {
        "on_call": ("Reader on call", _plain),
        "on_call_second": ("Second reader", _plain),
        "on_call_wait_minutes": ("The second is told after", _MINUTES),
        "on_call_mail": ("Mail to the reader on call", _plain),
        "on_call_second_mail": ("Mail to the second reader", _plain),
        "message_link": ("Address in messages", _host),
        "message_webhook": ("Webhook", _plain),
        "message_mail_server": ("Mail server", _host),
        "message_mail_from": ("Sender of mails", _plain),
    },
    "Watched folder": {
        "watched_folder": ("Folder", _plain),
        "watched_purpose": ("Purpose of its cases", _plain),
        "watched_scanner": ("Scanner of its slides", _plain),
        "watched_stain": ("Stain of its slides", _plain),
        "watched_um_per_px": ("Scale where no file says it", _counted("µm a pixel", "µm a pixel")),
        "watched_quiet_s": ("Taken when quiet for", _counted("second", "seconds")),
    },
    "This server": {
        "idle_lock_minutes": ("Screens lock after", _MINUTES),
        "home": ("Home folder", _plain),
        "threads": ("Worker threads", _plain),
        "debug": ("Tracebacks of errors", _switch),
    },
}
"""Title of the group, name of the setting, its label and how a value is said."""


def shown_groups(
    settings: Settings, sources: Mapping[str, Source], started_as: StartedAs
) -> tuple[SettingsGroup, ...]:
    """All settings and what the server was told when it was started, in words."""
    groups = [
        SettingsGroup(
            title,
            tuple(
                _shown(settings, name, sources[name], label, words)
                for name, (label, words) in rows.items()
            ),
        )
        for title, rows in GROUPS.items()
    ]
    return (*groups, SettingsGroup("How it was started", tuple(_started(started_as))))


def _shown(
    settings: Settings, name: str, source: Source, label: str, words: Words
) -> SettingInForce:
    field = Settings.model_fields[name]
    value, is_secret = getattr(settings, name), name in SECRETS
    default = "" if field.default_factory is not None else words(field.default)
    return SettingInForce(
        label=label,
        value=(IS_SET if value else "") if is_secret else words(value),
        origin=Origin(source.value),
        name="" if name in NOT_IN_FILE else name,
        variable=PREFIX + name.upper(),
        default="" if is_secret else default,
        about=(field.description or "").replace("`", ""),
        remark=NO_LICENCE if name == "licence" and not settings.is_licence_chosen else "",
        is_secret=is_secret,
    )


def _started(started_as: StartedAs) -> Sequence[SettingInForce]:
    return (
        _option("Listens on", started_as.host, THIS_MACHINE, "--host", "Address of this machine."),
        _option(
            "Encrypts by itself", _switch(started_as.has_tls), "no", "--tls-cert", "With --tls-key."
        ),
        _option(
            "Behind a trusted proxy",
            _switch(started_as.trusted_proxy),
            "no",
            "--trusted-proxy",
            "Which encrypts, and says who asked.",
        ),
        _option(
            "Also called",
            ", ".join(sorted(started_as.names)),
            "",
            "--name",
            "Names by which browsers may ask for this server.",
        ),
    )


def _option(label: str, value: str, default: str, option: str, about: str) -> SettingInForce:
    origin = Origin.DEFAULT if value == default else Origin.OPTION
    return SettingInForce(label, value, origin, option=option, default=default, about=about)
