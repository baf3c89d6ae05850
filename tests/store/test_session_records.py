import threading
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine

from fakes.still_clock import StillClock
from marrowscope.accounts.account import Account
from marrowscope.accounts.passwords import needs_rehash
from marrowscope.accounts.refusals import SessionEndedError, SignInRefusedError
from marrowscope.accounts.roles import Role
from marrowscope.accounts.sessions import sha256_of
from marrowscope.store.account_records import AccountRecords
from marrowscope.store.account_rows import insert_account
from marrowscope.store.audit_chain import Entry
from marrowscope.store.audit_records import AuditRecords
from marrowscope.store.database import open_database, reading, writing

PASSWORD = "a few words will do"
WRONG = "a few words won't do"
HERE = "192.0.2.1"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


@pytest.fixture
def records(engine: Engine, clock: StillClock) -> AccountRecords:
    records = AccountRecords(engine, clock)
    for name, is_disabled in (("ada", False), ("bob", False), ("off", True)):
        account = Account(
            UUID(bytes=name.encode() * 5 + b"x"), name, name, name, frozenset({Role.TRAINEE}),
            is_disabled, False, CHEAP, clock(),
        )  # fmt: skip
        with writing(engine) as connection:
            insert_account(connection, account)
    return records


def refused(records: AccountRecords, name: str, password: str, address: str = HERE) -> int:
    """Signs in, which must not work; how long to wait."""
    with pytest.raises(SignInRefusedError) as error:
        records.sign_in(name, password, address)
    return error.value.wait_s


def newest(engine: Engine) -> Entry:
    return AuditRecords(engine, StillClock()).entries(limit=1)[0]


def n_entries(engine: Engine) -> int:
    return AuditRecords(engine, StillClock()).verify().n


def test_signing_in_begins_a_session(
    records: AccountRecords, engine: Engine, clock: StillClock
) -> None:
    account, session, token = records.sign_in(" ADA ", PASSWORD, HERE)

    assert account.user_name == "ada"
    assert session.token_sha256 == sha256_of(token)
    assert session.account_id == account.account_id
    assert session.created_at == session.seen_at == clock.time
    assert not session.is_locked
    assert len(session.csrf_token) >= 43
    assert session.csrf_token != token
    assert records.session(token) == (account, session)
    entry = newest(engine)
    assert (entry.actor, entry.actor_name) == (str(account.account_id), "ada")
    assert (entry.act, entry.values()) == ("signed_in", {"address": HERE})


def test_a_session_has_its_own_token(records: AccountRecords) -> None:
    tokens = {records.sign_in("ada", PASSWORD, HERE)[2] for _ in range(3)}

    assert len(tokens) == 3
    assert all(records.session(token) for token in tokens)
    for none in ("", "x", "\ud800", sha256_of(tokens.pop())):
        assert records.session(none) is None


@pytest.mark.parametrize(
    ("name", "password", "about", "reason"),
    [
        ("ada", WRONG, "ada", "wrong password"),
        ("ada", "", "ada", "wrong password"),
        ("off", PASSWORD, "off", "account disabled or just changed"),
        ("off", WRONG, "off", "wrong password"),
        ("eve", PASSWORD, "", "unknown user name"),
        ("my pass\x00word", PASSWORD, "", "unknown user name"),
        ("\ud800", "\ud800", "", "unknown user name"),
        ("", "", "", "unknown user name"),
    ],
)
def test_a_refusal_says_nothing_but_the_trail_does(
    name: str, password: str, about: str, reason: str, records: AccountRecords, engine: Engine
) -> None:
    with pytest.raises(SignInRefusedError) as error:
        records.sign_in(name, password, HERE)

    assert str(error.value) == "the user name or the password is wrong"
    assert error.value.wait_s == 0
    entry = newest(engine)
    assert (entry.actor, entry.actor_name) == (None, "nobody signed in")
    assert (entry.act, entry.about) == ("sign_in_failed", about)
    assert entry.values() == {"address": HERE, "reason": reason}


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait(
    records: AccountRecords, engine: Engine, clock: StillClock
) -> None:
    assert [refused(records, "ada", WRONG) for _ in range(5)] == [0] * 5
    before = n_entries(engine)

    assert refused(records, "ADA", PASSWORD, "198.51.100.9") == 15
    clock.go_on(seconds=14)
    assert refused(records, "ada", PASSWORD) == 1
    # What is not heard is not counted: nobody can fill the trail, or lock others out for good.
    assert n_entries(engine) == before
    clock.go_on(seconds=1)
    assert refused(records, "ada", WRONG) == 0
    assert refused(records, "ada", PASSWORD) == 30
    clock.go_on(seconds=30)
    assert records.sign_in("ada", PASSWORD, HERE)
    assert [refused(records, "ada", WRONG, "198.51.100.9") for _ in range(5)] == [0] * 5


