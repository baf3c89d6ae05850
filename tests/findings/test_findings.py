import json
import re
from importlib import import_module

import pytest

from marrowscope.differential import ThresholdState, differential
from marrowscope.errors import UsageError
from marrowscope.findings import (
    Edition,
    FindingSettings,
    ReferenceRatio,
    evaluate_findings,
    findings_as_json,
    gather_evidence,
    not_assessed,
    shipped_rules,
)
from marrowscope.vocabulary import class_ids

MODELLED = (
    "BLAST_NOS",
    "PROMY",
    "MYELO",
    "META",
    "BAND",
    "SEG",
    "EOS_MAT",
    "BASO",
    "MONO",
    "LYMPH",
    "PLASMA",
    "ERY_NOS",
    "SMUDGE",
)
DISEASE = re.compile(
    r"leuk|myeloma|lymphoma|syndrom|MDS|AML|CML|CMML|mastocytosis|neoplas|meets|criteria for", re.I
)


def evaluated(
    n_undecided=0, modelled=MODELLED, settings=None, scale_note=None, outside=0, **counts
):
    """Findings by (rule, edition); `outside` found cells lie outside the count."""
    ids = [class_id for class_id, n in counts.items() for _ in range(n)]
    abstained = [False] * len(ids) + [True] * n_undecided
    ids += ["LYMPH"] * n_undecided
    count = differential(ids, abstained, modelled=modelled, scale_note=scale_note)
    ids += ["BLAST_NOS"] * outside
    abstained += [False] * outside
    cell_ids = [f"c{place}" for place in range(len(ids))]
    in_count = [True] * (len(ids) - outside) + [False] * outside
    evidence = gather_evidence(cell_ids, ids, abstained, in_count)
    found = evaluate_findings(count, evidence, settings or FindingSettings())
    return {(finding.rule_id, finding.edition.value): finding for finding in found}


def test_blasts_above_20_percent_in_the_words_that_are_allowed():
    found = evaluated(BLAST_NOS=120, SEG=380)["F-BLAST-20", "WHO5"]
    assert found.state is ThresholdState.MET
    assert found.is_critical
    assert (found.k, found.upper_k, found.n) == (120, 120, 500)
    assert found.sentence == (
        "Blasts 24.0 % (120/500; 95 % limits 20.5–27.9 %, sampling only). "
        "≥20 % blasts (threshold of WHO 2022): urgent review. "
        "Not given: age, indication, prior therapy."
    )
    assert found.threshold == "≥ 20 %"
    assert found.evidence == tuple(f"c{place}" for place in range(120))


def test_107_of_500_lies_in_the_band_and_is_reached():
    found = evaluated(BLAST_NOS=107, SEG=393)
    at_20 = found["F-BLAST-20", "ICC2022"]
    assert (at_20.state, at_20.is_reached) == (ThresholdState.NEAR, True)
    assert at_20.sentence.startswith(
        "Blasts 21.4 % (107/500; 95 % limits 18.0–25.2 %, sampling only). "
        "This value lies in the indeterminate band around the 20 % threshold; extend the count. "
        "≥20 % blasts"
    )
    below = found["F-BLAST-10-19", "ICC2022"]
    assert (below.state, below.is_reached) == (ThresholdState.NEAR, False)
    assert "urgent" not in below.sentence
    assert found["F-BLAST-5-9", "ICC2022"].state is ThresholdState.NOT_MET


def test_99_of_500_is_not_20_percent():
    found = evaluated(BLAST_NOS=99, SEG=401)
    assert "19.8 % (99/500" in found["F-BLAST-20", "WHO5"].sentence
    assert not found["F-BLAST-20", "WHO5"].is_reached
    assert found["F-BLAST-10-19", "WHO5"].is_reached


@pytest.mark.parametrize(
    ("n_blasts", "met"),
    [(5, None), (36, "F-BLAST-5-9"), (75, "F-BLAST-10-19"), (130, "F-BLAST-20")],
)
@pytest.mark.parametrize("edition", ["WHO5", "ICC2022"])
def test_each_band_is_met_alone(n_blasts, met, edition):
    found = evaluated(BLAST_NOS=n_blasts, SEG=500 - n_blasts)
    bands = ("F-BLAST-5-9", "F-BLAST-10-19", "F-BLAST-20")
    are_met = [band for band in bands if found[band, edition].state is ThresholdState.MET]
    assert are_met == ([met] if met else [])


def test_undecided_cells_that_straddle_leave_the_threshold_open():
    found = evaluated(n_undecided=12, BLAST_NOS=41, SEG=459)["F-BLAST-10-19", "WHO5"]
    assert found.state is ThresholdState.NOT_DECIDED
    assert (found.k, found.upper_k, found.n) == (41, 53, 512)
    assert found.sentence.startswith(
        "Blasts 8.0 % (41/512; 95 % limits 6.0–10.7 %, sampling only), up to 10.4 % (53/512) with "
        "12 undecided cells. Threshold not decided (≥ 10 % and < 20 %): 12 undecided cells."
    )
    assert len(found.evidence) == 41 + 12


