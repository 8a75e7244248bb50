"""The lock of an account after five failures, and of an address after twenty; neither says whose name is known."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from yanbao.application.access import Actor
from yanbao.application.identity.log_in import LogIn
from yanbao.domain.directory.organisation import Person
from yanbao.domain.identity.account import LogInRefused
from yanbao.domain.refusals import Forbidden, Refused, TooManyAttempts
from yanbao.domain.values import Client

from ...support.patience import PATIENCE
from ...support.system import PASSWORD
from ...support.world import (
    AUDIT_ADMIN,
    COUNTY_DUTY,
    HEAD,
    PROVINCE_HEAD,
    SECURITY_ADMIN,
    SYSTEM_ADMIN,
    World,
    a_world,
    entries,
)
from .logging_in import ACCOUNT, fail, log_in


@pytest.fixture
def world() -> World:
    return a_world(opened=False)


# ---------------------------------------------------------------- the lock


def test_five_wrong_passwords_lock_the_account_for_half_an_hour(world: World) -> None:
    assert set(fail(world, 5)) == {LogInRefused().sentence}
    with pytest.raises(LogInRefused, match="锁定30分钟"):
        log_in(world)
    world.after(timedelta(minutes=30) - timedelta(microseconds=1))
    with pytest.raises(LogInRefused):
        log_in(world)
    world.after(timedelta(microseconds=1))
    assert log_in(world).actor.person_id == HEAD.id


def test_four_wrong_passwords_do_not_and_a_right_one_starts_the_count_again(world: World) -> None:
    for _ in range(3):
        fail(world, 4)
        log_in(world)


def test_after_the_lock_has_ended_there_are_five_new_attempts(world: World) -> None:
    fail(world, 5)
    world.after(timedelta(minutes=30))
    fail(world, 4)
    assert log_in(world).actor.person_id == HEAD.id


def test_knocking_on_a_locked_account_does_not_make_the_lock_longer(world: World) -> None:
    fail(world, 5)
    world.after(timedelta(minutes=20))
    fail(world, 10)
    world.after(timedelta(minutes=10))
    assert log_in(world).actor.person_id == HEAD.id


def test_a_lock_concerns_one_account_and_leaves_its_sessions_alone(world: World) -> None:
    open_session = log_in(world)
    fail(world, 5)
    assert log_in(world, username="lintong").actor.person_id == COUNTY_DUTY.id
    assert world.system.app.identity.authenticate(open_session.token).person_id == HEAD.id


def test_the_security_administrator_unlocks(world: World) -> None:
    fail(world, 5)
    world.system.app.identity.unlock(world.actor(SECURITY_ADMIN), ACCOUNT)
    assert log_in(world).actor.person_id == HEAD.id


@pytest.mark.parametrize("by", [SYSTEM_ADMIN, AUDIT_ADMIN, PROVINCE_HEAD, HEAD], ids=lambda p: p.role.value)
def test_nobody_else_unlocks(world: World, by: Person) -> None:
    fail(world, 5)
    with pytest.raises(Forbidden):
        world.system.app.identity.unlock(world.actor(by), ACCOUNT)
    with pytest.raises(LogInRefused):
        log_in(world)


def test_of_many_attempts_at_the_same_moment_only_five_are_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Barrier(8, timeout=PATIENCE)
    monkeypatch.setattr(world.system.app.identity.hasher, "matches", lambda *_: here.wait() < 0)

    def attempt(_: int) -> str:
        with pytest.raises(Refused) as refusal:
            log_in(world, "wrong-Password-1")
        return refusal.value.code

    with ThreadPoolExecutor(8) as pool:
        codes = Counter(pool.map(attempt, range(8)))
    assert codes == {"LOG_IN_REFUSED": 8}
    assert world.state.accounts[ACCOUNT].failures == 5
    reasons = Counter(entry.detail["refusal"] for entry in entries(world) if entry.action == "LogInFailed")
    assert reasons == {"LOG_IN_REFUSED": 5, "ACCOUNT_LOCKED": 3}


# ---------------------------------------------------------------- the address


HERE, ELSEWHERE = "10.61.1.7", "10.61.1.8"


def knock(world: World, times: int = 1, address: str | None = HERE, username: str = "nobody") -> list[str]:
    """Fail to log in from an address so often; the codes that come back."""
    codes = []
    for _ in range(times):
        with pytest.raises(Refused) as refusal:
            world.system.app.identity.log_in(LogIn(username, "wrong-Password-1", Client.WEB, address))
        codes.append(refusal.value.code)
    return codes


def come_in(world: World, address: str | None) -> Actor:
    return world.system.app.identity.log_in(LogIn("lihong", PASSWORD, Client.WEB, address)).actor


def test_twenty_failures_from_one_address_shut_it_out_for_a_quarter_of_an_hour(world: World) -> None:
    names = ("nobody", "lintong", "security", "x" * 100)
    for number in range(19):
        knock(world, username=names[number % 4])
        world.after(timedelta(seconds=30))
    assert come_in(world, HERE).person_id == HEAD.id
    assert knock(world, 3) == ["LOG_IN_REFUSED", "RATE_LIMITED", "RATE_LIMITED"]
    with pytest.raises(TooManyAttempts, match="请在08:54后再试"):
        come_in(world, HERE)
    assert come_in(world, ELSEWHERE).person_id == come_in(world, None).person_id == HEAD.id
    world.after(timedelta(minutes=15) - timedelta(microseconds=1))
    assert knock(world) == ["RATE_LIMITED"], "knocking makes it no longer"
    world.after(timedelta(microseconds=1))
    assert come_in(world, HERE).person_id == HEAD.id


def test_failures_in_a_long_day_shut_nobody_out(world: World) -> None:
    for _ in range(60):
        assert knock(world) == ["LOG_IN_REFUSED"]
        world.after(timedelta(seconds=48))


def test_where_the_address_is_not_known_only_accounts_are_locked(world: World) -> None:
    assert set(knock(world, 50, None)) == {"LOG_IN_REFUSED"}
    assert len(world.state.failed_log_ins) == 0


def test_a_locked_account_counts_against_the_address_like_any_failure(world: World) -> None:
    codes = knock(world, 21, username="lihong")
    assert codes == ["LOG_IN_REFUSED"] * 20 + ["RATE_LIMITED"]
