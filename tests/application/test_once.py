"""What is sent twice takes effect once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from yanbao.application.directory.directory import SavePerson
from yanbao.application.directory.shutdowns import CancelShutdownPeriod
from yanbao.application.identity.log_in import LogIn
from yanbao.domain.directory.organisation import Role
from yanbao.domain.refusals import Conflict, InvalidValue, Refused
from yanbao.domain.values import Client

from ..support.accounts import an_account
from ..support.builders import a_form_for, a_shutdown
from ..support.system import PASSWORD
from ..support.world import (
    COUNTY_HEAD,
    DONGFENG,
    HEAD,
    HONGXING,
    HONGXING_HEAD,
    LINTONG,
    MANAGER,
    SECURITY_ADMIN,
    SYSTEM_ADMIN,
    World,
    a_world,
    actions,
)
from .identity.logging_in import log_in

KEY = "device-1-0001"
NEW = "Another-horse-8-staple"


def test_a_report_sent_twice_with_one_key_is_one_report_and_both_get_the_same_answer() -> None:
    world = a_world()
    first = world.submit(key=KEY)
    world.after(timedelta(seconds=20))
    assert world.submit(key=KEY) == first
    assert world.commitment().revision == 1
    assert len(world.duties()) == 1
    assert actions(world) == ["CommitmentReported"]


def test_another_input_under_the_same_key_is_a_conflict() -> None:
    world = a_world()
    world.submit(key=KEY)
    with pytest.raises(Conflict, match="另一项不同的提交") as refusal:
        world.submit(form=a_form_for(DONGFENG, top_temperature=40), key=KEY)
    assert refusal.value.field == "clientMutationKey"
    with pytest.raises(Conflict):
        world.correct(key=KEY)
    report = world.commitment().report
    assert report is not None and report.form.top_temperature == 28


def test_the_same_key_from_somebody_else_is_another_key() -> None:
    world = a_world()
    world.submit(key=KEY)
    world.submit(HONGXING_HEAD, HONGXING, key=KEY)
    assert len(world.duties()) == 2


def test_a_refused_attempt_does_not_use_up_its_key() -> None:
    world = a_world()
    with pytest.raises(Refused):
        world.submit(form=a_form_for(DONGFENG, risk_grade=9), key=KEY)
    world.submit(key=KEY)
    assert world.commitment().revision == 1


def test_a_correction_and_a_reopening_take_effect_once_too() -> None:
    world = a_world()
    world.submit()
    world.correct(key="correct-0001", top_temperature=31)
    world.correct(key="correct-0001", top_temperature=31)
    assert world.commitment().revision == 2
    world.at("11:00")
    world.reopen(key="reopen-0001")
    world.reopen(key="reopen-0001")
    assert len(world.messages(HEAD)) == 1
    assert actions(world) == ["CommitmentReported", "CommitmentReported", "CommitmentReopened"]


def test_without_a_key_every_call_counts() -> None:
    world = a_world()
    world.submit()
    with pytest.raises(Refused):
        world.submit()


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with\nnewline", "zero\x00byte"])
def test_a_key_has_8_to_64_visible_characters(key: str) -> None:
    world = a_world()
    with pytest.raises(InvalidValue, match="8至64个可见字符") as refusal:
        world.submit(key=key)
    assert refusal.value.field == "clientMutationKey"
    assert world.commitment().unreported


def test_a_new_directory_entry_under_one_key_is_made_once() -> None:
    world = a_world()
    person = SavePerson(None, "许新来", "13900000077", Role.INSPECTOR, LINTONG.id, None)
    save, by = world.system.app.directory.save_person, world.actor(COUNTY_HEAD)
    before = len(world.state.people)
    assert save(by, person, key=KEY) == save(by, person, key=KEY)
    assert len(world.state.people) == before + 1
    with pytest.raises(Conflict):
        save(by, replace(person, name="许又来"), key=KEY)


Repeated = Callable[[World, str], object]
REPEATED: dict[str, tuple[Repeated, Repeated]] = {
    # what -> (the change, another one that must not pass for it)
    "a log-out": (
        lambda s, key: s.system.app.identity.log_out(s.actor(HEAD), key=key),
        lambda s, key: s.system.app.identity.log_out(replace(s.actor(HEAD), session_id=UUID(int=1)), key=key),
    ),
    "an unlocking": (
        lambda s, key: s.system.app.identity.unlock(s.actor(SECURITY_ADMIN), an_account(HEAD).id, key=key),
        lambda s, key: s.system.app.identity.unlock(s.actor(SECURITY_ADMIN), an_account(MANAGER).id, key=key),
    ),
    "a disabling": (
        lambda s, key: s.system.app.identity.disable(
            s.actor(SYSTEM_ADMIN), an_account(HEAD).id, True, key=key
        ),
        lambda s, key: s.system.app.identity.disable(
            s.actor(SYSTEM_ADMIN), an_account(HEAD).id, False, key=key
        ),
    ),
    "ended sessions": (
        lambda s, key: s.system.app.identity.revoke_sessions(
            s.actor(SECURITY_ADMIN), an_account(HEAD).id, key=key
        ),
        lambda s, key: s.system.app.identity.revoke_sessions(
            s.actor(SECURITY_ADMIN), an_account(MANAGER).id, key=key
        ),
    ),
    "a new password": (
        lambda s, key: s.system.app.identity.change_password(s.actor(HEAD), PASSWORD, NEW, key=key),
        lambda s, key: s.system.app.identity.change_password(s.actor(HEAD), PASSWORD, f"{NEW}-2", key=key),
    ),
    "a cancelled shutdown period": (
        lambda s, key: s.system.app.shutdowns.cancel(
            s.actor(COUNTY_HEAD), CancelShutdownPeriod(a_shutdown(DONGFENG).id), key=key
        ),
        lambda s, key: s.system.app.shutdowns.cancel(
            s.actor(COUNTY_HEAD), CancelShutdownPeriod(a_shutdown(HONGXING).id), key=key
        ),
    ),
    "messages that were read": (
        lambda s, key: s.system.app.notices.mark_read(s.actor(HEAD), None, key=key),
        lambda s, key: s.system.app.notices.mark_read(s.actor(HEAD), (), key=key),
    ),
}


@pytest.mark.parametrize("what", REPEATED)
def test_whatever_is_sent_again_with_its_key_changes_nothing_and_gets_the_first_answer(what: str) -> None:
    world = a_world().settle(a_shutdown(DONGFENG), a_shutdown(HONGXING))
    change, other = REPEATED[what]
    if what == "ended sessions":
        log_in(world)
    world.at("10:00").system.app.commitment_reminders.remind(world.system.clock.now())
    first = change(world, KEY)
    after = world.state
    world.after(timedelta(seconds=20))
    assert change(world, KEY) == first
    for name in ("accounts", "sessions", "shutdown_periods", "messages", "audit"):
        assert dict(getattr(world.state, name)) == dict(getattr(after, name)), name
    with pytest.raises(Conflict) as refusal:
        other(world, KEY)
    assert refusal.value.field == "clientMutationKey"


def test_ended_sessions_and_read_messages_are_counted_by_the_first_answer() -> None:
    world = a_world()
    log_in(world)
    world.at("10:00").system.app.commitment_reminders.remind(world.system.clock.now())
    for what in ("ended sessions", "messages that were read"):
        change, _ = REPEATED[what]
        assert [change(world, KEY), change(world, KEY), change(world, "another-key")] == [1, 1, 0]


def test_a_password_that_was_sent_twice_does_not_count_as_a_wrong_old_one() -> None:
    world = a_world()
    change, _ = REPEATED["a new password"]
    for _ in range(6):
        change(world, KEY)
    assert world.system.app.identity.log_in(LogIn("lihong", NEW, Client.WEB)).actor.person_id == HEAD.id


def test_no_password_can_be_found_by_what_is_remembered_of_its_change() -> None:
    world = a_world()
    remembered = []
    for new, old in ((NEW, PASSWORD), (f"{NEW}-2", NEW)):
        world.system.app.identity.change_password(
            world.actor(HEAD), old, new, key=f"change-{len(remembered)}"
        )
        remembered.append(world.state.answers[(an_account(HEAD).id, f"change-{len(remembered)}")])
    assert len({answer.fingerprint for answer in remembered}) == 1
    assert [answer.reference for answer in remembered] == [
        world.state.accounts[an_account(HEAD).id].former[0],
        world.state.accounts[an_account(HEAD).id].password_digest,
    ]