def test_an_address_that_tries_many_names_has_to_wait(records: AccountRecords) -> None:
    for n in range(5):
        assert refused(records, f"nobody{n}", WRONG) == 0

    assert refused(records, "ada", PASSWORD) == 15
    assert records.sign_in("ada", PASSWORD, "198.51.100.9")


def test_one_s_own_password_buys_no_guesses_at_others(records: AccountRecords) -> None:
    for n in range(4):
        assert refused(records, "bob", WRONG, "2001:db8::1" if n % 2 else "2001:db8::2") == 0
        records.sign_in("ada", PASSWORD, "2001:db8::3")

    assert refused(records, "bob", WRONG, "2001:db8::4") == 0
    assert refused(records, "ada", PASSWORD, "2001:db8::5") == 15


def test_of_many_wrong_passwords_at_once_five_are_heard(
    records: AccountRecords, engine: Engine
) -> None:
    waits: list[int] = []
    together = threading.Barrier(12)

    def guess() -> None:
        together.wait()
        waits.append(refused(records, "ada", WRONG))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(waits) == [0] * 5 + [15] * 7
    assert n_entries(engine) == 5


def test_failures_are_forgotten_and_name_nobody(
    records: AccountRecords, engine: Engine, clock: StillClock
) -> None:
    for _ in range(3):
        refused(records, "my secret password", WRONG)
    clock.go_on(minutes=15)
    refused(records, "ada", WRONG)

    with reading(engine) as connection:
        rows = connection.exec_driver_sql("SELECT user_name_sha256 FROM sign_in_failures").all()
    assert rows == [(sha256_of("ada"),)]


def test_a_cheap_hash_is_made_anew_when_its_password_is_there(
    records: AccountRecords, clock: StillClock
) -> None:
    account, _, token = records.sign_in("ada", PASSWORD, HERE)

    assert not needs_rehash(account.password_hash)
    assert records.by_user_name("ada") == account
    assert records.session(token) is not None
    assert records.sign_in("ada", PASSWORD, HERE)[0] == account


def test_a_session_ends_after_twelve_hours_and_is_forgotten(
    records: AccountRecords, engine: Engine, clock: StillClock
) -> None:
    token = records.sign_in("ada", PASSWORD, HERE)[2]
    for _ in range(12 * 6 - 1):
        clock.go_on(minutes=10)
        records.touch(token)
    assert records.session(token) is not None
    clock.go_on(minutes=10)

    assert records.session(token) is None
    for act in (records.touch, records.lock):
        act(token)
    with pytest.raises(SessionEndedError):
        records.unlock(token, PASSWORD)
    other = records.sign_in("ada", PASSWORD, HERE)[1]
    with reading(engine) as connection:
        kept = connection.exec_driver_sql("SELECT token_sha256 FROM sessions").all()
    assert kept == [(other.token_sha256,)]


