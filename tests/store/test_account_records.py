import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from fakes.still_clock import StillClock
from marrowscope.accounts.account import Account
from marrowscope.accounts.roles import Role
from marrowscope.errors import UsageError
from marrowscope.store.account_records import AccountRecords
from marrowscope.store.audit_records import AuditRecords
from marrowscope.store.database import open_database

PASSWORD = "a few words will do"
OTHER = "some other words"


@pytest.fixture
def records(engine: Engine, clock: StillClock) -> AccountRecords:
    return AccountRecords(engine, clock)


@pytest.fixture
def boss(records: AccountRecords) -> Account:
    return records.set_up("boss", "The Boss", "TB", PASSWORD)


def trail(engine: Engine) -> list[tuple[str, str, str, dict[str, object]]]:
    """Who, what, about whom, details; oldest first."""
    entries = reversed(AuditRecords(engine, StillClock()).entries(limit=500))
    return [(one.actor_name, one.act, one.about, one.values()) for one in entries]


def acts(engine: Engine) -> list[str]:
    return [act for _, act, _, _ in trail(engine)]


def at_once(*works: Callable[[], object]) -> list[BaseException | None]:
    """What each raised, all having begun together."""
    together = threading.Barrier(len(works))
    raised: list[BaseException | None] = [None] * len(works)

    def run(n: int, work: Callable[[], object]) -> None:
        together.wait()
        try:
            work()
        except UsageError as error:
            raised[n] = error

    threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_before_it_is_set_up_there_is_nobody(records: AccountRecords) -> None:
    assert records.n_accounts() == 0
    assert not records.has_administrator()
    assert records.accounts() == ()
    assert records.account(UUID(int=1)) is None
    assert records.by_user_name("boss") is None
    assert records.by_user_name("") is None
    assert records.by_user_name("\ud800\ud800") is None


def test_the_first_account_can_do_everything_one_person_needs(
    records: AccountRecords, engine: Engine, clock: StillClock
) -> None:
    boss = records.set_up("Boss", " The  Boss ", "TB", PASSWORD)

    assert (boss.user_name, boss.full_name, boss.initials) == ("boss", "The Boss", "TB")
    assert boss.roles == {Role.ADMINISTRATOR, Role.PATHOLOGIST}
    assert not boss.is_disabled
    assert not boss.must_change_password
    assert boss.created_at == clock.time
    assert records.accounts() == (boss,)
    assert records.account(boss.account_id) == boss == records.by_user_name(" BOSS ")
    assert records.has_administrator()
    details = {"full_name": "The Boss", "roles": ["administrator", "pathologist"]}
    assert trail(engine) == [("boss", "set_up", "boss", details)]


def test_it_is_set_up_once(records: AccountRecords, boss: Account, engine: Engine) -> None:
    with pytest.raises(UsageError, match="already set up"):
        records.set_up("other", "Other", "O", PASSWORD)
    records_of_another = AccountRecords(engine, StillClock())
    with pytest.raises(UsageError, match="already set up"):
        records_of_another.set_up("boss", "The Boss", "TB", PASSWORD)
    assert records.accounts() == (boss,)
    assert acts(engine) == ["set_up"]


def test_of_several_who_set_it_up_at_once_one_wins(tmp_path: Path) -> None:
    engines = [open_database(tmp_path) for _ in range(4)]
    everybody = [AccountRecords(engine, StillClock()) for engine in engines]

    def set_up(n: int, records: AccountRecords) -> Callable[[], object]:
        return lambda: records.set_up(f"boss{n}", "Boss", "B", PASSWORD)

    raised = at_once(*[set_up(n, one) for n, one in enumerate(everybody)])

    assert raised.count(None) == 1
    assert all("already set up" in str(error) for error in raised if error)
    assert everybody[0].n_accounts() == 1
    assert acts(engines[0]) == ["set_up"]
    for engine in engines:
        engine.dispose()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (("b", "Boss", "B", PASSWORD), "user name"),
        (("boss", "", "B", PASSWORD), "full name"),
        (("boss", "Boss", "", PASSWORD), "initials"),
        (("boss", "Boss", "B", "too short"), "password"),
        (("boss-boss-boss", "Boss", "B", "Boss-boss-boss"), "password"),
    ],
)
def test_what_is_wrong_adds_nobody(
    wrong: tuple[str, str, str, str], reason: str, records: AccountRecords, engine: Engine
) -> None:
    with pytest.raises(UsageError, match=reason):
        records.set_up(*wrong)
    assert records.n_accounts() == 0
    assert acts(engine) == []


def test_an_account_is_added_by_somebody_or_by_the_command_line(
    records: AccountRecords, boss: Account, engine: Engine
) -> None:
    ada = records.add("Ada", "Ada L", "AL", [Role.TRAINEE, Role.TECHNOLOGIST], PASSWORD, by=boss)
    bob = records.add(
        "bob", "Bob", "B", [Role.SERVICE], PASSWORD, by=None, must_change_password=False
    )

    assert ada.must_change_password
    assert not bob.must_change_password
    assert records.accounts() == (ada, bob, boss)
    assert records.account(ada.account_id) == ada
    assert [(who, act, about) for who, act, about, _ in trail(engine)[1:]] == [
        ("boss", "account_added", "ada"),
        ("command line", "account_added", "bob"),
    ]
    assert trail(engine)[1][3] == {"full_name": "Ada L", "roles": ["technologist", "trainee"]}