def test_promonocytes_not_told_apart_make_a_range():
    found = evaluated(BLAST_NOS=41, MONO=11, SEG=448)["F-BLAST-PROMONO", "none"]
    assert found.sentence.startswith(
        "Blasts + promonocytes: promonocytes not separated: 8.2 to 10.4 % (41 to 52 of 500; "
        "95 % limits 6.1–13.4 %, sampling only)."
    )
    assert found.state is ThresholdState.NOT_MET


def test_a_range_across_the_threshold_is_not_decided():
    found = evaluated(BLAST_NOS=60, MONO=60, SEG=380)["F-BLAST-PROMONO", "none"]
    assert found.state is ThresholdState.NOT_DECIDED
    assert "promonocytes not separated" in found.sentence
    assert len(found.evidence) == 120


def test_near_only_with_cells_that_may_belong_is_said_so():
    found = evaluated(n_undecided=20, BLAST_NOS=70, SEG=410)["F-BLAST-20", "WHO5"]
    assert (found.state, found.is_reached) == (ThresholdState.NEAR, False)
    assert "With every cell that may belong, this value lies in the indeterminate band" in (
        found.sentence
    )


def test_abnormal_promyelocytes_have_a_line_of_their_own():
    found = evaluated(BLAST_NOS=50, PROMY=40, MONO=20, SEG=390)
    line = found["F-BLAST-PROMONO-PROMY", "none"]
    assert (line.k, line.upper_k) == (50, 110)
    assert found["F-BLAST-PROMONO", "none"].upper_k == 70


def test_plasma_cells():
    found = evaluated(PLASMA=325, SEG=175)
    assert found["F-PC10", "none"].state is ThresholdState.MET
    assert found["F-PC60", "none"].state is ThresholdState.MET
    assert "clonality not assessable" in found["F-PC60", "none"].sentence
    assert evaluated(PLASMA=75, SEG=425)["F-PC60", "none"].state is ThresholdState.NOT_MET


def test_eosinophils_must_be_above_20_percent():
    assert not evaluated(EOS_MAT=100, SEG=400)["F-EOS", "none"].is_reached
    assert evaluated(EOS_MAT=101, SEG=399)["F-EOS", "none"].is_reached


def test_erythroid_predominance_makes_the_blast_percentage_unsafe():
    found = evaluated(ERY_NOS=300, SEG=200)
    assert found["F-ERY50", "none"].state is ThresholdState.MET
    assert "blast percentage unsafe" in found["F-BLAST-UNSAFE", "none"].sentence.lower()


def test_rules_without_their_classes_are_left_out():
    found = evaluated(ERY_NOS=450, SEG=50)
    assert ("F-PEL", "WHO5") not in found
    assert ("F-MAST", "none") not in found


def test_erythroid_pattern_needs_both_conditions():
    both = evaluated(modelled=class_ids(), ERY_NOS=230, PROERY=220, SEG=50)["F-PEL", "WHO5"]
    one = evaluated(modelled=class_ids(), ERY_NOS=430, PROERY=20, SEG=50)["F-PEL", "WHO5"]
    assert both.state is ThresholdState.MET
    assert "Proerythroblasts 44.0 % (220/500" in both.sentence
    assert one.state is ThresholdState.NOT_MET
    assert one.evidence == ()


def test_mast_cells_where_modelled():
    found = evaluated(modelled=class_ids(), MAST=15, SEG=485)["F-MAST", "none"]
    assert found.is_reached
    assert found.evidence == tuple(f"c{place}" for place in range(15))


def test_dilution_needs_many_mature_cells_and_few_precursors():
    diluted = evaluated(SEG=300, LYMPH=150, MYELO=20, ERY_NOS=10, MONO=20)["F-DIL", "none"]
    marrow = evaluated(SEG=250, LYMPH=110, MYELO=60, ERY_NOS=60, MONO=20)["F-DIL", "none"]
    assert diluted.state is ThresholdState.MET
    assert len(diluted.evidence) == 450
    assert marrow.state is ThresholdState.NOT_MET


def test_dilution_is_not_judged_where_precursors_are_not_modelled():
    modelled = tuple(class_id for class_id in MODELLED if class_id != "ERY_NOS")
    assert ("F-DIL", "none") not in evaluated(modelled=modelled, SEG=500)


def test_too_few_cells():
    short = evaluated(SEG=299)["F-INAD-COUNT", "none"]
    assert short.state is ThresholdState.MET
    assert "299 cells counted, fewer than 300: inadequate" in short.sentence
    assert evaluated(SEG=300)["F-INAD-COUNT", "none"].state is ThresholdState.NOT_MET


