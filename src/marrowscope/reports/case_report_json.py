"""The case report as plain JSON: what is signed and kept. Older schemas must stay readable.

A field that came later has a default and may be missing; a field that nobody knows is refused,
for nothing of a signed record may be passed over in silence.
"""

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING as NO_DEFAULT
from dataclasses import asdict, fields, is_dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from marrowscope.errors import UsageError
from marrowscope.reports.case_report import SCHEMA, CaseReport

_RECORD_DIGITS: Final = 16


def case_report_object(report: CaseReport) -> dict[str, Any]:
    """The report as dictionaries, lists, texts and numbers."""
    plain: dict[str, Any] = json.loads(_text(report))
    return plain


def encode_case_report(report: CaseReport) -> bytes:
    """UTF-8 in one fixed form: no blanks, keys in order. The bytes that a digest is taken of.

    Raises ValueError for a number that JSON cannot hold, and for half a character.
    """
    return _text(report).encode("utf-8")


def case_report_sha256(report: CaseReport) -> str:
    """SHA-256 of the encoded report, in hexadecimal."""
    return sha256(encode_case_report(report)).hexdigest()


def record_id(report: CaseReport) -> str:
    """The short form of the digest that is printed; "" for a preview, which is no record."""
    return "" if report.signature is None else case_report_sha256(report)[:_RECORD_DIGITS]


def decode_case_report(encoded: bytes) -> CaseReport:
    """From the encoded form. Raises UsageError where it is no report of a known schema."""
    try:
        value = json.loads(encoded)
    except ValueError as error:
        raise UsageError("the case report is not JSON; restore it from a backup") from error
    return case_report_from_object(value)


def case_report_from_object(value: object) -> CaseReport:
    """From plain values. Raises UsageError where it is no report of a known schema."""
    if not isinstance(value, Mapping) or not isinstance(value.get("schema"), int):
        raise UsageError("this is no case report: it has no schema number")
    if value["schema"] > SCHEMA:
        raise UsageError(
            f"the case report has schema {value['schema']}, this version reads up to {SCHEMA}; "
            "update Marrowscope"
        )
    report: CaseReport = _read(CaseReport, value, "case report")
    return report


def _text(report: CaseReport) -> str:
    return json.dumps(
        asdict(report), ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, value: object, place: str) -> Any:
    """A value of the annotated type; place: where it stands, for the message."""
    if is_dataclass(kind) and isinstance(kind, type):
        return _read_record(kind, value, place)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise _wrong(place, "a list")
        inner = get_args(kind)[0]
        return tuple(_read(inner, one, f"{place}[{n}]") for n, one in enumerate(value))
    if get_origin(kind) in {types.UnionType, Union}:
        inner = next(one for one in get_args(kind) if one is not type(None))
        return None if value is None else _read(inner, value, place)
    if issubclass(kind, StrEnum):
        if value not in list(kind):
            raise _wrong(place, f"one of {', '.join(kind)}")
        return kind(value)
    if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if type(value) is not kind:
        raise _wrong(place, kind.__name__)
    return value


def _read_record(kind: type, value: object, place: str) -> Any:
    if not isinstance(value, Mapping):
        raise _wrong(place, "an object")
    known = {field.name: field for field in fields(kind)}
    if unknown := sorted(set(value) - set(known)):
        raise UsageError(f"{place} of the case report: unknown field {unknown[0]}")
    missing = [
        name for name, field in known.items() if name not in value and field.default is NO_DEFAULT
    ]
    if missing:
        raise UsageError(f"{place} of the case report: {missing[0]} is missing")
    hints = _hints(kind)
    return kind(**{name: _read(hints[name], value[name], f"{place}.{name}") for name in value})


def _wrong(place: str, wanted: str) -> UsageError:
    return UsageError(f"{place} of the case report: expected {wanted}")