def test_a_user_name_is_there_once(records: AccountRecords, boss: Account, engine: Engine) -> None:
    with pytest.raises(UsageError, match="the user name boss is taken"):
        records.add("BOSS", "Other", "O", [Role.TRAINEE], PASSWORD, by=boss)
    with pytest.raises(UsageError, match="at least one role"):
        records.add("ada", "Ada", "A", [], PASSWORD, by=boss)
    assert records.accounts() == (boss,)
    assert acts(engine) == ["set_up"]


def test_what_is_changed_is_in_the_trail_as_it_was_and_as_it_is(
    records: AccountRecords, boss: Account, engine: Engine
) -> None:
    ada = records.add("ada", "Ada", "A", [Role.TRAINEE], PASSWORD, by=boss)
    now = records.change(
        ada.account_id, by=boss, full_name=" Ada L ", roles=[Role.DIRECTOR, Role.PATHOLOGIST]
    )

    assert now == records.account(ada.account_id)
    assert (now.full_name, now.initials) == ("Ada L", "A")
    assert now.roles == {Role.DIRECTOR, Role.PATHOLOGIST}
    assert now.password_hash == ada.password_hash
    assert trail(engine)[-1] == (
        "boss",
        "account_changed",
        "ada",
        {
            "full_name": {"from": "Ada", "to": "Ada L"},
            "roles": {"from": ["trainee"], "to": ["director", "pathologist"]},
        },
    )


def test_what_is_no_change_is_not_in_the_trail(
    records: AccountRecords, boss: Account, engine: Engine
) -> None:
    assert records.change(boss.account_id, by=boss) == boss
    assert records.change(boss.account_id, by=boss, initials="TB", is_disabled=False) == boss
    assert acts(engine) == ["set_up"]


@pytest.mark.parametrize(
    "change", [{"full_name": ""}, {"initials": "\n"}, {"roles": []}, {"full_name": "x" * 200}]
)
def test_a_wrong_change_changes_nothing(
    change: dict[str, object], records: AccountRecords, boss: Account, engine: Engine
) -> None:
    with pytest.raises(UsageError):
        records.change(boss.account_id, by=boss, **change)  # type: ignore[arg-type]
    assert records.accounts() == (boss,)
    assert acts(engine) == ["set_up"]


def test_nobody_who_is_not_there_can_be_changed(records: AccountRecords, boss: Account) -> None:
    nobody = UUID(int=7)
    for act in (
        lambda: records.change(nobody, by=boss, is_disabled=True),
        lambda: records.set_password(nobody, PASSWORD, by=boss, must_change_password=True),
        lambda: records.confirm_password(nobody, PASSWORD),
        lambda: records.end_sessions(nobody, by=boss),
    ):
        with pytest.raises(UsageError, match="no such account"):
            act()


def test_the_last_administrator_stays(
    records: AccountRecords, boss: Account, engine: Engine
) -> None:
    for change in ({"is_disabled": True}, {"roles": [Role.DIRECTOR]}):
        with pytest.raises(UsageError, match="boss is the last administrator"):
            records.change(boss.account_id, by=boss, **change)  # type: ignore[arg-type]
    second = records.add("ada", "Ada", "A", [Role.ADMINISTRATOR], PASSWORD, by=boss)
    records.change(second.account_id, by=boss, is_disabled=True)
    with pytest.raises(UsageError, match="last administrator"):
        records.change(boss.account_id, by=boss, is_disabled=True)

    records.change(second.account_id, by=boss, is_disabled=False)
    records.change(boss.account_id, by=boss, is_disabled=True)

    assert records.has_administrator()
    assert acts(engine)[2:] == ["account_disabled", "account_enabled", "account_disabled"]


def test_two_administrators_who_disable_each_other_leave_one(
    records: AccountRecords, boss: Account
) -> None:
    other = records.add("ada", "Ada", "A", [Role.ADMINISTRATOR], PASSWORD, by=boss)

    raised = at_once(
        lambda: records.change(boss.account_id, by=other, is_disabled=True),
        lambda: records.change(other.account_id, by=boss, is_disabled=True),
    )

    assert raised.count(None) == 1
    assert records.has_administrator()


steps = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.none() | st.sets(st.sampled_from(Role), min_size=1, max_size=2),
        st.none() | st.booleans(),
    ),
    max_size=12,
)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=steps)
def test_whatever_is_changed_an_administrator_is_left(
    changes: list[tuple[int, set[Role] | None, bool | None]],
    records: AccountRecords,
    engine: Engine,
) -> None:
    if not records.n_accounts():
        boss = records.set_up("boss", "Boss", "B", PASSWORD)
        for name in ("ada", "bob"):
            records.add(name, name, "X", [Role.TRAINEE], PASSWORD, by=boss)
    everybody = records.accounts()
    for who, roles, is_disabled in changes:
        with suppress(UsageError):
            records.change(everybody[who].account_id, by=None, roles=roles, is_disabled=is_disabled)
        assert records.has_administrator()
    assert AuditRecords(engine, StillClock()).verify().broken_at is None


