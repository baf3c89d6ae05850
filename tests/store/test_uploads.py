import hashlib
import threading
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Engine

from fakes.still_clock import StillClock
from marrowscope.cases.facts import CaseFacts
from marrowscope.cases.refusals import UnknownCaseError, WrongOffsetError
from marrowscope.errors import OutputError, UsageError
from marrowscope.store.case_events import CaseRecords
from marrowscope.store.case_files import KEPT_FREE, CaseFiles
from marrowscope.store.database import open_database
from marrowscope.store.uploads import LARGEST_CHUNK, LARGEST_FILE, Uploads

DATA = bytes(range(256)) * 40
SHA256 = hashlib.sha256(DATA).hexdigest()


class Disk:
    """A disk with so much room."""

    def __init__(self) -> None:
        self.n_free = 10 * KEPT_FREE

    def __call__(self, folder: Path) -> int:
        return self.n_free


@pytest.fixture
def records(engine: Engine, clock: StillClock) -> CaseRecords:
    return CaseRecords(engine, clock)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def files(tmp_path: Path, disk: Disk) -> CaseFiles:
    return CaseFiles(tmp_path, disk)


@pytest.fixture
def uploads(engine: Engine, clock: StillClock, records: CaseRecords, files: CaseFiles) -> Uploads:
    return Uploads(engine, clock, records, files)


@pytest.fixture
def case_id(records: CaseRecords) -> UUID:
    return records.open_case(CaseFacts(), by=None).case_id


def begun(uploads: Uploads, case_id: UUID, name: str = "smear.svs") -> UUID:
    return uploads.begin(case_id, name, len(DATA), by=None).upload_id


def test_a_file_comes_in_parts(uploads: Uploads, case_id: UUID, files: CaseFiles) -> None:
    upload_id = begun(uploads, case_id)
    assert uploads.append(upload_id, 0, DATA[:1000]) == 1000
    assert uploads.append(upload_id, 1000, b"") == 1000
    there = uploads.upload(upload_id)
    assert there is not None
    assert (there.offset, there.n_bytes, there.is_finished) == (1000, len(DATA), False)
    assert uploads.append(upload_id, 1000, DATA[1000:]) == len(DATA)
    found = uploads.finish(upload_id, SHA256.upper())
    assert (found.name, found.n_bytes, found.sha256) == ("smear.svs", len(DATA), SHA256)
    assert uploads.finish(upload_id) == found
    assert files.upload_file(case_id, upload_id).read_bytes() == DATA
    with pytest.raises(WrongOffsetError):
        uploads.append(upload_id, 0, b"x")


@pytest.mark.parametrize("wrong", [0, 999, 1001, len(DATA), 10**15])
def test_a_wrong_offset_is_told_the_right_one(
    wrong: int, uploads: Uploads, case_id: UUID, files: CaseFiles
) -> None:
    upload_id = begun(uploads, case_id)
    uploads.append(upload_id, 0, DATA[:1000])
    with pytest.raises(WrongOffsetError) as raised:
        uploads.append(upload_id, wrong, b"x")
    assert raised.value.offset == 1000
    assert files.upload_file(case_id, upload_id).read_bytes() == DATA[:1000]


def test_it_goes_on_after_a_restart(
    tmp_path: Path, uploads: Uploads, case_id: UUID, clock: StillClock, files: CaseFiles
) -> None:
    upload_id = begun(uploads, case_id)
    uploads.append(upload_id, 0, DATA[:5000])
    # What a killed server wrote last and nobody was told of.
    with files.upload_file(case_id, upload_id).open("ab") as file:
        file.write(b"half a chunk")
    engine = open_database(tmp_path)
    later = Uploads(engine, clock, CaseRecords(engine, clock), files)
    with pytest.raises(WrongOffsetError) as raised:
        later.append(upload_id, 5012, DATA[5012:])
    assert raised.value.offset == 5000
    later.append(upload_id, 5000, DATA[5000:])
    assert later.finish(upload_id, SHA256).sha256 == SHA256
    engine.dispose()


def test_bytes_that_the_disk_lost_are_asked_for_again(
    uploads: Uploads, case_id: UUID, files: CaseFiles
) -> None:
    upload_id = begun(uploads, case_id)
    uploads.append(upload_id, 0, DATA)
    path = files.upload_file(case_id, upload_id)
    path.write_bytes(DATA[:3000])
    with pytest.raises(WrongOffsetError) as raised:
        uploads.finish(upload_id)
    assert raised.value.offset == 3000
    uploads.append(upload_id, 3000, DATA[3000:])
    assert uploads.finish(upload_id).sha256 == SHA256
    path.unlink()
    with pytest.raises(UnknownCaseError, match="begin it again"):
        uploads.append(upload_id, 0, DATA)


