"""Sessions: how long they last, and what ends them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.domain.refusals import Forbidden, InvalidValue, Unauthenticated

from ...support.world import HEAD, SECURITY_ADMIN, Stage, a_stage
from .logging_in import ACCOUNT, log_in


@pytest.fixture
def stage() -> Stage:
    return a_stage(opened=False)


def alive(stage: Stage, token: str) -> bool:
    try:
        stage.world.app.identity.authenticate(token)
    except Unauthenticated:
        return False
    return True


def test_an_idle_session_ends_after_half_an_hour(stage: Stage) -> None:
    token = log_in(stage).token
    stage.after(timedelta(minutes=30) - timedelta(microseconds=1))
    assert alive(stage, token)
    stage.after(timedelta(minutes=30))
    assert not alive(stage, token)


def test_a_session_in_use_ends_after_twelve_hours(stage: Stage) -> None:
    token = log_in(stage).token
    for _ in range(47):
        stage.after(timedelta(minutes=15))
        assert alive(stage, token)
    stage.after(timedelta(minutes=15) - timedelta(microseconds=1))
    assert alive(stage, token)
    stage.after(timedelta(microseconds=1))
    assert not alive(stage, token)


def test_an_ended_session_does_not_come_back_by_knocking(stage: Stage) -> None:
    token = log_in(stage).token
    stage.after(timedelta(minutes=31))
    assert [alive(stage, token) for _ in range(3)] == [False] * 3


def test_logging_out_ends_this_session_and_no_other(stage: Stage) -> None:
    here, elsewhere = log_in(stage), log_in(stage)
    stage.world.app.identity.log_out(here.actor)
    assert not alive(stage, here.token) and alive(stage, elsewhere.token)


def test_the_security_administrator_ends_all_sessions_of_an_account(stage: Stage) -> None:
    tokens = [log_in(stage).token, log_in(stage).token]
    other = log_in(stage, username="lintong").token
    assert stage.world.app.identity.revoke_sessions(stage.actor(SECURITY_ADMIN), ACCOUNT) == 2
    assert not any(alive(stage, token) for token in tokens) and alive(stage, other)


@pytest.mark.parametrize("token", ["", "unknown", "x" * 100_000, "\x00", "中文"])
def test_an_unknown_token_is_nobody(stage: Stage, token: str) -> None:
    assert not alive(stage, token)


def test_a_disabled_account_is_out_at_once_and_cannot_come_back(stage: Stage) -> None:
    token = log_in(stage).token
    stage.world.app.identity.disable(stage.actor(SECURITY_ADMIN), ACCOUNT, True)
    assert not alive(stage, token)
    with pytest.raises(Forbidden, match="账号已停用"):
        log_in(stage)
    stage.world.app.identity.disable(stage.actor(SECURITY_ADMIN), ACCOUNT, False)
    assert not alive(stage, token), "the old session stays ended"
    assert log_in(stage).actor.person_id == HEAD.id


def test_that_an_account_is_disabled_is_said_only_to_who_knows_the_password(stage: Stage) -> None:
    stage.world.app.identity.disable(stage.actor(SECURITY_ADMIN), ACCOUNT, True)
    with pytest.raises(Unauthenticated, match="用户名或密码不正确"):
        log_in(stage, "wrong-Password-1")


def test_nobody_disables_the_own_account(stage: Stage) -> None:
    me = log_in(stage, username="security").actor
    assert me.account_id is not None
    with pytest.raises(InvalidValue, match="自己的账号"):
        stage.world.app.identity.disable(me, me.account_id, True)


def test_who_has_left_is_out_at_once(stage: Stage) -> None:
    token = log_in(stage).token
    stage.settle(replace(HEAD, active=False))
    assert not alive(stage, token)
    with pytest.raises(Forbidden):
        log_in(stage)
