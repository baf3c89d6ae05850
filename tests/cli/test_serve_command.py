"""`marrowscope serve`: where it may listen, and that it serves and ends."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cli_fakes import FakeRooms

from marrowscope.assembly_web import serving_parts
from marrowscope.cli import main
from marrowscope.cli.serve import host_name, notice_for
from marrowscope.errors import OutputError, UsageError
from marrowscope.settings import load_settings

PASSWORD = "four plain words here"


def refused(home: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(["serve", *arguments], FakeRooms(home).services())
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("marrowscope: ")
    assert err.count("\n") == 1
    return code, err


def with_administrator(home: Path) -> Path:
    with serving_parts(home) as (accounts, _):
        accounts.set_up("ada", "Ada Administrator", "AA", PASSWORD)
    return home


@contextmanager
def served(home: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process of its own, and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "marrowscope", "serve", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"MARROWSCOPE_HOME": str(home)},
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("Marrowscope is on http"), line or process.communicate()
        yield process, line.split()[-1]
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str, str]:
    process.send_signal(number)
    code = process.wait(timeout=60)
    assert process.stdout is not None
    assert process.stderr is not None
    # Not `communicate`: it loses what came together with the line that was read.
    return code, process.stdout.read(), process.stderr.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(tmp_path: Path, number: signal.Signals) -> None:
    with served(tmp_path / "home") as (process, url), httpx.Client(base_url=url) as client:
        assert client.get("/api/health").json()["needs_set_up"] is True
        assert "server" not in client.get("/").headers
        # The connection is still open: it must not keep the server up.
        code, out, err = ended(process, number)

    assert (code, err) == (0, "")
    assert "create the administrator" in out
    assert "Research use only" in out


def test_a_request_under_way_is_finished(tmp_path: Path) -> None:
    body = json.dumps({"user_name": "ada", "password": "wrong"}).encode()
    head = (
        "POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    ).encode()
    with served(with_administrator(tmp_path)) as (process, url):
        address = ("127.0.0.1", int(url.rpartition(":")[2]))
        with socket.create_connection(address, timeout=60) as connection:
            connection.sendall(head + body[:5])
            # Answered only once the request before it, on another connection, was taken up.
            httpx.get(f"{url}/api/health")
            process.send_signal(signal.SIGINT)
            connection.sendall(body[5:])
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        _, err = process.communicate(timeout=60)

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert (process.returncode, err) == (0, "")


def test_a_taken_port_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        code, err = refused(tmp_path, capsys, "--port", port)

    assert code == 4
    assert f"port {port} of 127.0.0.1 is taken" in err
    assert "--port" in err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--host", "0.0.0.0"], "create the administrator"),
        (["--trusted-proxy"], "create the administrator"),
        (["--tls-cert", "a.pem"], "belong together"),
        (["--tls-key", "a.pem"], "belong together"),
        (["--tls-cert", "a.pem", "--tls-key", "b.pem"], "cannot be read"),
        (["--tls-cert", ""], "--tls-cert"),
        (["--port", "65536"], "--port"),
        (["--port", "web"], "--port"),
        (["--name", "http://marrow"], "--name"),
        (["--name", ""], "--name"),
    ],
)
def test_wrong_use_is_refused(
    options: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, err = refused(tmp_path, capsys, *options)

    assert code == 2
    assert words in err


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "no-such-host.invalid"])
def test_passwords_do_not_cross_the_network_unencrypted(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, err = refused(with_administrator(tmp_path), capsys, "--host", host)

    assert code == 2
    assert "--tls-cert" in err
    assert "--trusted-proxy" in err


def test_a_name_that_is_unknown_here_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, err = refused(
        with_administrator(tmp_path), capsys, "--host", "marrow.invalid", "--trusted-proxy"
    )

    assert code == 2
    assert "marrow.invalid" in err


def test_an_address_of_another_machine_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # 192.0.2.0/24 is kept for documentation: no machine has it.
    code, err = refused(
        with_administrator(tmp_path), capsys, "--host", "192.0.2.7", "--trusted-proxy"
    )

    assert code == 4
    assert "192.0.2.7 is no address of this machine" in err


def certificate(folder: Path, *options: str) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl")
    names = folder / "cert.pem", folder / "key.pem"
    made = ["req", "-x509", "-newkey", "rsa:2048", "-days", "1", "-subj", "/CN=localhost"]
    named = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(
        [openssl, *made, *named, "-out", names[0], "-keyout", names[1], *(options or ["-nodes"])],
        check=True,
        capture_output=True,
    )
    return names


def test_with_a_certificate_it_is_reached_encrypted_beyond_this_machine(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    home = with_administrator(tmp_path / "home")
    options = ("--host", "0.0.0.0", "--tls-cert", str(cert), "--tls-key", str(key))
    trusting = ssl.create_default_context(cafile=cert)

    with served(home, *options) as (process, url):
        assert url.startswith("https://")
        port = url.rpartition(":")[2]
        with httpx.Client(base_url=f"https://localhost:{port}", verify=trusting) as client:
            body = {"user_name": "ada", "password": PASSWORD}
            answer = client.post("/api/session", json=body)
            assert answer.status_code == 200
            assert "Secure" in answer.headers["set-cookie"]
            assert client.get("/api/people").status_code == 200
        foreign = httpx.get(
            f"https://localhost:{port}/api/health",
            verify=trusting,
            headers={"Host": "evil.example"},
        )
        assert foreign.status_code == 400
        assert ended(process, signal.SIGINT)[0] == 0


def test_a_key_with_a_password_is_refused_without_asking(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cert, key = certificate(tmp_path, "-passout", "pass:hidden")

    code, err = refused(tmp_path, capsys, "--tls-cert", str(cert), "--tls-key", str(key))

    assert code == 2
    assert "without a password" in err


def test_files_that_are_no_certificate_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("cert.pem", "key.pem"):
        (tmp_path / name).write_text("nothing", encoding="utf-8")
    options = ("--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem"))

    code, err = refused(tmp_path, capsys, *options)

    assert code == 2
    assert "not a PEM certificate" in err


@pytest.mark.parametrize(
    ("text", "name"),
    [("Marrow.Hospital.example.", "marrow.hospital.example"), (" lab-7 ", "lab-7")],
)
def test_names_are_as_browsers_send_them(text: str, name: str) -> None:
    assert host_name(text) == name


@pytest.mark.parametrize("text", ["a b", "a:80", "https://a", "ä.example", "a" * 254, "*"])
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(UsageError, match="--name"):
        host_name(text)


def test_a_bug_while_serving_is_a_line_and_a_report_without_its_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notice = notice_for(load_settings(home=tmp_path), "9.9")

    notice(RuntimeError("SMITH"))
    notice(OutputError("/srv: the disk is full"))

    first, second = capsys.readouterr().err.splitlines()
    (saved,) = tmp_path.glob("crash-*.txt")
    assert str(saved) in first
    assert "SMITH" not in first + saved.read_text(encoding="utf-8")
    assert second == "marrowscope: /srv: the disk is full"
