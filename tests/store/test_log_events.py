import json
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from multiprocessing.synchronize import Barrier
from pathlib import Path
from uuid import UUID

import pytest

from marrowscope.coding.log_events import Act, Entered, LogEvent
from marrowscope.coding.log_service import Service
from marrowscope.errors import EnvironmentProblemError, OutputError, UsageError
from marrowscope.store import log_events
from marrowscope.store.log_events import FILE, LogFile, connect

MOMENT = datetime(2025, 6, 1, 8, tzinfo=UTC)
WRITER = """
import sys
from pathlib import Path
from uuid import uuid4
from datetime import UTC, date, datetime
from marrowscope.coding.log_events import Act, Entered
from marrowscope.coding.log_service import Service
from marrowscope.store.log_events import LogFile
log = LogFile(Path(sys.argv[1]))
while True:
    act = Act(uuid4(), datetime.now(UTC), "me")
    log.append("me", lambda _: [Entered(act.act_id, act, Service("85097", date(2025, 3, 1)))])
    print(act.act_id, flush=True)
"""


def entered(number: int, reader: str = "me", units: int = 1) -> Entered:
    act = Act(UUID(int=1000 + number), MOMENT, reader)
    return Entered(UUID(int=number), act, Service("85097", date(2025, 3, 1), units))


def add(log: LogFile, *events: LogEvent) -> tuple[LogEvent, ...]:
    return log.append("me", lambda _: events)


def test_events_come_back_as_they_arrived(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "deep" / "log")

    assert log.events() == ()
    assert not (tmp_path / "deep").exists()
    assert add(log, entered(2), entered(1, "you")) == (entered(2), entered(1, "you"))
    assert LogFile(tmp_path / "deep" / "log").events() == (entered(2), entered(1, "you"))
    assert log.events("you") == (entered(1, "you"),)


def test_an_event_sent_twice_is_there_once(tmp_path: Path) -> None:
    log = LogFile(tmp_path)
    add(log, entered(1))

    assert add(log, entered(1), entered(2), entered(2)) == (entered(2),)
    assert log.events() == (entered(1), entered(2))


def test_an_id_with_other_content_is_refused_with_all_that_came_with_it(tmp_path: Path) -> None:
    log = LogFile(tmp_path)
    add(log, entered(1))

    with pytest.raises(UsageError, match="other content"):
        add(log, entered(5), entered(1, units=2))
    assert log.events() == (entered(1),)


def test_what_is_refused_leaves_no_file(tmp_path: Path) -> None:
    def refuse(_events: tuple[LogEvent, ...]) -> tuple[LogEvent, ...]:
        raise UsageError("no")

    with pytest.raises(UsageError):
        LogFile(tmp_path / "log").append("me", refuse)
    assert not (tmp_path / "log").exists()


def test_columns_are_remembered_for_each_reader_with_the_import(tmp_path: Path) -> None:
    log = LogFile(tmp_path)
    assert log.columns_of("me") is None

    log.append("me", lambda _: [entered(1)], "first")
    log.append("me", lambda _: [], "second")

    assert log.columns_of("me") == "second"
    assert log.columns_of("you") is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET reader = 'you'",
        "DELETE FROM events",
        "INSERT OR REPLACE INTO events SELECT seq, event_id, 'you', event FROM events",
        "INSERT OR REPLACE INTO events SELECT 99, event_id, 'you', event FROM events",
        "UPDATE columns SET columns = ''",
        "DELETE FROM columns",
    ],
)
def test_the_file_itself_refuses_every_change(statement: str, tmp_path: Path) -> None:
    log = LogFile(tmp_path)
    log.append("me", lambda _: [entered(1)], "columns")
    file = sqlite3.connect(tmp_path / FILE)

    with pytest.raises(sqlite3.IntegrityError, match="only grows"):
        file.execute(statement)
    file.close()
    assert log.events() == (entered(1),)


def write_many(folder: Path, first: int) -> None:
    log = LogFile(folder)
    for number in range(first, first + 20):
        log.append("me", lambda events, number=number: [entered(number, units=1 + len(events))])


