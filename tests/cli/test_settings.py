import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from marrowscope.errors import UsageError
from marrowscope.settings import (
    AnalyzeOptions,
    Licence,
    MeFormula,
    Purpose,
    Settings,
    load_settings,
    unknown_variables,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "settings.md"


def test_defaults_are_the_published_ones(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)

    assert settings.count_target == 500
    assert settings.me_formula is MeFormula.ICSH_2008
    assert settings.blast_nos_in_me
    assert settings.apl_triage_share == 0.30
    assert settings.apl_abstained_share == pytest.approx(1 / 3)
    assert settings.licence is Licence.FULL
    assert settings.region_um == 200.0
    assert settings.threads >= 1


def test_later_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings.toml").write_text(
        "threads = 2\nregion_um = 300.0\nme_formula = 'without monocytes'\n", encoding="utf-8"
    )
    monkeypatch.setenv("MARROWSCOPE_HOME", str(tmp_path))
    monkeypatch.setenv("MARROWSCOPE_REGION_UM", "400")
    monkeypatch.setenv("MARROWSCOPE_COUNT_TARGET", "")

    settings = load_settings(threads=5, licence=None)

    assert settings.home == tmp_path
    assert settings.threads == 5
    assert settings.region_um == 400.0
    assert settings.me_formula is MeFormula.WITHOUT_MONOCYTES
    assert settings.count_target == 500


def test_a_clinical_case_makes_the_laboratory_choose_its_weights(tmp_path: Path) -> None:
    unsaid = load_settings(home=tmp_path, purpose=Purpose.CLINICAL)
    with pytest.raises(UsageError, match="clinical purpose needs a choice of weights"):
        AnalyzeOptions(500, 1, unsaid.licence, unsaid)
    said = load_settings(home=tmp_path, purpose=Purpose.CLINICAL, licence=Licence.FULL)
    assert AnalyzeOptions(500, 1, said.licence, said).licence is Licence.FULL
    (tmp_path / "settings.toml").write_text("licence = 'permissive'\n", encoding="utf-8")
    in_file = load_settings(home=tmp_path, purpose=Purpose.CLINICAL)
    assert AnalyzeOptions(500, 1, in_file.licence, in_file).licence is Licence.PERMISSIVE


def test_settings_do_not_change(tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)

    with pytest.raises(ValidationError):
        settings.count_target = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threads", "0"),
        ("threads", "many"),
        ("count_target", "0"),
        ("licence", "mine"),
        ("me_formula", "my own"),
        ("blast_nos_in_me", "perhaps"),
        ("apl_triage_share", "0"),
        ("apl_triage_share", "0.51"),
        ("apl_triage_share", "nan"),
        ("apl_abstained_share", "1"),
        ("smudge_limit_percent", "101"),
        ("region_um", "inf"),
    ],
)
def test_a_value_that_makes_no_sense_is_one_line_that_names_the_setting(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"MARROWSCOPE_{name.upper()}", value)

    with pytest.raises(UsageError) as caught:
        load_settings(home=tmp_path)

    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert f"MARROWSCOPE_{name.upper()}" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"thread = 2", "thread: no such setting"),
        (b"threads = ", "not valid TOML"),
        (b"home = '/elsewhere'", "home: cannot be set"),
        (b"licence = '\xff'", "not UTF-8"),
        (b"apl_triage_share = 0.9", "apl_triage_share"),
    ],
)
def test_a_bad_settings_file_is_refused(content: bytes, named: str, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(content)

    with pytest.raises(UsageError, match=re.escape(named)):
        load_settings(home=tmp_path)


def test_home_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert load_settings(home=Path("here")).home == tmp_path / "here"


def test_misspelt_variables_are_found() -> None:
    environment = {"MARROWSCOPE_THREDS": "2", "MARROWSCOPE_THREADS": "2", "HOME": "/"}

    assert unknown_variables(environment) == ("MARROWSCOPE_THREDS",)


@pytest.mark.parametrize("um_per_px", [0.0, -0.25, 11.0, float("nan"), float("inf")])
def test_a_scale_that_cannot_be_is_refused(um_per_px: float, tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path)

    with pytest.raises(UsageError, match="--um-per-px"):
        AnalyzeOptions(500, 1, Licence.FULL, settings, um_per_px=um_per_px)


def in_one_line(text: str) -> str:
    return " ".join(text.replace("`", "").split())


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_described_as_in_the_code(name: str) -> None:
    document = in_one_line(DOCUMENT.read_text(encoding="utf-8"))
    description = Settings.model_fields[name].description

    assert f"MARROWSCOPE_{name.upper()}" in document
    assert description
    assert in_one_line(description) in document


def test_no_setting_is_described_that_does_not_exist() -> None:
    named = set(re.findall(r"MARROWSCOPE_[A-Z_]+", DOCUMENT.read_text(encoding="utf-8")))

    assert {name.removeprefix("MARROWSCOPE_").lower() for name in named} == set(
        Settings.model_fields
    )


@pytest.mark.parametrize("what", ["folder", "broken link"])
def test_a_settings_file_that_is_none_is_refused(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "settings.toml"
    path.mkdir() if what == "folder" else path.symlink_to(tmp_path / "gone.toml")
    monkeypatch.setenv("MARROWSCOPE_HOME", str(tmp_path))
    with pytest.raises(UsageError, match=r"settings\.toml is a folder or a broken link"):
        load_settings()
