"""What a program is told where something is not done."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from served_laboratory import Way, listening, saying, unused_port
from web_laboratory import PASSWORD, Laboratory

from marrowscope.client import (
    NotFoundError,
    NotSignedInError,
    ReadingRoom,
    ReadingRoomError,
    RefusedError,
    UnreachableError,
)
from marrowscope.errors import MarrowscopeError, UsageError


def test_every_refusal_is_one_of_marrowscope() -> None:
    kinds = [NotSignedInError, NotFoundError, RefusedError, UnreachableError]

    assert all(issubclass(kind, ReadingRoomError) for kind in kinds)
    assert issubclass(ReadingRoomError, MarrowscopeError)


def test_a_wrong_password(way: Way) -> None:
    room = ReadingRoom(way.url, "tom", "not the password")

    with pytest.raises(NotSignedInError, match="password") as refused, room:
        pass

    assert (refused.value.status, refused.value.code) == (401, "wrong_password")


def test_a_room_that_nobody_entered(enter: Callable[..., ReadingRoom]) -> None:
    with pytest.raises(NotSignedInError, match="sign in first"):
        enter().cases()


def test_after_signing_out_nothing_is_asked(enter: Callable[..., ReadingRoom]) -> None:
    with enter() as room:
        pass

    with pytest.raises(NotSignedInError, match="sign in first"):
        room.cases()


def test_a_temporary_password_has_to_be_changed_first(
    laboratory: Laboratory, enter: Callable[..., ReadingRoom]
) -> None:
    with enter("nina") as room:
        with pytest.raises(RefusedError, match="change your temporary") as told:
            room.cases()
        with pytest.raises(RefusedError, match="the new password is the old one"):
            room.change_password(PASSWORD)

        room.change_password("five plain words of mine")
        assert room.cases() == ()
        laboratory.clock.wait(minutes=20)
        assert room.cases() == ()

    assert told.value.code == "must_change_password"


def test_what_is_not_there(room: ReadingRoom) -> None:
    case = room.add_case()

    with pytest.raises(NotFoundError, match="no such case") as told:
        room.case(uuid4())
    with pytest.raises(NotFoundError, match="no such analysis"):
        room.analysis(case.case_id, uuid4())
    assert (told.value.status, told.value.code) == (404, "not_found")


def test_what_the_role_does_not_allow(enter: Callable[..., ReadingRoom]) -> None:
    with enter("limo") as room, pytest.raises(RefusedError, match="your role") as told:
        room.add_case()

    assert (told.value.status, told.value.code) == (403, "not_allowed")


def test_what_makes_no_sense_is_refused_in_the_servers_words(room: ReadingRoom) -> None:
    case = room.add_case()

    with pytest.raises(RefusedError, match="acession: extra inputs"):
        room.add_case({"acession": "S26-1"})
    with pytest.raises(RefusedError, match="status: "):
        room.cases(status="nearly")
    with pytest.raises(RefusedError, match="slide"):
        room.analyse(case.case_id)


def test_what_cannot_be_sent(room: ReadingRoom) -> None:
    with pytest.raises(UsageError, match="a set is no text"):
        room.add_case({"accession": {"S26-1"}})
    with pytest.raises(UsageError, match="is no id of a case"):
        room.case("S26-1")


def test_a_server_that_is_not_there() -> None:
    room = ReadingRoom(f"http://127.0.0.1:{unused_port()}", "tom", PASSWORD)

    with pytest.raises(UnreachableError, match=r"http://127.*refused\); check the address"), room:
        pass


def test_a_server_that_does_not_answer_in_time(way: Way) -> None:
    room = ReadingRoom(way.url, "tom", PASSWORD, timeout_s=1e-6)

    with pytest.raises(UnreachableError, match="no answer in time"), room:
        pass


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n<!doctype html>", UnreachableError),
        (b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\n\r\n<html>", UnreachableError),
        (b"HTTP/1.1 301 Moved\r\nLocation: https://x.example\r\n\r\n", UnreachableError),
        (b"HTTP/1.1 413 Too Large\r\nConnection: close\r\n\r\n<html>", RefusedError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{", UnreachableError),
        (b"SSH-2.0-OpenSSH\r\n", UnreachableError),
        (b"", UnreachableError),
    ],
    ids=["page", "proxy", "elsewhere", "proxy-refuses", "cut", "no-http", "nothing"],
)
def test_what_answers_is_no_reading_room(answer: bytes, kind: type[Exception]) -> None:
    with saying(answer) as port, pytest.raises(kind, match="check the address"):
        ReadingRoom(f"http://127.0.0.1:{port}", "tom", PASSWORD).sign_in()


def test_a_server_that_went_away_hides_no_other_error(
    enter: Callable[..., ReadingRoom], way: Way
) -> None:
    way.lose("DELETE", "/session", "all", "all")

    with pytest.raises(KeyError) as told, enter():
        raise KeyError("of the program")
    with pytest.raises(UnreachableError, match="cannot be reached"), enter():
        pass

    assert told.value.__notes__[0].startswith("signing out: http://127.0.0.1")


@pytest.mark.parametrize(
    "url",
    ["", "127.0.0.1:8000", "ftp://127.0.0.1", "http://", "http://127.0.0.1:x", "https://a.b/room",
     "https://ada:secret@a.b", "http://[::1"],
)  # fmt: skip
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(UsageError, match="no address of a reading room"):
        ReadingRoom(url, "tom", PASSWORD)


@pytest.mark.parametrize("host", ["marrow.hospital.example", "192.0.2.7", "0.0.0.0"])
def test_no_password_goes_over_the_network_unencrypted(host: str) -> None:
    with pytest.raises(UsageError, match="unencrypted; give the https address"):
        ReadingRoom(f"http://{host}:8000", "tom", PASSWORD)


@pytest.mark.parametrize("content", [None, b"no certificate"], ids=["gone", "other"])
def test_a_certificate_that_is_none(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(UsageError, match=r"ca\.pem: is not a PEM file"):
        ReadingRoom("https://marrow.hospital.example", "tom", PASSWORD, certificate=path)


def test_a_server_must_be_who_it_says(laboratory: Laboratory, tmp_path: Path) -> None:
    cert, key = made_certificate(tmp_path)

    with listening(laboratory.app(), (cert, key)) as port:
        with ReadingRoom(f"https://localhost:{port}", "tom", PASSWORD, certificate=cert) as room:
            assert room.cases() == ()
        with pytest.raises(UnreachableError, match=r"cannot be verified.*self.signed"):
            ReadingRoom(f"https://localhost:{port}", "tom", PASSWORD).sign_in()
        with pytest.raises(UnreachableError, match=r"cannot be verified.*127\.0\.0\.1"):
            ReadingRoom(f"https://127.0.0.1:{port}", "tom", PASSWORD, certificate=cert).sign_in()


def made_certificate(folder: Path) -> tuple[Path, Path]:
    """Of localhost, which nobody vouches for."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl")
    names = folder / "cert.pem", folder / "key.pem"
    made = ["req", "-x509", "-newkey", "rsa:2048", "-days", "1", "-subj", "/CN=localhost"]
    named = ["-addext", "subjectAltName=DNS:localhost", "-nodes"]
    subprocess.run(
        [openssl, *made, *named, "-out", names[0], "-keyout", names[1]],
        check=True,
        capture_output=True,
    )
    return names
