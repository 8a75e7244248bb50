"""Whatever changes leaves its line in the trail, and nothing personal in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.directory.directory import (
    SaveCertificate,
    SaveDepartment,
    SaveEnterprise,
    SavePerson,
    SaveRegion,
)
from yanbao.application.directory.settings import SetSetting
from yanbao.application.directory.shutdowns import CancelShutdownPeriod, SaveShutdownPeriod
from yanbao.application.exchange.exchange import ResendDeadLetters
from yanbao.application.identity.log_in import LogIn
from yanbao.application.ports.operations import AuditEntry
from yanbao.domain.directory.certificate import CertificateKind
from yanbao.domain.directory.enterprise import StopReason
from yanbao.domain.directory.organisation import Level, Role
from yanbao.domain.policy import SettingKey
from yanbao.domain.refusals import Refused, TooManyAttempts
from yanbao.domain.values import Client

from ...support.accounts import an_account
from ...support.builders import DAY, PUCHENG, XIAN, a_credit_code, a_form_for, a_shutdown
from ...support.builders import LINTONG as LINTONG_REGION
from ...support.system import PASSWORD
from ...support.world import (
    COUNTY_DUTY,
    COUNTY_HEAD,
    DONGFENG,
    HEAD,
    LINTONG,
    MANAGER,
    PROVINCE_DUTY,
    SECURITY_ADMIN,
    SYSTEM_ADMIN,
    World,
    a_world,
    entries,
)
from ...support.world import XIAN as XIAN_OFFICE
from ..identity.logging_in import log_in

NEW = "Another-horse-8-staple"
TOMORROW = DAY + timedelta(days=1)


def _dead_letter(world: World) -> UUID:
    world.submit()
    world.system.ministry.refuse([DONGFENG.credit_code.text], code="R103")
    world.at("12:00").system.app.pushes.push_due()
    return world.duty_of().id


Change = Callable[[World], object]
CHANGES: dict[str, tuple[Change, Change, str, str | None]] = {
    # what -> (before, the change, action in the trail, who did it)
    "a report": (lambda s: None, lambda s: s.submit(), "CommitmentReported", HEAD.name),
    "a correction": (lambda s: s.submit(), lambda s: s.correct(), "CommitmentReported", HEAD.name),
    "a reopening": (
        lambda s: (s.submit(), s.at("11:00")),
        lambda s: s.reopen(),
        "CommitmentReopened",
        COUNTY_DUTY.name,
    ),
    "an automatic report": (
        lambda s: s.settle(a_shutdown(DONGFENG)),
        lambda s: s.system.app.commitments.report_shutdowns(DAY),
        "CommitmentReported",
        SYSTEM.name,
    ),
    "a log-in": (lambda s: None, log_in, "LoggedIn", HEAD.name),
    "a log-out": (
        lambda s: None,
        lambda s: s.system.app.identity.log_out(
            replace(s.actor(HEAD), session_id=next(iter(s.state.sessions)))
        ),
        "AccessChanged",
        HEAD.name,
    ),
    "a new password": (
        lambda s: None,
        lambda s: s.system.app.identity.change_password(s.actor(HEAD), PASSWORD, NEW),
        "AccessChanged",
        HEAD.name,
    ),
    "an unlocking": (
        lambda s: None,
        lambda s: s.system.app.identity.unlock(s.actor(SECURITY_ADMIN), an_account(HEAD).id),
        "AccessChanged",
        SECURITY_ADMIN.name,
    ),
    "a disabling": (
        lambda s: None,
        lambda s: s.system.app.identity.disable(s.actor(SYSTEM_ADMIN), an_account(HEAD).id, True),
        "AccessChanged",
        SYSTEM_ADMIN.name,
    ),
    "ended sessions": (
        lambda s: None,
        lambda s: s.system.app.identity.revoke_sessions(s.actor(SECURITY_ADMIN), an_account(HEAD).id),
        "AccessChanged",
        SECURITY_ADMIN.name,
    ),
    "a region": (
        lambda s: None,
        lambda s: s.system.app.directory.save_region(
            s.actor(SYSTEM_ADMIN), SaveRegion("610199", "新区", Level.COUNTY, XIAN)
        ),
        "DirectoryChanged",
        SYSTEM_ADMIN.name,
    ),
    "a department": (
        lambda s: None,
        lambda s: s.system.app.directory.save_department(
            s.actor(SYSTEM_ADMIN),
            SaveDepartment(None, "新局", Level.COUNTY, XIAN_OFFICE.id, frozenset({PUCHENG})),
        ),
        "DirectoryChanged",
        SYSTEM_ADMIN.name,
    ),
    "a person": (
        lambda s: None,
        lambda s: s.system.app.directory.save_person(
            s.actor(COUNTY_HEAD),
            SavePerson(None, "许新来", "13900000077", Role.INSPECTOR, LINTONG.id, None),
        ),
        "DirectoryChanged",
        COUNTY_HEAD.name,
    ),
    "an enterprise": (
        lambda s: None,
        lambda s: s.system.app.directory.save_enterprise(
            s.actor(COUNTY_HEAD),
            SaveEnterprise(
                None,
                a_credit_code("新厂"),
                "新厂",
                DONGFENG.kind,
                LINTONG_REGION,
                "新路1号",
                DONGFENG.workshops,
            ),
        ),
        "DirectoryChanged",
        COUNTY_HEAD.name,
    ),
    "a certificate": (
        lambda s: None,
        lambda s: s.system.app.directory.save_certificate(
            s.actor(COUNTY_HEAD),
            SaveCertificate(None, CertificateKind.PRODUCTION_PERMIT, "陕1", DONGFENG.id, None, DAY, TOMORROW),
        ),
        "DirectoryChanged",
        COUNTY_HEAD.name,
    ),
    "a shutdown period": (
        lambda s: None,
        lambda s: s.system.app.shutdowns.save(
            s.actor(COUNTY_HEAD),
            SaveShutdownPeriod(None, DONGFENG.id, None, None, DAY, TOMORROW, StopReason.HOLIDAY),
        ),
        "DirectoryChanged",
        COUNTY_HEAD.name,
    ),
    "a cancelled shutdown period": (
        lambda s: s.settle(a_shutdown(DONGFENG)),
        lambda s: s.system.app.shutdowns.cancel(
            s.actor(COUNTY_HEAD), CancelShutdownPeriod(next(iter(s.state.shutdown_periods)))
        ),
        "DirectoryChanged",
        COUNTY_HEAD.name,
    ),
    "a setting": (
        lambda s: None,
        lambda s: s.system.app.settings.set(
            s.actor(COUNTY_HEAD),
            SetSetting(LINTONG_REGION, SettingKey.COMMITMENT_DEADLINE, "09:00", TOMORROW),
        ),
        "DirectoryChanged",
        COUNTY_HEAD.name,
    ),
    "a dead letter sent again": (
        _dead_letter,
        lambda s: s.system.app.exchange.resend(s.actor(PROVINCE_DUTY), ResendDeadLetters((s.duty_of().id,))),
        "DeadLetterResent",
        PROVINCE_DUTY.name,
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_leaves_exactly_one_line_that_says_who_did_what(what: str) -> None:
    before, change, action, who = CHANGES[what]
    world = a_world()
    if what == "a log-out":
        log_in(world)
    before(world)
    already = set(world.state.audit)
    change(world)
    (entry,) = [entry for entry in entries(world) if entry.id not in already]
    assert (entry.action, entry.actor_name) == (action, who)
    assert entry.at == world.system.clock.now() and entry.subject.partition(":")[2]


def test_what_was_refused_leaves_no_line_and_no_effect() -> None:
    world = a_world()
    with pytest.raises(Refused):
        world.submit(form=a_form_for(DONGFENG, risk_grade=0))
    with pytest.raises(Refused):
        world.correct()
    assert entries(world) == [] and world.duties() == [] and len(world.state.answers) == 0


def fail(world: World, username: str = "lihong", password: str = "wrong-Password-1") -> AuditEntry:
    """Fail to log in; the line that it leaves."""
    already = set(world.state.audit)
    with pytest.raises(Refused):
        world.system.app.identity.log_in(LogIn(username, password, Client.APP, "10.61.1.7"))
    (entry,) = [e for e in entries(world) if e.id not in already and e.action == "LogInFailed"]
    return entry


def test_every_failed_log_in_leaves_a_line_and_the_fifth_another_one() -> None:
    world = a_world()
    lines = [fail(world) for _ in range(6)]
    said = {
        "username": "lihong",
        "account_id": f"{an_account(HEAD).id}",
        "address": "10.61.1.7",
        "client": "APP",
    }
    assert [line.detail for line in lines] == [
        *[said | {"refusal": "LOG_IN_REFUSED"}] * 5,
        said | {"refusal": "ACCOUNT_LOCKED"},
    ]
    assert {line.subject for line in lines} == {f"Account:{an_account(HEAD).id}"}
    (locked,) = [entry for entry in entries(world) if entry.action != "LogInFailed"]
    assert (locked.action, locked.detail["what"]) == ("AccessChanged", "locked")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("nobody", "nobody"),
        ("zu\x00ck\n", "zuck"),
        ("x" * 100, "x" * 64),
        (PASSWORD, ""),
    ],
)
def test_a_failure_under_an_unknown_name_leaves_its_line_but_no_password(typed: str, kept: str) -> None:
    line = fail(a_world(), typed, "lihong")
    assert line.subject == "Account:unknown"
    assert (line.detail["username"], line.detail["account_id"]) == (kept, None)


def test_a_closed_account_that_somebody_knocks_at_leaves_a_line() -> None:
    world = a_world()
    world.system.app.identity.disable(world.actor(SYSTEM_ADMIN), an_account(HEAD).id, True)
    assert fail(world, password=PASSWORD).detail["refusal"] == "FORBIDDEN"


def test_who_is_shut_out_fills_no_trail() -> None:
    world = a_world()
    for _ in range(20):
        fail(world, "nobody")
    before = len(entries(world))
    with pytest.raises(TooManyAttempts):
        world.system.app.identity.log_in(LogIn("nobody", PASSWORD, Client.APP, "10.61.1.7"))
    assert len(entries(world)) == before == 20


def test_no_line_carries_names_phone_numbers_or_what_was_written() -> None:
    world = a_world()
    for before, change, _, _ in CHANGES.values():
        try:
            before(world)
            change(world)
        except Refused:
            # One world for all of them: what another change has made impossible is left out.
            world.system.clock.moment += timedelta(seconds=1)
    kept = " ".join(f"{entry.subject} {entry.detail}" for entry in entries(world))
    assert len(entries(world)) > 12
    for private in (
        HEAD.phone.text,
        HEAD.name,
        MANAGER.name,
        "许新来",
        "13900000077",
        "填报人数有误",
        PASSWORD,
    ):
        assert private not in kept


def test_looking_at_an_enterprise_is_a_business_event_and_no_line_of_the_trail() -> None:
    world = a_world()
    world.system.app.directory.view_enterprise(world.actor(COUNTY_DUTY), DONGFENG.id)
    assert len(world.state.views) == 1 and entries(world) == []
