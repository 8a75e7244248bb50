"""Who administers accounts, and what no account can be."""

from __future__ import annotations

import pytest

from yanbao.application.ports.identity import AccountFilter
from yanbao.application.ports.paging import Page
from yanbao.domain.directory.organisation import Person, Role
from yanbao.domain.identity.account import WeakPassword
from yanbao.domain.refusals import Conflict, Forbidden, InvalidValue, NotFound
from yanbao.domain.values import AccountId

from ...support.builders import a_person
from ...support.system import PASSWORD
from ...support.world import (
    AUDIT_ADMIN,
    COUNTY_HEAD,
    DONGFENG,
    HEAD,
    PROVINCE_HEAD,
    SECURITY_ADMIN,
    SYSTEM_ADMIN,
    World,
    a_world,
)
from .logging_in import log_in


@pytest.fixture
def world() -> World:
    return a_world(opened=False)


def test_a_person_has_one_account(world: World) -> None:
    with pytest.raises(InvalidValue, match="已有账号") as refusal:
        world.system.app.identity.save_account(
            world.actor(SYSTEM_ADMIN), username="second", person_id=HEAD.id, password=PASSWORD
        )
    assert refusal.value.field == "personId"


@pytest.mark.parametrize("username", ["lihong", "LIHONG"])
def test_a_user_name_is_given_once(world: World, username: str) -> None:
    newcomer = a_person("许新来", Role.SAFETY_MANAGER, of=DONGFENG)
    world.settle(newcomer)
    with pytest.raises(Conflict, match="用户名“lihong”已被使用"):
        world.system.app.identity.save_account(
            world.actor(SYSTEM_ADMIN), username=username, person_id=newcomer.id, password=PASSWORD
        )
    assert log_in(world).actor.person_id == HEAD.id


def test_two_people_do_not_get_the_same_user_name_one_after_the_other(world: World) -> None:
    newcomers = [a_person(name, Role.SAFETY_MANAGER, of=DONGFENG) for name in ("许新来", "何新来")]
    world.settle(*newcomers)
    save, by = world.system.app.identity.save_account, world.actor(SYSTEM_ADMIN)
    save(by, username="newcomer", person_id=newcomers[0].id, password=PASSWORD)
    with pytest.raises(Conflict, match="用户名“newcomer”已被使用") as refusal:
        save(by, username="Newcomer", person_id=newcomers[1].id, password=PASSWORD)
    assert refusal.value.field == "username"
    assert log_in(world, username="newcomer").actor.person_id == newcomers[0].id


def test_a_weak_first_password_is_refused_at_its_own_input(world: World) -> None:
    newcomer = a_person("许新来", Role.SAFETY_MANAGER, of=DONGFENG)
    world.settle(newcomer)
    with pytest.raises(WeakPassword) as refusal:
        world.system.app.identity.save_account(
            world.actor(SYSTEM_ADMIN), username="newcomer", person_id=newcomer.id, password="weak"
        )
    assert refusal.value.field == "password"


@pytest.mark.parametrize("username", ["", "ab", "x" * 33, "zu\x00ck"])
def test_odd_user_names_are_refused(world: World, username: str) -> None:
    newcomer = a_person("许新来", Role.SAFETY_MANAGER, of=DONGFENG)
    world.settle(newcomer)
    with pytest.raises(InvalidValue, match="用户名") as refusal:
        world.system.app.identity.save_account(
            world.actor(SYSTEM_ADMIN), username=username, person_id=newcomer.id, password=PASSWORD
        )
    assert refusal.value.field == "username"


def test_an_unknown_person_gets_no_account(world: World) -> None:
    stranger = a_person("陌生人", Role.SAFETY_MANAGER, of=DONGFENG)
    with pytest.raises(NotFound):
        world.system.app.identity.save_account(
            world.actor(SYSTEM_ADMIN), username="stranger", person_id=stranger.id, password=PASSWORD
        )


@pytest.mark.parametrize("by", [SYSTEM_ADMIN, SECURITY_ADMIN], ids=lambda p: p.role.value)
def test_accounts_are_listed_for_two_administrators(world: World, by: Person) -> None:
    page = world.system.app.identity.accounts(world.actor(by), AccountFilter("LIH"), Page(5))
    assert [row.username for row in page.rows] == ["lihong"]


@pytest.mark.parametrize("by", [AUDIT_ADMIN, PROVINCE_HEAD, COUNTY_HEAD, HEAD], ids=lambda p: p.role.value)
def test_and_for_nobody_else(world: World, by: Person) -> None:
    with pytest.raises(Forbidden):
        world.system.app.identity.accounts(world.actor(by), AccountFilter(), Page(5))


@pytest.mark.parametrize("unknown", [AccountId(HEAD.id)])
def test_what_is_no_account_cannot_be_administered(world: World, unknown: AccountId) -> None:
    security = world.actor(SECURITY_ADMIN)
    for act in (
        lambda: world.system.app.identity.unlock(security, unknown),
        lambda: world.system.app.identity.disable(security, unknown, True),
        lambda: world.system.app.identity.revoke_sessions(security, unknown),
    ):
        with pytest.raises(NotFound):
            act()
