from pathlib import Path

import pytest

from cases.made_events import uid
from marrowscope.errors import OutputError, UnreadableInputError
from marrowscope.store.backup_archive import CASE_FILE
from marrowscope.store.case_files import CaseFiles
from marrowscope.store.signed_reports import REPORT_FILES, SignedReports, digests_of

CASE = uid(1)
FILES = {name: f"{name} as signed".encode() for name in REPORT_FILES}
DIGESTS = digests_of(FILES)


@pytest.fixture
def reports(tmp_path: Path) -> SignedReports:
    made = SignedReports(CaseFiles(tmp_path))
    made.put(CASE, 1, FILES)
    return made


def test_files_are_kept_as_they_are(reports: SignedReports) -> None:
    for name, content in FILES.items():
        assert reports.read(CASE, 1, name, DIGESTS) == content
    assert {one.name for one in reports.folder(CASE, 1).iterdir()} == set(FILES)
    assert [one.name for one in reports.folder(CASE, 1).parent.iterdir()] == ["1"]


def test_only_their_owner_can_read_them(reports: SignedReports) -> None:
    folder = reports.folder(CASE, 1)
    for path in (folder, folder.parent):
        assert path.stat().st_mode & 0o777 == 0o700
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", REPORT_FILES)
def test_a_changed_file_is_refused(reports: SignedReports, name: str) -> None:
    (reports.folder(CASE, 1) / name).write_bytes(b"as wanted")
    with pytest.raises(UnreadableInputError, match=f"{name} of version 1 .* restore a backup"):
        reports.read(CASE, 1, name, DIGESTS)


@pytest.mark.parametrize("name", REPORT_FILES)
def test_a_missing_file_is_refused(reports: SignedReports, name: str) -> None:
    (reports.folder(CASE, 1) / name).unlink()
    with pytest.raises(UnreadableInputError, match="gone or damaged"):
        reports.read(CASE, 1, name, DIGESTS)


def test_files_of_another_signature_are_refused(reports: SignedReports) -> None:
    with pytest.raises(UnreadableInputError, match="gone or damaged"):
        reports.read(CASE, 1, "report.pdf", DIGESTS | {"report.pdf": "0" * 64})


@pytest.mark.parametrize("name", ["other.json", "../1/report.pdf", "nothing"])
def test_there_are_no_other_files(reports: SignedReports, name: str) -> None:
    with pytest.raises(UnreadableInputError):
        reports.read(CASE, 1, name, DIGESTS)


def test_a_signature_that_never_came_about_is_replaced(reports: SignedReports) -> None:
    left = reports.folder(CASE, 2)
    left.mkdir()
    (left / "report.pdf").write_bytes(b"half")
    staging = left.parent / ".partial"
    staging.mkdir()
    (staging / "report.html").write_bytes(b"half")
    other = {name: content + b", again" for name, content in FILES.items()}

    reports.put(CASE, 2, other)

    assert reports.read(CASE, 2, "report.pdf", digests_of(other)) == other["report.pdf"]
    assert reports.read(CASE, 1, "report.pdf", DIGESTS) == FILES["report.pdf"]
    assert sorted(one.name for one in left.parent.iterdir()) == ["1", "2"]


def test_a_version_is_whole_or_not_there(
    reports: SignedReports, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(self: Path, target: Path) -> Path:
        raise OSError(28, "no space")

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(OutputError, match="disk is full"):
        reports.put(CASE, 2, FILES)
    assert not reports.folder(CASE, 2).exists()


def test_no_report_fills_the_disk_to_the_brim(tmp_path: Path) -> None:
    reports = SignedReports(CaseFiles(tmp_path, free=lambda _: 0))
    with pytest.raises(OutputError, match="too full"):
        reports.put(CASE, 1, FILES)
    assert not reports.folder(CASE, 1).exists()


def test_a_report_has_all_its_files(reports: SignedReports) -> None:
    with pytest.raises(ValueError, match="other files"):
        reports.put(CASE, 2, {"report.pdf": b"x"})


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        (f"cases/{CASE}/reports/1/report.pdf", True),
        (f"cases/{CASE}/reports/12/report.json", True),
        (f"cases/{CASE}/reports/.partial/report.pdf", False),
        (f"cases/{CASE}/reports/0/report.pdf", False),
        (f"cases/{CASE}/reports/1/.report.pdf", False),
        (f"cases/{CASE}/reports/1/2/report.pdf", False),
        (f"cases/{CASE}/reports/report.pdf", False),
    ],
)
def test_what_of_them_a_backup_holds(name: str, is_kept: bool) -> None:
    assert bool(CASE_FILE.fullmatch(name)) == is_kept
