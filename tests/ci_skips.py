"""A pytest plugin for CI: a test that skips because something is missing has failed.

A test says so by a reason that begins with "needs" ("needs Chromium", "needs ../shared/data"), or
by pytest.importorskip. CI installs all of that first, so such a skip hides an untested part.
Loaded by `.ci/run` with `-p tests.ci_skips`; what cannot be there (another operating system, a
GPU) is worded otherwise and may skip.
"""

import pytest

MISSING = ("needs ", "could not import ")

_skipped_for_want: list[str] = []


def missing_thing(reason: str) -> bool:
    """Whether a skip reason says that something was not there."""
    return reason.removeprefix("Skipped: ").lower().startswith(MISSING)


def _note(report: pytest.TestReport | pytest.CollectReport) -> None:
    if report.skipped and isinstance(report.longrepr, tuple):
        reason = str(report.longrepr[2])
        if missing_thing(reason):
            _skipped_for_want.append(f"{report.nodeid}: {reason}")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _note(report)


def pytest_collectreport(report: pytest.CollectReport) -> None:
    _note(report)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if _skipped_for_want and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _skipped_for_want:
        terminalreporter.section("skipped in CI, where it must not be")
        for line in sorted(set(_skipped_for_want)):
            terminalreporter.line(line)