def test_smudges_are_a_share_of_counted_cells_and_smudges():
    found = evaluated(SEG=300, SMUDGE=200)["F-INAD-SMUDGE", "none"]
    assert (found.k, found.n, found.state) == (200, 500, ThresholdState.MET)
    assert len(found.evidence) == 200
    strict = FindingSettings(smudge_share=0.5)
    assert (
        evaluated(SEG=300, SMUDGE=200, settings=strict)["F-INAD-SMUDGE", "none"].state
        is ThresholdState.NOT_MET
    )


def test_smudges_that_nobody_can_see_are_not_called_few():
    without = [name for name in MODELLED if name != "SMUDGE"]
    assert ("F-INAD-SMUDGE", "none") not in evaluated(SEG=300, modelled=without)
    (named,) = [one for one in not_assessed(without) if one.rule_id == "F-INAD-SMUDGE"]
    assert "smudged nuclei" in named.why
    assert all(one.rule_id != "F-INAD-SMUDGE" for one in not_assessed(MODELLED))


def test_ratio_rules_only_with_an_adopted_interval():
    assert ("F-ME-hi", "none") not in evaluated(SEG=450, ERY_NOS=50)
    settings = FindingSettings(me_reference=ReferenceRatio(2, 4, "own volunteers"))
    high = evaluated(SEG=450, ERY_NOS=50, settings=settings)
    assert high["F-ME-hi", "none"].state is ThresholdState.MET
    assert high["F-ME-lo", "none"].state is ThresholdState.NOT_MET
    assert "Above the adopted 2–4 (own volunteers): ratio shift" in (
        high["F-ME-hi", "none"].sentence
    )
    low = evaluated(SEG=100, ERY_NOS=200, settings=settings)
    assert low["F-ME-lo", "none"].state is ThresholdState.MET
    near = evaluated(SEG=390, ERY_NOS=100, settings=settings)
    assert near["F-ME-hi", "none"].state is ThresholdState.NEAR
    assert not near["F-ME-hi", "none"].is_reached
    none = evaluated(SEG=390, settings=settings)
    assert none["F-ME-hi", "none"].state is ThresholdState.NOT_DECIDED
    assert "no erythroid cells counted" in none["F-ME-hi", "none"].sentence


def test_rules_that_stand_in_for_reference_limits_are_off():
    assert ("F-LYM", "none") not in evaluated(LYMPH=400, SEG=100)
    settings = FindingSettings(
        switched_on=frozenset({"F-LYM"}),
        switched_off=frozenset({"F-EOS"}),
        threshold_percent={"F-LYM": 12.5},
    )
    found = evaluated(LYMPH=100, SEG=400, settings=settings)
    assert found["F-LYM", "none"].threshold == "> 12.5 %"
    assert found["F-LYM", "none"].state is ThresholdState.MET
    assert ("F-EOS", "none") not in found


def test_editions_can_be_chosen():
    who_only = FindingSettings(editions=frozenset({Edition.WHO5}))
    found = evaluated(BLAST_NOS=100, SEG=400, settings=who_only)
    assert {edition for _, edition in found} == {"WHO5", "none"}


