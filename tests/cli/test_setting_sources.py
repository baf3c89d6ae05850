"""Where a setting is from, and the one that says for how long cases are kept."""

from pathlib import Path

import pytest

from marrowscope.errors import UsageError
from marrowscope.settings import Settings, Source, load_settings, sources_of


def test_each_setting_has_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings.toml").write_text(
        "count_target = 500\nregion_um = 300\nidle_lock_minutes = 5\n", encoding="utf-8"
    )
    monkeypatch.setenv("MARROWSCOPE_HOME", str(tmp_path))
    monkeypatch.setenv("MARROWSCOPE_REGION_UM", "250")
    monkeypatch.setenv("MARROWSCOPE_THREADS", "3")
    monkeypatch.setenv("MARROWSCOPE_ON_CALL", "")

    sources = sources_of(load_settings(threads=2), options=("threads",))

    assert set(sources) == set(Settings.model_fields)
    found = {name: source for name, source in sources.items() if source is not Source.DEFAULT}
    assert found == {
        "home": Source.VARIABLE,
        # In the file, though it says what would be so anyway.
        "count_target": Source.FILE,
        "idle_lock_minutes": Source.FILE,
        # In both: the variable wins.
        "region_um": Source.VARIABLE,
        "threads": Source.OPTION,
    }


def test_nobody_keeps_cases_for_a_time_by_default(tmp_path: Path) -> None:
    assert load_settings(home=tmp_path).retention_years is None


@pytest.mark.parametrize("years", ["0", "-3", "201", "1.5", "true", "false", "'ten'", "nan"])
def test_a_time_to_keep_that_makes_no_sense(years: str, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(f"retention_years = {years}\n", encoding="utf-8")

    with pytest.raises(UsageError, match=r"^retention_years: [^\n]*settings\.toml"):
        load_settings(home=tmp_path)


def test_whole_years_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "settings.toml").write_text("retention_years = 10\n", encoding="utf-8")
    assert load_settings(home=tmp_path).retention_years == 10

    monkeypatch.setenv("MARROWSCOPE_RETENTION_YEARS", "20")
    assert load_settings(home=tmp_path).retention_years == 20