def test_processes_that_write_at_once_each_see_what_the_others_wrote(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=write_many, args=(tmp_path / "log", first))
        for first in (100, 200, 300)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    units = [
        event.service.units
        for event in LogFile(tmp_path / "log").events()
        if isinstance(event, Entered)
    ]
    assert units == list(range(1, 61))


def test_a_killed_process_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline().strip() for _ in range(5)]
        os.kill(writer.pid, signal.SIGKILL)
        said += writer.stdout.read().split()

    there = {str(event.event_id) for event in LogFile(tmp_path).events()}
    assert {one for one in said if len(one) == 36} <= there


def start_at_once(folder: Path, number: int, barrier: Barrier) -> None:
    barrier.wait()
    add(LogFile(folder), entered(number))


def test_a_new_log_may_be_begun_by_many_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(4)
    for attempt in range(2):
        folder = tmp_path / str(attempt)
        writers = [
            context.Process(target=start_at_once, args=(folder, number, barrier))
            for number in range(4)
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert [writer.exitcode for writer in writers] == [0] * 4
        assert len(LogFile(folder).events()) == 4


def test_a_full_disk_leaves_no_half_of_a_new_log(tmp_path: Path) -> None:
    def on_a_full_disk(uri: str) -> sqlite3.Connection:
        file = connect(uri)
        file.execute("PRAGMA max_page_count = 2")
        return file

    with pytest.raises(OutputError, match="the disk is full"):
        add(LogFile(tmp_path, on_a_full_disk), entered(1))
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_and_the_log_is_as_it_was(tmp_path: Path) -> None:
    add(LogFile(tmp_path), entered(1))

    def on_a_full_disk(uri: str) -> sqlite3.Connection:
        file = connect(uri)
        file.execute("PRAGMA max_page_count = 1")
        return file

    full = LogFile(tmp_path, on_a_full_disk)
    with pytest.raises(OutputError, match="the disk is full: nothing was logged"):
        add(full, *(entered(number) for number in range(2, 200)))
    assert LogFile(tmp_path).events() == (entered(1),)


def test_a_log_that_another_program_holds_is_told(tmp_path: Path) -> None:
    add(LogFile(tmp_path), entered(1))
    holder = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    def impatient(uri: str) -> sqlite3.Connection:
        file = connect(uri)
        file.execute("PRAGMA busy_timeout = 50")
        return file

    began = time.monotonic()
    with pytest.raises(OutputError, match="another program is writing the work log"):
        add(LogFile(tmp_path, impatient), entered(2))
    assert time.monotonic() - began < log_events.WAIT_S
    assert LogFile(tmp_path).events() == (entered(1),)
    holder.close()


@pytest.mark.parametrize(
    "content", [b"", b"not a log" * 200, b"SQLite format 3\x00" + b"\xff" * 5000]
)
def test_another_file_in_its_place_is_left_alone(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(content)

    for use in (lambda log: log.events(), lambda log: add(log, entered(1))):
        with pytest.raises(OutputError, match=r"log\.sqlite"):
            use(LogFile(tmp_path))
    assert (tmp_path / FILE).read_bytes() == content


def test_a_log_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    add(LogFile(tmp_path), entered(1))
    file = sqlite3.connect(tmp_path / FILE)
    file.execute("PRAGMA user_version = 2")
    file.close()

    with pytest.raises(EnvironmentProblemError, match="newer Marrowscope"):
        LogFile(tmp_path).events()


def test_an_event_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    add(LogFile(tmp_path), entered(1))
    file = sqlite3.connect(tmp_path / FILE)
    row = ("x", "me", json.dumps({"kind": "dreamt"}))
    file.execute("INSERT INTO events (event_id, reader, event) VALUES (?, ?, ?)", row)
    file.commit()
    file.close()

    with pytest.raises(EnvironmentProblemError, match="cannot read"):
        LogFile(tmp_path).events()


def test_a_file_where_the_folder_belongs_is_told(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("in the way")

    with pytest.raises(OutputError, match="a file is in the way"):
        add(LogFile(tmp_path / "log"), entered(1))