def test_known_context_is_not_asked_for():
    settings = FindingSettings(known_context=frozenset({"age", "indication", "prior therapy"}))
    found = evaluated(BLAST_NOS=200, SEG=300, settings=settings)["F-BLAST-20", "WHO5"]
    assert "Not given" not in found.sentence


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"switched_off": frozenset({"F-APL-triage"})}, "cannot be switched"),
        ({"switched_off": frozenset({"F-XYZ"})}, "no rule is called 'F-XYZ'"),
        (
            {"switched_off": frozenset({"F-EOS"}), "switched_on": frozenset({"F-EOS"})},
            "on and off",
        ),
        ({"threshold_percent": {"F-PC10": 12}}, "published source"),
        ({"threshold_percent": {"F-XYZ": 12}}, "no rule is called"),
        ({"threshold_percent": {"F-EOS": 0}}, "from 0 to 100"),
        ({"apl_immature_share": 0.9}, "tuned but not switched off"),
        ({"apl_immature_share": 0.0}, "tuned but not switched off"),
        ({"apl_undecided_share": float("nan")}, "tuned but not switched off"),
        ({"smudge_share": 0.0}, "smudge_share"),
        ({"me_reference": ReferenceRatio(4, 2, "x")}, "reference interval"),
        ({"editions": frozenset({Edition.NONE})}, "edition"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        FindingSettings(**settings)


def test_evidence_must_be_of_the_same_cells():
    count = differential(["SEG", "SEG"], [False, False], modelled=MODELLED)
    with pytest.raises(UsageError, match="not those of the differential"):
        evaluate_findings(count, gather_evidence(["c0"], ["SEG"], [False], [True]))
    with pytest.raises(UsageError, match="not those of the differential"):
        evaluate_findings(
            count, gather_evidence(["c0", "c1"], ["SEG", "SEG"], [False, True], [True, True])
        )
    with pytest.raises(UsageError, match="1 cell ids"):
        gather_evidence(["c0"], ["SEG", "SEG"], [False], [True])


def test_an_empty_count_decides_nothing():
    found = evaluated()
    assert found["F-BLAST-20", "WHO5"].state is ThresholdState.NOT_DECIDED
    assert "no cells counted" in found["F-BLAST-20", "WHO5"].sentence
    assert found["F-INAD-SMUDGE", "none"].state is ThresholdState.NOT_DECIDED
    assert found["F-APL-triage", "none"].state is ThresholdState.NOT_DECIDED


def test_no_sentence_names_a_disease():
    everything = {class_id: 20 for class_id in class_ids() if class_id != "UNCLASS"}
    settings = FindingSettings(
        switched_on=frozenset(rule.rule_id for rule in shipped_rules()),
        me_reference=ReferenceRatio(2, 4, "x"),
    )
    for counts in (everything, {**everything, "BLAST_NOS": 2000}, {"PROERY": 900, "SEG": 9}):
        for finding in evaluated(modelled=class_ids(), settings=settings, **counts).values():
            assert not DISEASE.search(finding.sentence), finding.sentence
    for rule in shipped_rules():
        assert not DISEASE.search(rule.statement), rule.rule_id


def test_every_sentence_is_one_line_and_carries_its_count():
    for finding in evaluated(n_undecided=7, BLAST_NOS=107, SEG=393).values():
        assert "\n" not in finding.sentence
        if finding.k is not None and finding.rule_id.startswith("F-BLAST"):
            assert f"{finding.k}" in finding.sentence


def test_scale_note_is_carried_into_every_finding():
    note = "scale estimated from red cells"
    for finding in evaluated(SEG=400, scale_note=note).values():
        assert finding.scale_note == note


def test_json_form():
    found = findings_as_json(evaluated(n_undecided=3, BLAST_NOS=120, SEG=380).values())
    json.dumps(found, allow_nan=False)
    blasts = next(row for row in found if row["rule_id"] == "F-BLAST-20")
    assert blasts["state"] == "met"
    assert blasts["edition"] == "WHO5"
    assert blasts["percent"] == pytest.approx(23.8569)
    assert blasts["low"] < blasts["percent"] < blasts["high"]
    assert len(blasts["evidence"]) == 120


def test_shipped_rules_are_sound():
    seen = set()
    for rule in shipped_rules():
        assert (rule.rule_id, rule.edition) not in seen
        seen.add((rule.rule_id, rule.edition))
        for criterion in rule.criteria:
            assert criterion.class_ids
            assert 0 < criterion.share < 1
            assert criterion.below_share is None or criterion.share < criterion.below_share
            assert bool(criterion.possible_class_ids) == bool(criterion.not_separated)
            assert not set(criterion.class_ids) & set(criterion.possible_class_ids)
            assert criterion.is_modelled(class_ids())


def test_no_blast_rule_takes_promyelocytes_or_proerythroblasts_for_blasts():
    for rule in shipped_rules():
        if rule.rule_id.startswith("F-BLAST") and rule.criteria[0].subject.startswith("Blasts"):
            assert "PROMY" not in rule.criteria[0].class_ids
            assert "PROERY" not in rule.criteria[0].class_ids


def test_exported_names_are_complete():
    room = import_module("marrowscope.findings")
    modules = {
        "adequacy", "apl", "audited", "evaluation", "evidence", "json_form", "model", "omissions",
        "ratio", "rules", "sentences", "settings", "shares", "triage",
    }  # fmt: skip
    exported = {name for name in vars(room) if not name.startswith("_")} - modules
    assert set(room.__all__) == exported


def test_the_state_of_a_rule_never_contradicts_the_bare_count():
    for n_blasts in range(0, 501, 7):
        for finding in evaluated(n_undecided=9, BLAST_NOS=n_blasts, SEG=500 - n_blasts).values():
            if finding.state is ThresholdState.MET:
                assert finding.is_reached
            if finding.state is ThresholdState.NOT_MET:
                assert not finding.is_reached


def test_the_triage_looks_at_cells_outside_the_count_too():
    within = evaluated(BLAST_NOS=10, SEG=490)["F-APL-triage", "none"]
    beyond = evaluated(BLAST_NOS=10, SEG=490, outside=400)["F-APL-triage", "none"]
    assert within.state is ThresholdState.NOT_MET
    assert (beyond.state, beyond.k, beyond.n) == (ThresholdState.MET, 410, 900)