def test_a_file_damaged_on_its_way_is_sent_again(
    uploads: Uploads, case_id: UUID, files: CaseFiles
) -> None:
    upload_id = begun(uploads, case_id)
    uploads.append(upload_id, 0, DATA[:-1] + b"?")
    with pytest.raises(UsageError, match="damaged on its way"):
        uploads.finish(upload_id, SHA256)
    there = uploads.upload(upload_id)
    assert there is not None
    assert (there.offset, there.is_finished) == (0, False)
    uploads.append(upload_id, 0, DATA)
    assert uploads.finish(upload_id, SHA256).sha256 == SHA256
    with pytest.raises(UsageError, match="no SHA-256"):
        uploads.finish(upload_id, "abc")


def test_it_is_not_finished_before_all_is_there(uploads: Uploads, case_id: UUID) -> None:
    upload_id = begun(uploads, case_id)
    uploads.append(upload_id, 0, DATA[:10])
    with pytest.raises(WrongOffsetError) as raised:
        uploads.finish(upload_id)
    assert raised.value.offset == 10


def test_more_than_was_said_is_refused(uploads: Uploads, case_id: UUID) -> None:
    upload_id = begun(uploads, case_id)
    with pytest.raises(UsageError, match="not more"):
        uploads.append(upload_id, 0, DATA + b"x")
    with pytest.raises(UsageError, match="at a time"):
        uploads.append(upload_id, 0, bytes(LARGEST_CHUNK + 1))
    assert uploads.append(upload_id, 0, DATA) == len(DATA)


@pytest.mark.parametrize("n_bytes", [0, -1, LARGEST_FILE + 1])
def test_empty_and_enormous_files_are_refused(
    n_bytes: int, uploads: Uploads, case_id: UUID
) -> None:
    with pytest.raises(UsageError, match="empty or too large"):
        uploads.begin(case_id, "a.svs", n_bytes, by=None)


def test_what_is_not_there_is_unknown(
    uploads: Uploads, records: CaseRecords, case_id: UUID
) -> None:
    with pytest.raises(UnknownCaseError):
        begun(uploads, UUID(int=1))
    with pytest.raises(UnknownCaseError):
        uploads.append(UUID(int=1), 0, b"x")
    with pytest.raises(UnknownCaseError):
        uploads.finish(UUID(int=1))
    assert uploads.upload(UUID(int=1)) is None
    uploads.abandon(UUID(int=1))
    with pytest.raises(UsageError, match="name cannot be used"):
        begun(uploads, case_id, "../../x")
    upload_id = begun(uploads, case_id)
    records.delete(case_id, None, "a duplicate", by=None)
    assert uploads.upload(upload_id) is None
    with pytest.raises(UnknownCaseError):
        begun(uploads, case_id)


def test_a_full_disk_is_said_before_anything_is_sent(
    uploads: Uploads, case_id: UUID, disk: Disk
) -> None:
    disk.n_free = KEPT_FREE + 2 * len(DATA)
    first = begun(uploads, case_id)
    begun(uploads, case_id, "b.svs")
    with pytest.raises(OutputError, match="too full"):
        begun(uploads, case_id, "c.svs")
    uploads.abandon(first)
    begun(uploads, case_id, "c.svs")


def test_a_disk_that_fills_up_meanwhile_loses_nothing(
    uploads: Uploads, case_id: UUID, files: CaseFiles
) -> None:
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    upload_id = begun(uploads, case_id)
    uploads.append(upload_id, 0, DATA[:2000])
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, before[1]))
    try:
        with pytest.raises(OutputError, match="disk is full"):
            uploads.append(upload_id, 2000, DATA[2000:])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert files.upload_file(case_id, upload_id).read_bytes() == DATA[:2000]
    assert uploads.append(upload_id, 2000, DATA[2000:]) == len(DATA)


def test_two_who_send_at_once_do_not_mix(uploads: Uploads, case_id: UUID) -> None:
    upload_id = begun(uploads, case_id)
    together = threading.Barrier(4)
    raised: list[Exception] = []

    def send() -> None:
        together.wait()
        try:
            uploads.append(upload_id, 0, DATA)
        except UsageError as error:
            raised.append(error)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(raised) == 3
    assert uploads.finish(upload_id, SHA256).sha256 == SHA256


def test_what_nobody_goes_on_with_is_swept_away(
    uploads: Uploads, case_id: UUID, clock: StillClock, files: CaseFiles
) -> None:
    old, young = begun(uploads, case_id), begun(uploads, case_id)
    clock.go_on(days=6)
    uploads.append(young, 0, DATA[:10])
    clock.go_on(days=1, seconds=1)
    assert uploads.sweep() == 1
    assert uploads.upload(old) is None
    assert not files.upload_file(case_id, old).exists()
    assert uploads.append(young, 10, DATA[10:]) == len(DATA)
    assert uploads.sweep() == 0


def test_only_its_owner_reads_it(uploads: Uploads, case_id: UUID, files: CaseFiles) -> None:
    path = files.upload_file(case_id, begun(uploads, case_id))
    assert path.stat().st_mode & 0o077 == 0
    assert files.case_folder(case_id).stat().st_mode & 0o077 == 0


def test_an_upload_is_a_value(uploads: Uploads, case_id: UUID) -> None:
    upload = uploads.begin(case_id, "a.svs", 5, by=None)
    assert replace(upload, offset=0) == uploads.upload(upload.upload_id)