def test_a_session_left_alone_is_locked_and_stays_so(
    records: AccountRecords, engine: Engine, clock: StillClock
) -> None:
    token = records.sign_in("ada", PASSWORD, HERE)[2]
    clock.go_on(minutes=14)
    records.touch(token)
    clock.go_on(minutes=14)
    assert not is_locked(records, token)
    clock.go_on(minutes=1)

    assert is_locked(records, token)
    records.touch(token)
    assert is_locked(records, token)
    account, session = records.unlock(token, PASSWORD, HERE)
    assert not session.is_locked
    assert session.seen_at == clock.time
    assert records.session(token) == (account, session)
    assert newest(engine).act == "session_unlocked"


def test_how_long_that_takes_is_a_choice(
    records: AccountRecords, engine: Engine, clock: StillClock
) -> None:
    impatient = AccountRecords(engine, clock, idle_lock=timedelta(minutes=2))
    token = impatient.sign_in("ada", PASSWORD, HERE)[2]
    clock.go_on(minutes=2)

    assert is_locked(impatient, token)
    assert not is_locked(records, token)


def is_locked(records: AccountRecords, token: str) -> bool:
    live = records.session(token)
    assert live is not None
    return live[1].is_locked


def test_touching_is_written_twice_a_minute_and_not_into_the_trail(
    records: AccountRecords, engine: Engine, clock: StillClock
) -> None:
    _, begun, token = records.sign_in("ada", PASSWORD, HERE)
    before = n_entries(engine)
    seen = []
    for seconds in (29, 1, 1):
        clock.go_on(seconds=seconds)
        records.touch(token)
        live = records.session(token)
        assert live is not None
        seen.append((live[1].seen_at - begun.seen_at).total_seconds())

    assert seen == [0, 30, 30]
    assert n_entries(engine) == before


def test_a_session_is_locked_by_hand_once(records: AccountRecords, engine: Engine) -> None:
    token, other = (records.sign_in("ada", PASSWORD, HERE)[2] for _ in range(2))
    records.lock(token)
    before = n_entries(engine)
    records.lock(token)
    records.lock("no token")

    assert is_locked(records, token)
    assert not is_locked(records, other)
    assert newest(engine).act == "session_locked"
    assert n_entries(engine) == before


def test_a_wrong_password_unlocks_nothing_and_is_counted(
    records: AccountRecords, engine: Engine
) -> None:
    token = records.sign_in("ada", PASSWORD, HERE)[2]
    records.lock(token)
    waits = []
    for _ in range(6):
        with pytest.raises(SignInRefusedError) as error:
            records.unlock(token, WRONG)
        waits.append(error.value.wait_s)

    assert waits == [0, 0, 0, 0, 0, 15]
    assert is_locked(records, token)
    assert newest(engine).act == "unlock_failed"
    assert newest(engine).values() == {"reason": "wrong password"}
    assert refused(records, "ada", PASSWORD) == 15
    assert records.sign_in("bob", PASSWORD, HERE)


def test_the_own_password_can_be_asked_for_again(records: AccountRecords, engine: Engine) -> None:
    account, _, token = records.sign_in("ada", PASSWORD, HERE)
    before = n_entries(engine)
    records.confirm_password(account.account_id, PASSWORD, HERE)
    assert n_entries(engine) == before

    with pytest.raises(SignInRefusedError):
        records.confirm_password(account.account_id, WRONG, HERE)
    assert newest(engine).act == "password_confirmation_failed"
    assert newest(engine).about == "ada"
    assert records.session(token) is not None


def test_signing_out_ends_one_session(records: AccountRecords, engine: Engine) -> None:
    token, other = (records.sign_in("ada", PASSWORD, HERE)[2] for _ in range(2))

    records.sign_out(token)
    assert records.session(token) is None
    assert records.session(other) is not None
    assert (newest(engine).act, newest(engine).actor_name) == ("signed_out", "ada")
    before = n_entries(engine)
    records.sign_out(token)
    assert n_entries(engine) == before


def test_a_session_outlives_a_restart(
    records: AccountRecords, engine: Engine, clock: StillClock, tmp_path: Path
) -> None:
    token = records.sign_in("ada", PASSWORD, HERE)[2]
    engine.dispose()
    anew = open_database(tmp_path)

    assert AccountRecords(anew, clock).session(token) is not None
    anew.dispose()
