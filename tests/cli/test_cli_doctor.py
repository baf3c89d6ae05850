import json
from dataclasses import replace
from pathlib import Path

import pytest
from cli_fakes import INTACT, FakeCard, FakeRooms

from marrowscope.cli import main
from marrowscope.cli.services import Services


def doctor_json(services: Services, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict]:
    code = main(["doctor", "--json"], services)
    return code, json.loads(capsys.readouterr().out)


def test_a_sound_installation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = doctor_json(FakeRooms(tmp_path).services(), capsys)

    assert code == 0
    assert found["problems"] == []
    assert [model["is_intact"] for model in found["models"]] == [True, True]
    assert found["models"][0]["scores"] == {"in_set": 3}
    assert found["readers"] == [{"name": "Aperio SVS", "extensions": ".svs", "tested": "tested"}]
    assert found["home"] == str(tmp_path)
    assert found["disk_free_mb"] > 0
    assert "CC BY-NC-SA 4.0" in found["licence_note"]


def test_text_names_models_readers_and_that_nothing_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor"], FakeRooms(tmp_path).services()) == 0

    out = capsys.readouterr().out
    assert f"detector finder 1, in use, sha256 {'0' * 64} ok" in out
    assert "Aperio SVS (.svs): tested" in out
    assert "GPU      none" in out
    assert out.endswith("Nothing is wrong.\n")


@pytest.mark.parametrize(("licence", "is_in_use"), [("full", True), ("permissive", False)])
def test_the_licence_says_which_models_are_in_use(
    licence: str,
    is_in_use: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MARROWSCOPE_LICENCE", licence)
    _, found = doctor_json(FakeRooms(tmp_path).services(), capsys)
    assert [model["is_in_use"] for model in found["models"]] == [is_in_use, is_in_use]
    assert ("not for commercial use" in found["licence_note"]) is is_in_use


def test_a_changed_model_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cards = (FakeCard(is_intact=False), INTACT[1])

    code, found = doctor_json(FakeRooms(tmp_path, cards=cards).services(), capsys)

    assert code == 4
    assert [model["is_intact"] for model in found["models"]] == [False, True]
    assert found["problems"] == ["model finder: finder.onnx is not the one its card names"]


def test_a_missing_model_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rooms = FakeRooms(tmp_path, cards=INTACT[:1])

    assert main(["doctor"], rooms.services()) == 4
    assert "wrong: models: no classifier is installed" in capsys.readouterr().out


def test_a_library_that_does_not_load_is_wrong_and_the_rest_is_still_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> list[tuple[str, str, str]]:
        raise ImportError("libopenslide is missing")

    services = replace(FakeRooms(tmp_path).services(), formats=broken)

    code, found = doctor_json(services, capsys)

    assert code == 4
    assert any("libopenslide is missing" in problem for problem in found["problems"])
    assert len(found["models"]) == 2


def test_a_home_that_cannot_be_written_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    code, found = doctor_json(FakeRooms(tmp_path / "file" / "home").services(), capsys)

    assert code == 4
    assert any("home folder" in problem for problem in found["problems"])


def test_a_graphics_card_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    services = replace(
        FakeRooms(tmp_path).services(),
        execution_providers=lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"],
    )

    main(["doctor"], services)

    assert "GPU      CUDAExecutionProvider\n" in capsys.readouterr().out
