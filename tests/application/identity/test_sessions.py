"""Sessions: how long they last, and what ends them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.domain.identity.account import LogInRefused
from yanbao.domain.refusals import Forbidden, InvalidValue, Unauthenticated

from ...support.world import HEAD, SECURITY_ADMIN, World, a_world
from .logging_in import ACCOUNT, log_in


@pytest.fixture
def world() -> World:
    return a_world(opened=False)


def alive(world: World, token: str) -> bool:
    try:
        world.system.app.identity.authenticate(token)
    except Unauthenticated:
        return False
    return True


def test_an_idle_session_ends_after_half_an_hour(world: World) -> None:
    token = log_in(world).token
    world.after(timedelta(minutes=30) - timedelta(microseconds=1))
    assert alive(world, token)
    world.after(timedelta(minutes=30))
    assert not alive(world, token)


def test_a_session_in_use_ends_after_twelve_hours(world: World) -> None:
    token = log_in(world).token
    for _ in range(47):
        world.after(timedelta(minutes=15))
        assert alive(world, token)
    world.after(timedelta(minutes=15) - timedelta(microseconds=1))
    assert alive(world, token)
    world.after(timedelta(microseconds=1))
    assert not alive(world, token)


def test_an_ended_session_does_not_come_back_by_knocking(world: World) -> None:
    token = log_in(world).token
    world.after(timedelta(minutes=31))
    assert [alive(world, token) for _ in range(3)] == [False] * 3


def test_logging_out_ends_this_session_and_no_other(world: World) -> None:
    here, elsewhere = log_in(world), log_in(world)
    world.system.app.identity.log_out(here.actor)
    assert not alive(world, here.token) and alive(world, elsewhere.token)


def test_the_security_administrator_ends_all_sessions_of_an_account(world: World) -> None:
    tokens = [log_in(world).token, log_in(world).token]
    other = log_in(world, username="lintong").token
    assert world.system.app.identity.revoke_sessions(world.actor(SECURITY_ADMIN), ACCOUNT) == 2
    assert not any(alive(world, token) for token in tokens) and alive(world, other)


@pytest.mark.parametrize("token", ["", "unknown", "x" * 100_000, "\x00", "中文"])
def test_an_unknown_token_is_nobody(world: World, token: str) -> None:
    assert not alive(world, token)


def test_a_disabled_account_is_out_at_once_and_cannot_come_back(world: World) -> None:
    token = log_in(world).token
    world.system.app.identity.disable(world.actor(SECURITY_ADMIN), ACCOUNT, True)
    assert not alive(world, token)
    with pytest.raises(Forbidden, match="账号已停用"):
        log_in(world)
    world.system.app.identity.disable(world.actor(SECURITY_ADMIN), ACCOUNT, False)
    assert not alive(world, token), "the old session stays ended"
    assert log_in(world).actor.person_id == HEAD.id


def test_that_an_account_is_disabled_is_said_only_to_who_knows_the_password(world: World) -> None:
    world.system.app.identity.disable(world.actor(SECURITY_ADMIN), ACCOUNT, True)
    with pytest.raises(LogInRefused, match="用户名或密码不正确"):
        log_in(world, "wrong-Password-1")


def test_nobody_disables_the_own_account(world: World) -> None:
    me = log_in(world, username="security").actor
    assert me.account_id is not None
    with pytest.raises(InvalidValue, match="自己的账号"):
        world.system.app.identity.disable(me, me.account_id, True)


def test_who_has_left_is_out_at_once(world: World) -> None:
    token = log_in(world).token
    world.settle(replace(HEAD, active=False))
    assert not alive(world, token)
    with pytest.raises(Forbidden):
        log_in(world)
