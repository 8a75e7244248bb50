"""Who administers accounts, and what no account can be."""

from __future__ import annotations

import pytest

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
    Stage,
    a_stage,
)
from .logging_in import log_in


@pytest.fixture
def stage() -> Stage:
    return a_stage(opened=False)


def test_a_person_has_one_account(stage: Stage) -> None:
    with pytest.raises(InvalidValue, match="已有账号") as refusal:
        stage.world.app.identity.save_account(
            stage.actor(SYSTEM_ADMIN), username="second", person_id=HEAD.id, password=PASSWORD
        )
    assert refusal.value.field == "personId"


@pytest.mark.parametrize("username", ["lihong", "LIHONG"])
def test_a_user_name_is_given_once(stage: Stage, username: str) -> None:
    newcomer = a_person("许新来", Role.SAFETY_MANAGER, of=DONGFENG)
    stage.settle(newcomer)
    with pytest.raises(Conflict, match="用户名“lihong”已被使用"):
        stage.world.app.identity.save_account(
            stage.actor(SYSTEM_ADMIN), username=username, person_id=newcomer.id, password=PASSWORD
        )
    assert log_in(stage).actor.person_id == HEAD.id


def test_two_people_do_not_get_the_same_user_name_one_after_the_other(stage: Stage) -> None:
    newcomers = [a_person(name, Role.SAFETY_MANAGER, of=DONGFENG) for name in ("许新来", "何新来")]
    stage.settle(*newcomers)
    save, by = stage.world.app.identity.save_account, stage.actor(SYSTEM_ADMIN)
    save(by, username="newcomer", person_id=newcomers[0].id, password=PASSWORD)
    with pytest.raises(Conflict, match="用户名“newcomer”已被使用") as refusal:
        save(by, username="Newcomer", person_id=newcomers[1].id, password=PASSWORD)
    assert refusal.value.field == "username"
    assert log_in(stage, username="newcomer").actor.person_id == newcomers[0].id


def test_a_weak_first_password_is_refused_at_its_own_input(stage: Stage) -> None:
    newcomer = a_person("许新来", Role.SAFETY_MANAGER, of=DONGFENG)
    stage.settle(newcomer)
    with pytest.raises(WeakPassword) as refusal:
        stage.world.app.identity.save_account(
            stage.actor(SYSTEM_ADMIN), username="newcomer", person_id=newcomer.id, password="weak"
        )
    assert refusal.value.field == "password"


@pytest.mark.parametrize("username", ["", "ab", "x" * 33, "zu\x00ck"])
def test_odd_user_names_are_refused(stage: Stage, username: str) -> None:
    newcomer = a_person("许新来", Role.SAFETY_MANAGER, of=DONGFENG)
    stage.settle(newcomer)
    with pytest.raises(InvalidValue, match="用户名") as refusal:
        stage.world.app.identity.save_account(
            stage.actor(SYSTEM_ADMIN), username=username, person_id=newcomer.id, password=PASSWORD
        )
    assert refusal.value.field == "username"


def test_an_unknown_person_gets_no_account(stage: Stage) -> None:
    stranger = a_person("陌生人", Role.SAFETY_MANAGER, of=DONGFENG)
    with pytest.raises(NotFound):
        stage.world.app.identity.save_account(
            stage.actor(SYSTEM_ADMIN), username="stranger", person_id=stranger.id, password=PASSWORD
        )


@pytest.mark.parametrize("by", [SYSTEM_ADMIN, SECURITY_ADMIN], ids=lambda p: p.role.value)
def test_accounts_are_listed_for_two_administrators(stage: Stage, by: Person) -> None:
    page = stage.world.app.identity.accounts(stage.actor(by), Page(5), text="LIH")
    assert [row.username for row in page.rows] == ["lihong"]


@pytest.mark.parametrize("by", [AUDIT_ADMIN, PROVINCE_HEAD, COUNTY_HEAD, HEAD], ids=lambda p: p.role.value)
def test_and_for_nobody_else(stage: Stage, by: Person) -> None:
    with pytest.raises(Forbidden):
        stage.world.app.identity.accounts(stage.actor(by), Page(5))


@pytest.mark.parametrize("unknown", [AccountId(HEAD.id)])
def test_what_is_no_account_cannot_be_administered(stage: Stage, unknown: AccountId) -> None:
    security = stage.actor(SECURITY_ADMIN)
    for act in (
        lambda: stage.world.app.identity.unlock(security, unknown),
        lambda: stage.world.app.identity.disable(security, unknown, True),
        lambda: stage.world.app.identity.revoke_sessions(security, unknown),
    ):
        with pytest.raises(NotFound):
            act()
