"""The report as a browser shows it: every picture drawn, nothing asked of the network."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from marrowscope.assembly import run_analysis
from marrowscope.progress import NoProgress
from marrowscope.settings import AnalyzeOptions, load_settings
from whole.made_smears import write_fields

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
PROBE = """
<script>
addEventListener("load", () => {
  const pictures = [...document.images];
  const broken = pictures.filter(one => !one.complete || one.naturalWidth === 0).length;
  const asked = performance.getEntriesByType("resource")
    .filter(one => !one.name.startsWith("data:")).length;
  const wide = document.documentElement.scrollWidth > innerWidth;
  const told = [pictures.length, "pictures", broken, "broken", asked, "asked", wide];
  document.body.dataset.probe = told.join(" ");
});
</script>
"""


@pytest.fixture(scope="module")
def browser() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("needs Chromium (package chromium)")
    return found


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    settings = load_settings(home=folder / "home")
    options = AnalyzeOptions(500, 1, settings.licence, settings, um_per_px=0.25)
    fields = write_fields(folder / "smear", 3)
    run_analysis([fields], folder / "out", options, NoProgress())
    return folder / "out" / "report.html"


def run(browser: str, profile: Path, *arguments: str) -> str:
    command = [browser, *FLAGS, f"--user-data-dir={profile}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=90)
    return done.stdout


@pytest.mark.parametrize("width", [1200, 700])
def test_every_picture_is_drawn_and_nothing_is_fetched(
    browser: str, report: Path, tmp_path: Path, width: int
) -> None:
    probed = tmp_path / "probed.html"
    probed.write_text(report.read_text(encoding="utf-8") + PROBE, encoding="utf-8")
    dom = run(
        browser, tmp_path / "profile", f"--window-size={width},900", "--dump-dom", probed.as_uri()
    )
    found = re.search(r'data-probe="(\d+) pictures (\d+) broken (\d+) asked (\w+)"', dom)
    assert found is not None
    assert int(found[1]) > 10
    assert found.groups()[1:] == ("0", "0", "false")


def test_the_page_is_not_blank(browser: str, report: Path, tmp_path: Path) -> None:
    shot = tmp_path / "page.png"
    run(
        browser,
        tmp_path / "profile",
        "--window-size=1200,1600",
        f"--screenshot={shot}",
        report.as_uri(),
    )
    with Image.open(shot) as picture:
        assert len(picture.convert("RGB").getcolors(maxcolors=2_000_000) or ()) > 500
