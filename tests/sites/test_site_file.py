import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_sites import CLASS_IDS, N_FEATURES, adapted, made_cells

from marrowscope.cells.manifest import ModelCard
from marrowscope.errors import UnreadableInputError, UsageError
from marrowscope.sites.adapting import Adaptation
from marrowscope.sites.head import unchanged_head
from marrowscope.sites.site_file import FACTS, HEAD, SiteOrigin, read_site, site_files

CARD = ModelCard(
    name="made-classifier",
    version="3",
    task="classifier",
    path=Path("made.onnx"),
    sha256="a" * 64,
    licence="CC BY 4.0",
    um_per_px=0.25,
    facts={},
    threshold=0.6,
    class_ids=CLASS_IDS,
    n_features=N_FEATURES,
)
ORIGIN = SiteOrigin("ours", 0.1, 0, 1, 0, "Scanner One", "MGG", (230.0, 228.0, 231.0))


@pytest.fixture(scope="module")
def learnt() -> Adaptation:
    return adapted(*made_cells({"SEG": 12, "LYMPH": 12, "PROMY": 12}))


def write(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def test_a_site_comes_back_as_it_was_written(learnt: Adaptation, tmp_path: Path) -> None:
    folder = write(tmp_path / "site", site_files(learnt, ORIGIN, CARD))
    site = read_site(folder, CARD)

    np.testing.assert_array_equal(site.head.weights, learnt.head.weights)
    np.testing.assert_array_equal(site.head.biases, learnt.head.biases)
    assert site.head.temperature == learnt.head.temperature
    assert site.white_rgb == (230.0, 228.0, 231.0)
    assert site.is_changed
    assert site.confusion is not None
    assert site.confusion.n_cells == 36
    assert site.confusion.holds_for("scanner one", "mgg")


def test_the_same_lesson_gives_the_same_bytes(learnt: Adaptation) -> None:
    assert site_files(learnt, ORIGIN, CARD) == site_files(learnt, ORIGIN, CARD)


def test_without_scanner_and_stain_there_is_no_matrix(learnt: Adaptation, tmp_path: Path) -> None:
    origin = replace(ORIGIN, scanner="", stain="")
    folder = write(tmp_path / "site", site_files(learnt, origin, CARD))

    assert read_site(folder, CARD).confusion is None


def test_where_nothing_was_learnt_the_white_stays_the_models_too(
    learnt: Adaptation, tmp_path: Path
) -> None:
    head = unchanged_head(len(CLASS_IDS), N_FEATURES)
    nothing = replace(learnt, head=head, is_changed=False, why_not="it did not help")
    folder = write(tmp_path / "site", site_files(nothing, ORIGIN, CARD))
    site = read_site(folder, CARD)

    assert not site.is_changed
    assert site.white_rgb is None


def test_a_site_of_another_model_is_refused(learnt: Adaptation, tmp_path: Path) -> None:
    folder = write(tmp_path / "site", site_files(learnt, ORIGIN, CARD))

    with pytest.raises(UsageError, match="taught to made-classifier 3, another model"):
        read_site(folder, replace(CARD, sha256="b" * 64))


def damaged(files: dict[str, bytes], how: str) -> dict[str, bytes]:
    facts = json.loads(files[FACTS])
    if how == "cut":
        return files | {FACTS: files[FACTS][:90]}
    if how == "no head":
        return {FACTS: files[FACTS]}
    if how == "another head":
        return files | {HEAD: files[HEAD] + b"x"}
    if how == "no model":
        del facts["model"]
    if how == "a list":
        return files | {FACTS: b"[1]"}
    if how == "newer":
        facts["schema_version"] = "9"
    if how == "a strange white":
        facts["from"]["white_rgb"] = [1, 2]
    return files | {FACTS: json.dumps(facts).encode()}


@pytest.mark.parametrize(
    "how",
    ["cut", "no head", "another head", "no model", "a list", "newer", "a strange white"],
)
def test_a_damaged_site_is_named(how: str, learnt: Adaptation, tmp_path: Path) -> None:
    files = site_files(learnt, ORIGIN, CARD)
    folder = write(tmp_path / "site", damaged(files, how))

    with pytest.raises(UnreadableInputError, match="site: is not the folder of a site"):
        read_site(folder, CARD)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="nowhere: there is no such site folder"):
        read_site(tmp_path / "nowhere", CARD)


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", np.array(0.0)), ("temperature", np.array(-1.0)), ("centre", np.zeros(1))],
)
def test_a_head_that_was_edited_is_refused_even_where_its_digest_was_too(
    name: str, value: np.ndarray, learnt: Adaptation, tmp_path: Path
) -> None:
    files = site_files(learnt, ORIGIN, CARD)
    with np.load(io.BytesIO(files[HEAD])) as arrays:
        edited = {**arrays, name: value}
    file = io.BytesIO()
    np.savez(file, **edited)
    facts = json.loads(files[FACTS]) | {"head_sha256": hashlib.sha256(file.getvalue()).hexdigest()}
    folder = write(tmp_path / "s", {FACTS: json.dumps(facts).encode(), HEAD: file.getvalue()})
    with pytest.raises(UnreadableInputError, match="damaged"):
        read_site(folder, CARD)


@pytest.mark.parametrize(
    "change", [{"learnt": False}, {"white": [0, 0, 0]}, {"white": [1e300] * 3}]
)
def test_facts_that_contradict_the_head_or_are_no_colour_are_refused(
    change: dict[str, object], learnt: Adaptation, tmp_path: Path
) -> None:
    files = site_files(learnt, ORIGIN, CARD)
    facts = json.loads(files[FACTS])
    if "white" in change:
        facts["from"]["white_rgb"] = change["white"]
    else:
        facts |= change
    folder = write(tmp_path / "s", {**files, FACTS: json.dumps(facts).encode()})
    with pytest.raises(UnreadableInputError, match="damaged"):
        read_site(folder, CARD)


def test_a_name_that_is_no_text_is_written_escaped(learnt: Adaptation) -> None:
    files = site_files(learnt, replace(ORIGIN, cells="ad\udcffbad"), CARD)
    assert json.loads(files[FACTS])["from"]["cells"] == "ad\udcffbad"
