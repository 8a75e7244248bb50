"""The lock of an account after five failures, and of an address after twenty."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from yanbao.application.access import Actor
from yanbao.application.identity.identity import LogIn
from yanbao.domain.directory.organisation import Person
from yanbao.domain.identity.account import AccountLocked
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
    Stage,
    a_stage,
)
from .logging_in import ACCOUNT, fail, log_in


@pytest.fixture
def stage() -> Stage:
    return a_stage(opened=False)


# ---------------------------------------------------------------- the lock


def test_five_wrong_passwords_lock_the_account_for_half_an_hour(stage: Stage) -> None:
    assert set(fail(stage, 5)) == {"用户名或密码不正确。"}
    with pytest.raises(AccountLocked, match="锁定至09:00"):
        log_in(stage)
    stage.after(timedelta(minutes=30) - timedelta(microseconds=1))
    with pytest.raises(AccountLocked):
        log_in(stage)
    stage.after(timedelta(microseconds=1))
    assert log_in(stage).actor.person_id == HEAD.id


def test_four_wrong_passwords_do_not_and_a_right_one_starts_the_count_again(stage: Stage) -> None:
    for _ in range(3):
        fail(stage, 4)
        log_in(stage)


def test_after_the_lock_has_ended_there_are_five_new_attempts(stage: Stage) -> None:
    fail(stage, 5)
    stage.after(timedelta(minutes=30))
    fail(stage, 4)
    assert log_in(stage).actor.person_id == HEAD.id


def test_knocking_on_a_locked_account_does_not_make_the_lock_longer(stage: Stage) -> None:
    fail(stage, 5)
    stage.after(timedelta(minutes=20))
    fail(stage, 10)
    stage.after(timedelta(minutes=10))
    assert log_in(stage).actor.person_id == HEAD.id


def test_a_lock_concerns_one_account_and_leaves_its_sessions_alone(stage: Stage) -> None:
    open_session = log_in(stage)
    fail(stage, 5)
    assert log_in(stage, username="lintong").actor.person_id == COUNTY_DUTY.id
    assert stage.world.app.identity.authenticate(open_session.token).person_id == HEAD.id


def test_the_security_administrator_unlocks(stage: Stage) -> None:
    fail(stage, 5)
    stage.world.app.identity.unlock(stage.actor(SECURITY_ADMIN), ACCOUNT)
    assert log_in(stage).actor.person_id == HEAD.id


@pytest.mark.parametrize("by", [SYSTEM_ADMIN, AUDIT_ADMIN, PROVINCE_HEAD, HEAD], ids=lambda p: p.role.value)
def test_nobody_else_unlocks(stage: Stage, by: Person) -> None:
    fail(stage, 5)
    with pytest.raises(Forbidden):
        stage.world.app.identity.unlock(stage.actor(by), ACCOUNT)
    with pytest.raises(AccountLocked):
        log_in(stage)


def test_of_many_attempts_at_the_same_moment_only_five_hear_of_the_password(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Barrier(8, timeout=PATIENCE)
    monkeypatch.setattr(stage.world.app.identity.hasher, "matches", lambda *_: here.wait() < 0)

    def attempt(_: int) -> str:
        with pytest.raises(Refused) as refusal:
            log_in(stage, "wrong-Password-1")
        return refusal.value.code

    with ThreadPoolExecutor(8) as pool:
        codes = Counter(pool.map(attempt, range(8)))
    assert codes == {"UNAUTHENTICATED": 5, "ACCOUNT_LOCKED": 3}
    assert stage.state.accounts[ACCOUNT].failures == 5


# ---------------------------------------------------------------- the address


HERE, ELSEWHERE = "10.61.1.7", "10.61.1.8"


def knock(stage: Stage, times: int = 1, address: str | None = HERE, username: str = "nobody") -> list[str]:
    """Fail to log in from an address so often; the codes that come back."""
    codes = []
    for _ in range(times):
        with pytest.raises(Refused) as refusal:
            stage.world.app.identity.log_in(LogIn(username, "wrong-Password-1", Client.WEB, address))
        codes.append(refusal.value.code)
    return codes


def come_in(stage: Stage, address: str | None) -> Actor:
    return stage.world.app.identity.log_in(LogIn("lihong", PASSWORD, Client.WEB, address)).actor


def test_twenty_failures_from_one_address_shut_it_out_for_a_quarter_of_an_hour(stage: Stage) -> None:
    names = ("nobody", "lintong", "security", "x" * 100)
    for number in range(19):
        knock(stage, username=names[number % 4])
        stage.after(timedelta(seconds=30))
    assert come_in(stage, HERE).person_id == HEAD.id
    assert knock(stage, 3) == ["UNAUTHENTICATED", "RATE_LIMITED", "RATE_LIMITED"]
    with pytest.raises(TooManyAttempts, match="请在08:54后再试"):
        come_in(stage, HERE)
    assert come_in(stage, ELSEWHERE).person_id == come_in(stage, None).person_id == HEAD.id
    stage.after(timedelta(minutes=15) - timedelta(microseconds=1))
    assert knock(stage) == ["RATE_LIMITED"], "knocking makes it no longer"
    stage.after(timedelta(microseconds=1))
    assert come_in(stage, HERE).person_id == HEAD.id


def test_failures_in_a_long_day_shut_nobody_out(stage: Stage) -> None:
    for _ in range(60):
        assert knock(stage) == ["UNAUTHENTICATED"]
        stage.after(timedelta(seconds=48))


def test_where_the_address_is_not_known_only_accounts_are_locked(stage: Stage) -> None:
    assert set(knock(stage, 50, None)) == {"UNAUTHENTICATED"}
    assert len(stage.state.failed_log_ins) == 0


def test_a_locked_account_counts_against_the_address_like_any_failure(stage: Stage) -> None:
    codes = knock(stage, 21, username="lihong")
    assert codes == ["UNAUTHENTICATED"] * 5 + ["ACCOUNT_LOCKED"] * 15 + ["RATE_LIMITED"]
