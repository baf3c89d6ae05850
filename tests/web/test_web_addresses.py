import pytest

from marrowscope.web.addresses import is_known_host, is_same_origin, is_this_machine, refusal

NO_NAMES: frozenset[str] = frozenset()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.8.9.10", "localhost", "LocalHost", "::1", "::ffff:127.0.0.1"]
)
def test_this_machine(host: str) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize(
    "host",
    ["", "0.0.0.0", "::", "10.0.0.1", "localhost.evil.example", "127.0.0.1.evil.example", "marrow"],
)
def test_beyond_this_machine(host: str) -> None:
    assert not is_this_machine(host)


@pytest.mark.parametrize(
    ("host", "has_administrator", "has_tls", "trusted_proxy", "words"),
    [
        ("127.0.0.1", False, False, False, None),
        ("::1", True, True, False, None),
        ("127.0.0.1", True, False, True, None),
        ("127.0.0.1", False, False, True, "marrowscope user add"),
        ("0.0.0.0", False, True, False, "create the administrator"),
        ("0.0.0.0", False, False, True, "create the administrator"),
        ("0.0.0.0", True, False, False, "--tls-cert"),
        ("marrow.hospital.example", True, False, False, "--trusted-proxy"),
        ("", True, False, False, "--tls-cert"),
        ("0.0.0.0", True, True, False, None),
        ("10.0.0.1", True, False, True, None),
    ],
)
def test_where_a_server_may_listen(
    host: str, has_administrator: bool, has_tls: bool, trusted_proxy: bool, words: str | None
) -> None:
    why_not = refusal(
        host,
        has_administrator=has_administrator,
        has_tls=has_tls,
        trusted_proxy=trusted_proxy,
    )

    assert (why_not is None) is (words is None)
    assert (words or "") in (why_not or "")
    assert "\n" not in (why_not or "")


def test_an_address_is_known_only_where_it_arrived() -> None:
    assert is_known_host("10.0.0.7:8000", NO_NAMES, "10.0.0.7")
    assert is_known_host("[fe80::7]:8000", NO_NAMES, "fe80::7")
    assert is_known_host("10.0.0.7", NO_NAMES, "::ffff:10.0.0.7")
    assert not is_known_host("10.0.0.8", NO_NAMES, "10.0.0.7")
    assert not is_known_host("evil.example", NO_NAMES, "evil.example")


@pytest.mark.parametrize(
    ("origin", "scheme", "host", "is_same"),
    [
        ("http://a", "http", "a", True),
        ("http://a:80", "http", "a", True),
        ("https://a", "https", "a:443", True),
        ("http://A", "http", "a", True),
        ("http://[::1]:1", "http", "[::1]:1", True),
        ("http://a", "https", "a", False),
        ("http://a:1", "http", "a:2", False),
        ("http://b", "http", "a", False),
        ("null", "http", "a", False),
        ("", "http", "a", False),
        ("http://a:x", "http", "a", False),
        ("http://[a", "http", "a", False),
    ],
)
def test_same_origin(origin: str, scheme: str, host: str, is_same: bool) -> None:
    assert is_same_origin(origin, scheme, host) is is_same