def test_disabling_signs_out_everywhere(records: AccountRecords, boss: Account) -> None:
    ada = records.add("ada", "Ada", "A", [Role.TRAINEE], PASSWORD, by=boss)
    tokens = [records.sign_in("ada", PASSWORD, "")[2] for _ in range(2)]
    mine = records.sign_in("boss", PASSWORD, "")[2]

    records.change(ada.account_id, by=boss, is_disabled=True)
    records.change(ada.account_id, by=boss, is_disabled=False)

    assert [records.session(token) for token in tokens] == [None, None]
    assert records.session(mine) is not None


def test_a_new_password_ends_every_other_session(
    records: AccountRecords, boss: Account, engine: Engine
) -> None:
    kept, other = (records.sign_in("boss", PASSWORD, "")[2] for _ in range(2))

    records.set_password(boss.account_id, OTHER, by=boss, must_change_password=False, keep=kept)

    assert records.session(kept) is not None
    assert records.session(other) is None
    with pytest.raises(UsageError):
        records.sign_in("boss", PASSWORD, "")
    assert records.sign_in("boss", OTHER, "")
    assert ("boss", "password_changed", "boss", {}) in trail(engine)


def test_a_password_that_is_reset_has_to_be_changed(
    records: AccountRecords, boss: Account, engine: Engine
) -> None:
    ada = records.add(
        "ada", "Ada", "A", [Role.TRAINEE], PASSWORD, by=boss, must_change_password=False
    )
    token = records.sign_in("ada", PASSWORD, "")[2]

    records.set_password(ada.account_id, OTHER, by=boss, must_change_password=True)
    now, _, _ = records.sign_in("ada", OTHER, "")

    assert now.must_change_password
    assert records.session(token) is None
    assert ("boss", "password_reset", "ada", {}) in trail(engine)


def test_a_token_of_somebody_else_is_not_kept(records: AccountRecords, boss: Account) -> None:
    ada = records.add("ada", "Ada", "A", [Role.TRAINEE], PASSWORD, by=boss)
    mine, hers = records.sign_in("boss", PASSWORD, "")[2], records.sign_in("ada", PASSWORD, "")[2]

    records.set_password(ada.account_id, OTHER, by=boss, must_change_password=True, keep=mine)

    assert records.session(mine) is not None
    assert records.session(hers) is None


def test_a_weak_password_or_one_s_own_again_is_refused(
    records: AccountRecords, boss: Account, engine: Engine
) -> None:
    for password, reason in (("short", "at least"), (PASSWORD, "is the old one")):
        with pytest.raises(UsageError, match=reason):
            records.set_password(boss.account_id, password, by=boss, must_change_password=False)
    assert acts(engine) == ["set_up"]


def test_everybody_can_be_signed_out(
    records: AccountRecords, boss: Account, engine: Engine
) -> None:
    tokens = [records.sign_in("boss", PASSWORD, "")[2] for _ in range(2)]

    records.end_sessions(boss.account_id, by=boss)

    assert [records.session(token) for token in tokens] == [None, None]
    assert trail(engine)[-1] == ("boss", "sessions_ended", "boss", {"n": 2})


def test_a_change_whose_entry_cannot_be_written_is_not_made(
    records: AccountRecords, boss: Account, engine: Engine
) -> None:
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END"
        )
    for act in (
        lambda: records.add("ada", "Ada", "A", [Role.TRAINEE], PASSWORD, by=boss),
        lambda: records.change(boss.account_id, by=boss, initials="X"),
        lambda: records.set_password(boss.account_id, OTHER, by=boss, must_change_password=True),
        lambda: records.sign_in("boss", PASSWORD, ""),
    ):
        with pytest.raises(Exception, match="full"):
            act()
    assert records.accounts() == (boss,)
    with engine.connect() as connection, connection.begin():
        assert connection.exec_driver_sql("SELECT * FROM sessions").all() == []


def test_neither_password_nor_hash_nor_token_is_in_the_trail_or_the_file(
    records: AccountRecords, boss: Account, engine: Engine, tmp_path: Path
) -> None:
    token = records.sign_in("boss", PASSWORD, "192.0.2.1")[2]
    with pytest.raises(UsageError):
        records.sign_in(OTHER, OTHER, "192.0.2.1")
    records.set_password(boss.account_id, OTHER, by=boss, must_change_password=False, keep=token)
    files = b"".join(path.read_bytes() for path in tmp_path.glob("*.sqlite*"))

    assert all(text.encode() not in files for text in (PASSWORD, OTHER, token))
    assert not any("argon2" in str(entry) for entry in trail(engine))
