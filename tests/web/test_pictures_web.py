"""Tiles and crops of slides, as the page asks for them."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from case_acts import asked, code_of, opened, uploaded, with_slide
from PIL import Image
from web_laboratory import HERE, PASSWORD, Browser, Laboratory

from marrowscope.errors import OutputError
from slides.made_slides import smooth_pixels, write_ome_tiff, write_svs

PIXELS = smooth_pixels(1300, 900)
CROP = {"x": 650, "y": 450, "side": 200, "px": 64}


@pytest.fixture(scope="module")
def svs(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """With a label and a macro image."""
    path = tmp_path_factory.mktemp("slides") / "smear.svs"
    return write_svs(path, PIXELS, 0.25, n_levels=2).read_bytes()


def with_analysis(browser: Browser, svs: bytes, **facts: Any) -> tuple[str, str]:
    """A case with this slide and one of two camera fields; where its pictures are."""
    case_id = opened(browser, **facts)
    whole = uploaded(browser, case_id, "smear.svs", svs)
    with_slide(browser, case_id, upload_ids=[whole])
    fields = [uploaded(browser, case_id, f"{n}.png", png(40 * n)) for n in (1, 2)]
    with_slide(browser, case_id, kind="fields", name="Camera", upload_ids=fields)
    analysis_id = asked(browser, case_id)
    return case_id, f"/api/cases/{case_id}/analyses/{analysis_id}/pictures"


def png(level: int) -> bytes:
    data = io.BytesIO()
    Image.fromarray(np.full((240, 320, 3), level, np.uint8)).save(data, "PNG")
    return data.getvalue()


def pixels_of(answer: Any) -> np.ndarray:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/jpeg"
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB")).astype(int)


def test_the_pictures_of_an_analysis_that_waits(laboratory: Laboratory, svs: bytes) -> None:
    tom = laboratory.browser("tom")
    case_id, below = with_analysis(tom, svs)
    slides = tom.ask("GET", f"/api/cases/{case_id}").json()["slides"]

    pictures = tom.ask("GET", below).json()["pictures"]

    assert [one["name"] for one in pictures] == ["Camera/1.png", "Camera/2.png", "smear.svs"]
    assert [one["number"] for one in pictures] == [0, 1, 2]
    assert [one["slide"] for one in pictures] == ["Camera", "Camera", "smear.svs"]
    camera, whole = slides[1]["slide_id"], slides[0]["slide_id"]
    assert [one["slide_id"] for one in pictures] == [camera, camera, whole]
    assert [one["um_per_px"] for one in pictures] == [None, None, 0.25]
    assert pictures[2] | {"tile_px": 512, "width_px": 1300, "height_px": 900} == pictures[2]
    assert pictures[2]["n_levels"] == 12


def test_tiles_are_the_slide(laboratory: Laboratory, svs: bytes) -> None:
    tom = laboratory.browser("tom")
    _, below = with_analysis(tom, svs)

    tile = tom.ask("GET", f"{below}/2/tiles/11/1/0")
    corner = tom.ask("GET", f"{below}/2/tiles/11/2/1")
    small = tom.ask("GET", f"{below}/2/tiles/9/0/0")

    assert np.abs(pixels_of(tile) - PIXELS[:512, 512:1024]).mean() < 4
    assert np.abs(pixels_of(corner) - PIXELS[512:, 1024:]).mean() < 4
    assert pixels_of(small).shape == (225, 325, 3)
    assert pixels_of(tom.ask("GET", f"{below}/2/tiles/0/0/0")).shape == (1, 1, 3)
    assert np.abs(pixels_of(tom.ask("GET", f"{below}/1/tiles/9/0/0")) - 80).max() < 3
    for answer in (tile, corner, small):
        assert answer.headers["cache-control"] == "private, max-age=3600, immutable"
        assert answer.headers["vary"] == "Cookie"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_crop_is_centred_and_white_outside(laboratory: Laboratory, svs: bytes) -> None:
    tom = laboratory.browser("tom")
    _, below = with_analysis(tom, svs)

    middle = tom.ask("GET", f"{below}/2/crop", params=CROP | {"px": 200})
    corner = tom.ask("GET", f"{below}/0/crop", params={"x": 0, "y": 0, "side": 100, "px": 50})

    assert np.abs(pixels_of(middle) - PIXELS[350:550, 550:750]).mean() < 4
    shown = pixels_of(corner)
    assert shown.shape == (50, 50, 3)
    assert (shown[:24, :24] > 250).all()
    # A few pixels off the edge, where JPEG rings.
    assert np.abs(shown[34:, 34:] - 40).max() < 4
    assert middle.headers["cache-control"] == "private, max-age=3600, immutable"
    far = tom.ask("GET", f"{below}/0/crop", params={"x": -9e6, "y": 5, "side": 1.5, "px": 16})
    assert (pixels_of(far) == 255).all()
    large = tom.ask("GET", f"{below}/2/crop", params={"x": 0, "y": 0, "side": 1e5, "px": 1024})
    assert pixels_of(large).shape == (1024, 1024, 3)


def test_what_is_no_picture_or_tile_is_not_there(laboratory: Laboratory, svs: bytes) -> None:
    tom = laboratory.browser("tom")
    _, below = with_analysis(tom, svs)

    for path in (
        "/2/tiles/12/0/0", "/2/tiles/11/3/0", "/2/tiles/11/0/2", "/2/tiles/-1/0/0",
        "/2/tiles/11/-1/0", "/3/tiles/0/0/0", "/-1/tiles/0/0/0", f"/2/tiles/{10**30}/0/0",
        f"/2/tiles/11/{10**30}/0",
    ):  # fmt: skip
        assert code_of(tom.ask("GET", below + path)) == (404, "not_found"), path
    assert code_of(tom.ask("GET", f"{below}/3/crop", params=CROP)) == (404, "not_found")


@pytest.mark.parametrize(
    "wrong",
    [
        {"px": 15}, {"px": 1025}, {"px": 64.5}, {"side": 0.5}, {"side": 100_001}, {"side": "nan"},
        {"x": "inf"}, {"x": 1e8}, {"y": "nan"}, {"y": "here"},
    ],
    ids=str,
)  # fmt: skip
def test_a_crop_within_bounds_only(laboratory: Laboratory, svs: bytes, wrong: Any) -> None:
    tom = laboratory.browser("tom")
    _, below = with_analysis(tom, svs)

    answer = tom.ask("GET", f"{below}/2/crop", params=CROP | wrong)

    assert code_of(answer) == (422, "invalid")
    assert answer.json()["error"]["message"].startswith(f"{next(iter(wrong))}: ")
    assert answer.headers["cache-control"] == "no-store"


def test_label_and_macro_are_never_served(laboratory: Laboratory, svs: bytes) -> None:
    tom = laboratory.browser("tom")
    _, below = with_analysis(tom, svs)

    pictures = tom.ask("GET", below).json()["pictures"]

    assert [one["name"] for one in pictures if one["slide"] == "smear.svs"] == ["smear.svs"]
    whole = pixels_of(tom.ask("GET", f"{below}/2/tiles/9/0/0"))
    means = PIXELS.reshape(225, 4, 325, 4, 3).mean(axis=(1, 3))
    assert np.abs(whole - means).mean() < 4


def test_a_case_that_is_not_for_them_is_not_there(laboratory: Laboratory, svs: bytes) -> None:
    tom = laboratory.browser("tom")
    case_id, below = with_analysis(tom, svs)
    _, to_learn = with_analysis(tom, svs, purpose="teaching")
    nobody_s = f"/api/cases/{uuid4()}/analyses/{uuid4()}/pictures"
    no_analysis = f"/api/cases/{case_id}/analyses/{uuid4()}/pictures"

    lara = laboratory.browser("lara")
    for path in ("", "/0/tiles/0/0/0", "/0/crop?x=1&y=1&side=20&px=16"):
        assert code_of(lara.ask("GET", below + path)) == (404, "not_found")
        assert code_of(tom.ask("GET", nobody_s + path)) == (404, "not_found")
        assert code_of(tom.ask("GET", no_analysis + path)) == (404, "not_found")
        assert code_of(laboratory.stranger().ask("GET", below + path)) == (401, "not_signed_in")
        assert lara.ask("GET", to_learn + path).status_code == 200
    reads = [one for one in laboratory.audit.entries(None, 100) if one.act == "case_read"]
    assert [one.values() for one in reads] == [{"what": "pictures"}]


def test_the_first_look_of_a_session_is_written_down(laboratory: Laboratory, svs: bytes) -> None:
    tom, dora = at_one_server(laboratory, "tom", "dora")
    case_id, below = with_analysis(tom, svs)

    with ThreadPoolExecutor(6) as pool:
        tiles = [pool.submit(tom.ask, "GET", f"{below}/2/tiles/{n}/0/0") for n in range(12)]
        assert {one.result().status_code for one in tiles} == {200}
    tom.ask("GET", below)
    dora.ask("GET", f"{below}/2/crop", params=CROP)

    reads = [one for one in laboratory.audit.entries(None, 100) if one.act == "case_read"]
    assert [(one.actor_name, one.about, one.values()) for one in reads] == [
        ("dora", case_id, {"what": "pictures"}),
        ("tom", case_id, {"what": "pictures"}),
    ]


def at_one_server(laboratory: Laboratory, *user_names: str) -> list[Browser]:
    app = laboratory.app()
    browsers = []
    for user_name in user_names:
        browser = Browser(laboratory.portal, app)
        token, browser.csrf = laboratory.tokens[user_name]
        browser.client.cookies.set("marrowscope_session", token, domain=HERE)
        browsers.append(browser)
    return browsers


def test_what_cannot_be_written_down_is_not_shown(laboratory: Laboratory, svs: bytes) -> None:
    tom = laboratory.browser("tom")
    _, below = with_analysis(tom, svs)

    class Full:
        def append(self, *_: Any, **__: Any) -> None:
            raise OutputError("the disk is full")

    laboratory.audit = Full()
    blind = laboratory.browser("tom")
    for _ in range(2):
        assert code_of(blind.ask("GET", f"{below}/2/tiles/0/0/0")) == (503, "unavailable")


def test_a_slide_whose_file_is_gone(laboratory: Laboratory, svs: bytes) -> None:
    tom = laboratory.browser("tom")
    case_id, below = with_analysis(tom, svs)
    (path,) = laboratory.parts.files.case_folder(UUID(case_id)).glob("slides/*/smear.svs")
    path.rename(path.with_suffix(".away"))

    answer = tom.ask("GET", below)

    assert code_of(answer) == (422, "refused")
    message = answer.json()["error"]["message"]
    assert message == "smear.svs: its file smear.svs is gone or damaged; add the slide again"
    path.with_suffix(".away").rename(path)
    assert tom.ask("GET", below).status_code == 200


def test_a_deleted_case_is_let_go_of(laboratory: Laboratory, tmp_path: Path) -> None:
    tom, ada = laboratory.browser("tom"), laboratory.browser("ada")
    case_id = opened(tom)
    # Of those that are held open by a file of their own.
    content = write_ome_tiff(tmp_path / "smear.ome.tif", PIXELS, 0.25).read_bytes()
    with_slide(tom, case_id, upload_ids=[uploaded(tom, case_id, "smear.ome.tif", content)])
    below = f"/api/cases/{case_id}/analyses/{asked(tom, case_id)}/pictures"
    assert tom.ask("GET", f"{below}/0/tiles/0/0/0").status_code == 200
    tom.ask("POST", below.replace("/pictures", "/cancel"))
    folder = laboratory.parts.files.case_folder(UUID(case_id))
    held = open_files_below(folder)

    body = {"password": PASSWORD, "reason": "a duplicate"}
    assert ada.ask("DELETE", f"/api/cases/{case_id}", body).status_code == 204

    assert held
    assert open_files_below(folder) == []
    assert not folder.exists()
    assert code_of(tom.ask("GET", f"{below}/0/tiles/0/0/0")) == (404, "not_found")


def open_files_below(folder: Path) -> list[str]:
    """Files that this process holds open, also removed ones."""
    links = Path("/proc/self/fd")
    if not links.exists():
        pytest.skip("needs /proc")
    found = []
    for link in links.iterdir():
        try:
            target = str(link.readlink())
        except FileNotFoundError:
            continue
        if target.startswith(str(folder)):
            found.append(target)
    return found


def test_slow_pictures_hold_up_nobody_else(laboratory: Laboratory, svs: bytes) -> None:
    """As many slow reads as a server has threads, and the worklist still comes."""
    tom = laboratory.browser("tom")
    _, below = with_analysis(tom, svs)
    enough = threading.Event()

    class Slow:
        def tile(self, *_: Any) -> bytes:
            assert enough.wait(60)
            return b"a tile"

    laboratory.pictures = Slow()
    waiting = laboratory.browser("tom")
    with ThreadPoolExecutor(60) as pool:
        tiles = [pool.submit(waiting.ask, "GET", f"{below}/2/tiles/0/0/0") for _ in range(60)]
        try:
            answer = waiting.ask("GET", "/api/cases")
            n_done = sum(one.done() for one in tiles)
        finally:
            enough.set()
        assert [one.result().content for one in tiles] == [b"a tile"] * 60
    assert answer.status_code == 200
    assert n_done == 0


def test_several_crops_lie_side_by_side(laboratory: Laboratory, svs: bytes) -> None:
    tom = laboratory.browser("tom")
    _, below = with_analysis(tom, svs)
    squares = ["2,650,450,200", "0,0,0,100", "2,300.5,300,104"]

    row = tom.ask("GET", f"{below}/crops", params={"at": squares, "px": 104})

    shown = pixels_of(row)
    assert shown.shape == (104, 312, 3)
    for number, square in enumerate(squares):
        picture, x, y, side = square.split(",")
        alone = tom.ask(
            "GET", f"{below}/{picture}/crop", params={"x": x, "y": y, "side": side, "px": 104}
        )
        part = shown[:, 104 * number : 104 * (number + 1)]
        assert np.abs(part - pixels_of(alone)).max() == 0
    assert row.headers["cache-control"] == "private, max-age=3600, immutable"
    assert row.headers["vary"] == "Cookie"


@pytest.mark.parametrize(
    "wrong",
    [
        {"at": ["2,650,450,200,1"]}, {"at": ["2,650,450"]}, {"at": ["2,nan,1,20"]},
        {"at": ["2,1e5,1,20"]}, {"at": ["2,1,1,0.5"]}, {"at": ["2,1,1,10000"]},
        {"at": ["-1,1,1,20"]}, {"at": ["2,1,1,20\n"]}, {"at": ["2,٣,1,20"]}, {"at": []},
        {"at": ["2,1,1,20"] * 33}, {"at": ["2,1,1,20"], "px": 520},
    ],
    ids=str,
)  # fmt: skip
def test_crops_within_bounds_only(laboratory: Laboratory, svs: bytes, wrong: Any) -> None:
    tom = laboratory.browser("tom")
    _, below = with_analysis(tom, svs)
    answer = tom.ask("GET", f"{below}/crops", params={"px": 96} | wrong)
    assert answer.status_code == 422, answer.text


def test_crops_of_a_picture_that_is_not_there(laboratory: Laboratory, svs: bytes) -> None:
    tom = laboratory.browser("tom")
    _, below = with_analysis(tom, svs)
    params = {"at": ["2,1,1,20", "3,1,1,20"], "px": 96}
    assert code_of(tom.ask("GET", f"{below}/crops", params=params)) == (404, "not_found")


def test_the_description_says_what_is_answered(laboratory: Laboratory) -> None:
    paths = laboratory.app().openapi()["paths"]
    below = "/api/cases/{case_id}/analyses/{analysis_id}/pictures"
    for path in ("/{number}/tiles/{level}/{column}/{row}", "/{number}/crop", "/crops"):
        answers = paths[below + path]["get"]["responses"]
        assert set(answers["200"]["content"]) == {"image/jpeg"}
        assert {"401", "403", "404", "422", "423"} <= set(answers)
    assert {"404", "422"} <= set(paths[below]["get"]["responses"])
