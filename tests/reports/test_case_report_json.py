import json
from pathlib import Path
from typing import Any

import pytest

from marrowscope.errors import UsageError
from marrowscope.reports.case_report import SCHEMA
from marrowscope.reports.case_report_json import (
    case_report_from_object,
    case_report_object,
    case_report_sha256,
    decode_case_report,
    encode_case_report,
    record_id,
)
from reports.made_case_report import AMENDED, MadeReport, made_report, make_report, with_hard_words

KEPT = Path(__file__).parent / "case_report_schema_1.json"
"""A signed record as schema 1 wrote it. Never to be written anew: it must stay readable."""


def _plain() -> dict[str, Any]:
    return case_report_object(made_report(MadeReport()))


@pytest.mark.parametrize(
    "made",
    [
        MadeReport(),
        MadeReport(undecided=12, version=AMENDED),
        MadeReport(seen=False, audited=True),
        MadeReport(signed=False, seen=False, n_files=40),
    ],
    ids=["signed", "amended", "audit", "preview"],
)
def test_a_report_comes_back_as_it_was(made: MadeReport) -> None:
    report = made_report(made)
    encoded = encode_case_report(report)
    assert decode_case_report(encoded) == report
    assert encode_case_report(decode_case_report(encoded)) == encoded


def test_words_of_any_script_come_back() -> None:
    report = with_hard_words()
    assert decode_case_report(encode_case_report(report)) == report


def test_the_same_report_has_the_same_digest_and_another_word_another_one() -> None:
    once, again = make_report(MadeReport()), make_report(MadeReport())
    assert case_report_sha256(once) == case_report_sha256(again)
    other = MadeReport(version=AMENDED)
    assert case_report_sha256(made_report(other)) != case_report_sha256(once)
    assert record_id(once) == case_report_sha256(once)[:16]
    assert record_id(made_report(MadeReport(signed=False))) == ""


def test_a_record_of_schema_1_stays_readable() -> None:
    report = decode_case_report(KEPT.read_bytes())
    assert report.schema == 1
    # Fields that came later are at what they are where nobody said anything; nothing is lost.
    assert _holds(case_report_object(report), json.loads(KEPT.read_bytes()))
    assert decode_case_report(encode_case_report(report)) == report
    assert report.signature is not None
    assert report.signature.printed_name == "Dr A. Karlsson"
    assert [row.printed for row in report.result.rows][:2] == ["8.0", "4.7"]


def _holds(value: object, kept: object) -> bool:
    if isinstance(kept, dict) and isinstance(value, dict):
        return all(name in value and _holds(value[name], one) for name, one in kept.items())
    if isinstance(kept, list) and isinstance(value, list):
        return len(value) == len(kept) and all(map(_holds, value, kept))
    return value == kept


def test_a_field_that_came_later_may_be_missing() -> None:
    plain = _plain()
    del plain["is_synthetic"]
    assert case_report_from_object(plain).is_synthetic is False


def test_what_is_no_report_is_refused() -> None:
    for encoded, words in (
        (b"{", "not JSON"),
        (b"[]", "no schema number"),
        (b'{"schema": "1"}', "no schema number"),
        (json.dumps({"schema": SCHEMA + 1}).encode(), "update Marrowscope"),
    ):
        with pytest.raises(UsageError, match=words):
            decode_case_report(encoded)


def test_a_damaged_report_is_refused_with_the_place() -> None:
    for change, words in (
        (lambda plain: plain.pop("conclusion"), "conclusion is missing"),
        (lambda plain: plain.update(doctored=1), "unknown field doctored"),
        (lambda plain: plain.update(conclusion=7), "conclusion of the case report: expected str"),
        (lambda plain: plain["version"].update(kind="secret"), "expected one of preliminary"),
        (lambda plain: plain.update(findings={}), "findings of the case report: expected a list"),
        (lambda plain: plain.update(result=[]), "result of the case report: expected an object"),
        (lambda plain: plain["result"]["rows"][0].update(n=1.5), r"rows\[0\].n of the case report"),
        (lambda plain: plain["result"]["rows"][0].update(low="1"), r"rows\[0\].low of the case"),
    ):
        plain = _plain()
        change(plain)
        with pytest.raises(UsageError, match=words):
            case_report_from_object(plain)
