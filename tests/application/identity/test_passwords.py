"""Changing passwords: which are refused, and when one must be changed."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from yanbao.domain.directory.organisation import Role
from yanbao.domain.identity.account import LogInRefused, WeakPassword
from yanbao.domain.identity.lock import AccountLocked
from yanbao.domain.refusals import Forbidden, InvalidValue, Unauthenticated
from yanbao.domain.values import Client

from ...support.builders import a_person
from ...support.system import PASSWORD
from ...support.world import DONGFENG, HEAD, SYSTEM_ADMIN, World, a_world
from .logging_in import NEW, change, log_in


@pytest.fixture
def world() -> World:
    return a_world(opened=False)


def test_a_new_password_is_good_from_then_on_and_the_old_one_is_not(world: World) -> None:
    change(world, log_in(world).actor, NEW)
    with pytest.raises(LogInRefused):
        log_in(world)
    assert log_in(world, NEW).actor.person_id == HEAD.id


def test_changing_the_password_ends_every_other_session(world: World) -> None:
    elsewhere, here = log_in(world, client=Client.APP), log_in(world)
    change(world, here.actor, NEW)
    assert world.system.app.identity.authenticate(here.token).person_id == HEAD.id
    with pytest.raises(Unauthenticated):
        world.system.app.identity.authenticate(elsewhere.token)


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("Short-7aB", "10至128个字符，现为9个"),
        ("L" * 60 + "o" * 60 + "ng-7-horse", "10至128个字符，现为130个"),
        ("alllowercase", "至少三类"),
        ("lowercase7777", "至少三类"),
        ("UPPERCASE7777", "至少三类"),
        ("安全承诺安全承诺安全承诺", "至少三类"),
        ("My-LiHong-77", "不得包含用户名"),
    ],
)
def test_weak_passwords_are_refused_and_the_old_one_stays(world: World, new: str, sentence: str) -> None:
    session = log_in(world)
    with pytest.raises(WeakPassword, match=sentence) as refusal:
        change(world, session.actor, new)
    assert refusal.value.field == "newPassword"
    assert log_in(world).actor.person_id == HEAD.id


def test_none_of_the_last_five_passwords_can_come_back(world: World) -> None:
    used = [PASSWORD, *(f"Right-horse-{number}-staple" for number in range(1, 6))]
    actor = log_in(world).actor
    for old, new in pairwise(used):
        change(world, actor, new, old)
    for former in used[1:]:
        with pytest.raises(WeakPassword, match="最近5次"):
            change(world, actor, former, used[-1])
    change(world, actor, used[0], used[-1])


def test_a_wrong_old_password_is_refused_and_counts_towards_the_lock(world: World) -> None:
    actor = log_in(world).actor
    for _ in range(5):
        with pytest.raises(InvalidValue, match="原密码不正确") as refusal:
            change(world, actor, NEW, "wrong-Password-1")
        assert refusal.value.field == "oldPassword"
    with pytest.raises(AccountLocked):
        change(world, actor, NEW)
    with pytest.raises(LogInRefused):
        log_in(world)


def test_a_first_password_must_be_changed_before_anything_else(world: World) -> None:
    newcomer = a_person("许新来", Role.SAFETY_MANAGER, of=DONGFENG)
    world.settle(newcomer)
    world.system.app.identity.save_account(
        world.actor(SYSTEM_ADMIN), username="newcomer", person_id=newcomer.id, password=PASSWORD
    )
    actor = log_in(world, username="newcomer").actor
    assert actor.must_change_password
    with pytest.raises(Forbidden, match="请先修改密码"):
        world.system.app.browsing.enterprises(actor, [DONGFENG.id])
    assert world.system.app.notices.unread(actor) == 0, "one's own things may be looked at"
    change(world, actor, NEW)
    fresh = log_in(world, NEW, "newcomer").actor
    assert not fresh.must_change_password
    assert DONGFENG.id in world.system.app.browsing.enterprises(fresh, [DONGFENG.id])


def test_after_ninety_days_a_password_must_be_changed(world: World) -> None:
    change(world, log_in(world).actor, NEW)
    world.after(timedelta(days=90) - timedelta(microseconds=1))
    assert not log_in(world, NEW).actor.must_change_password
    world.after(timedelta(microseconds=1))
    late = log_in(world, NEW)
    assert late.actor.must_change_password
    assert world.system.app.identity.authenticate(late.token).must_change_password
