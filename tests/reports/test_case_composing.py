from dataclasses import replace
from datetime import datetime

import pytest

from marrowscope.cases.facts import CaseFacts
from marrowscope.differential import printed_percent
from marrowscope.errors import UsageError
from marrowscope.reports.case_composing import compose_case_report
from marrowscope.reports.case_report import ReportKind, ResultBasis, Version
from marrowscope.reports.case_wording import iso_utc, time_words
from reports.made_case_report import (
    AMENDED,
    COUNTED,
    WRITING,
    MadeReport,
    counted_classes,
    made_case,
    made_count,
    made_header,
    made_report,
    make_report,
)

PRELIMINARY = Version(ReportKind.PRELIMINARY, 1)


def test_rows_are_those_of_the_count() -> None:
    result = made_report(MadeReport(undecided=12)).result
    assert result.basis is ResultBasis.FULLY_SEEN
    assert len(result.rows) == 13
    total = sum(counted_classes().values()) + 12
    assert result.total == total == sum(row.n or 0 for row in result.rows) + result.n_undecided
    blasts = result.rows[0]
    assert (blasts.n, blasts.upper_n) == (41, 53)
    assert blasts.upper_printed == printed_percent(53, total)
    printed = [float(row.printed) for row in result.rows] + [float(result.undecided_printed)]
    assert round(sum(printed), 6) == 100.0
    assert {one.n for one in result.removed} == {COUNTED["SMUDGE"], COUNTED["ARTEFACT"]}


def test_undecided_cells_across_a_threshold_leave_it_open() -> None:
    blasts = made_report(MadeReport(undecided=12)).result.rows[0]
    assert blasts.open == (10,)
    assert made_report(MadeReport()).result.rows[0].open == ()


def test_a_class_nobody_models_has_no_number_until_every_cell_was_seen() -> None:
    def mast(made: MadeReport) -> tuple[int | None, str, str]:
        row = next(one for one in made_report(made).result.rows if one.category == "mast cells")
        return row.n, row.printed, row.note

    n, printed, note = mast(MadeReport(seen=False, version=PRELIMINARY))
    assert (n, printed) == (None, "")
    assert note == "not modelled: nothing is known of it"
    assert mast(MadeReport()) == (
        0,
        "0.0",
        "not modelled; looked for among all counted cells, none seen",
    )


def test_blasts_stand_beside_what_may_count_with_them() -> None:
    lines = made_report(MadeReport()).result.blast_lines
    assert [line.label for line in lines] == [
        "Blasts",
        "Blasts + promonocytes",
        "Blasts + promonocytes + abnormal promyelocytes",
    ]
    assert (lines[0].n, lines[0].upper_n) == (41, None)
    assert (lines[1].n, lines[1].upper_n) == (41, 41 + 11)
    assert lines[1].note == "promonocytes not separated"
    assert (lines[2].n, lines[2].upper_n) == (43, 43 + 11 + 22)


def test_once_told_apart_the_range_is_a_number() -> None:
    writing = replace(
        WRITING, are_promonocytes_separated=True, are_abnormal_promyelocytes_separated=True
    )
    lines = made_report(MadeReport(writing=writing)).result.blast_lines
    assert [(line.n, line.upper_n, line.note) for line in lines] == [
        (41, None, ""),
        (41, None, ""),
        (43, None, ""),
    ]


def test_the_estimate_of_an_audit_stands_in_place_of_the_percentage() -> None:
    plain = made_report(MadeReport(seen=False, version=PRELIMINARY)).result
    result = made_report(MadeReport(seen=False, audited=True)).result
    assert result.basis is ResultBasis.AUDIT
    assert (result.n_audited, result.n_unseen) == (60, result.n_to_see - result.n_seen)
    for before, row in zip(plain.rows, result.rows, strict=True):
        assert row.n == before.n
        assert row.printed != before.printed
        assert row.low != before.low
        assert row.upper_printed == ""
        assert row.note != "not modelled: nothing is known of it"
    assert result.rows[0].near == (10,)
    assert [line.printed for line in result.blast_lines] == ["9.7"]
    assert result.advice == ()


def test_the_estimate_of_an_audit_has_both_bounds_where_cells_are_undecided() -> None:
    made = MadeReport(seen=False, audited=True, undecided=12, audit_upper=True)
    result = made_report(made).result
    blasts = result.rows[0]
    assert blasts.open == (10,)
    assert blasts.near == ()
    assert blasts.percent is not None
    assert blasts.upper_percent == pytest.approx(blasts.percent + 3.0)
    assert blasts.upper_printed == f"{blasts.upper_percent:.1f}"
    assert result.undecided_printed == "3.0"
    line = result.blast_lines[0]
    assert line.upper_printed == blasts.upper_printed
    assert line.note == "estimated from the audit; upper figure with every undecided cell"


def test_an_audit_that_leaves_out_a_category_is_refused() -> None:
    with pytest.raises(UsageError, match="says nothing of blasts"):
        make_report(MadeReport(seen=False, audited=True, not_estimated=("blasts",)))


def test_a_count_that_was_seen_whole_needs_no_audit() -> None:
    assert made_report(MadeReport(audited=True)).result == made_report(MadeReport()).result


def test_only_a_preliminary_report_rests_on_an_unfinished_count() -> None:
    report = made_report(MadeReport(seen=False, version=PRELIMINARY))
    assert report.result.basis is ResultBasis.NOT_FINISHED
    for kind in set(ReportKind) - {ReportKind.PRELIMINARY}:
        with pytest.raises(UsageError, match="complete audit"):
            make_report(MadeReport(seen=False, version=Version(kind, 2)))
    preview = make_report(MadeReport(seen=False, signed=False))
    assert preview.version.kind is ReportKind.FINAL


def test_the_classifiers_error_is_said_unless_every_cell_was_seen() -> None:
    unfinished = made_report(MadeReport(seen=False, version=PRELIMINARY))
    assert unfinished.result.classifier_error.startswith("Classifier error on this scanner")
    assert any("Classifier error" in one for one in unfinished.not_assessed)
    assert made_report(MadeReport()).result.classifier_error == ""
    assert not any("Classifier error" in one for one in made_report(MadeReport()).not_assessed)


def test_what_a_threshold_needs_is_there_even_where_nobody_said_it() -> None:
    texts = {one.label: one.text for one in made_report(MadeReport(facts=CaseFacts())).identity}
    assert texts == {
        "Patient": "not stated",
        "Patient id": "not stated",
        "Birth date": "not stated",
        "Sex": "not stated",
        "Purpose": "research",
        "Indication": "not stated",
        "Blasts in blood": "not stated",
        "Prior therapy": "not stated",
    }


def test_the_age_is_that_when_the_marrow_was_taken() -> None:
    texts = {one.label: one.text for one in made_report(MadeReport()).identity}
    assert texts["Birth date"] == "12 Mar 1962, aged 64"
    assert texts["Blasts in blood"] == "1.5 %"


def test_only_headings_that_were_filled_are_printed() -> None:
    labels = [one.label for one in made_report(MadeReport()).texts]
    assert "Megakaryocytes" in labels
    assert "Iron stain" not in labels


def test_two_classifications_that_say_the_same_are_one_finding() -> None:
    findings = made_report(MadeReport(undecided=12)).findings
    both = [one for one in findings if one.rule.startswith("F-BLAST-5-9")]
    assert [one.edition for one in both] == ["WHO 2022, ICC 2022"]
    assert both[0].acknowledged_by == "Dr A. Karlsson"
    assert both[0].acknowledged_at == "2026-11-24T10:58:00Z"


def test_what_was_said_to_one_classification_alone_is_not_said_to_the_other() -> None:
    made = MadeReport(undecided=12)
    case, analysis = made_case(made)
    count, findings = made_count(made)
    two = [one for one in findings if one.finding.rule_id == "F-BLAST-5-9"]
    report = compose_case_report(
        case,
        analysis,
        made_header(made),
        count,
        writing=WRITING,
        version=AMENDED,
        findings=[two[0], replace(two[1], acknowledgement=None)],
    )
    assert [(one.edition, one.acknowledged_by) for one in report.findings] == [
        ("WHO 2022", "Dr A. Karlsson"),
        ("ICC 2022", ""),
    ]


def test_slides_have_the_names_of_the_case_and_their_facts() -> None:
    report = made_report(MadeReport())
    first, second = report.digitisation.slides
    assert [one.slide for one in report.result.slides] == ["Smear 1", "Smear 2"]
    assert (first.um_per_px, first.um_per_px_origin) == ("0.210", "from the file")
    assert (first.opened_at, first.opened_by) == ("2026-11-24T10:05:00Z", "M. Berg")
    assert second.opened_at == ""
    assert first.files[0].n_bytes == 1_234_567_890


def test_a_slide_that_left_the_case_is_still_named() -> None:
    made = MadeReport()
    case, analysis = made_case(made)
    count, _ = made_count(made)
    header = made_header(made)
    left = replace(case, slides=case.slides[:1])
    report = compose_case_report(left, analysis, header, count, writing=WRITING, version=AMENDED)
    gone = report.digitisation.slides[1]
    assert (gone.name, gone.form, gone.files) == ("smear-1", "taken from the case since", ())
    header["slides"] = header["slides"][:1]
    with pytest.raises(UsageError, match="analyse the case again"):
        compose_case_report(case, analysis, header, count, writing=WRITING, version=AMENDED)


def test_times_are_utc_and_bear_their_zone() -> None:
    assert time_words("2026-11-24T09:02:31Z") == "24 Nov 2026 09:02 UTC"
    assert time_words("2026-11-24T09:02:31Z", seconds=True) == "24 Nov 2026 09:02:31 UTC"
    assert time_words("") == ""
    assert iso_utc(datetime.fromisoformat("2026-11-24T12:00:00+02:00")) == "2026-11-24T10:00:00Z"
    with pytest.raises(ValueError, match="zone"):
        iso_utc(datetime(2026, 11, 24))
