"""What is sent twice takes effect once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from yanbao.application.directory.directory import SavePerson
from yanbao.application.identity.identity import LogIn
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
    Stage,
    a_stage,
    actions,
)
from .identity.logging_in import log_in

KEY = "device-1-0001"
NEW = "Another-horse-8-staple"


def test_a_report_sent_twice_with_one_key_is_one_report_and_both_get_the_same_answer() -> None:
    stage = a_stage()
    first = stage.submit(key=KEY)
    stage.after(timedelta(seconds=20))
    assert stage.submit(key=KEY) == first
    assert stage.commitment().revision == 1
    assert len(stage.duties()) == 1
    assert actions(stage) == ["CommitmentReported"]


def test_another_input_under_the_same_key_is_a_conflict() -> None:
    stage = a_stage()
    stage.submit(key=KEY)
    with pytest.raises(Conflict, match="另一项不同的提交") as refusal:
        stage.submit(form=a_form_for(DONGFENG, top_temperature=40), key=KEY)
    assert refusal.value.field == "clientMutationKey"
    with pytest.raises(Conflict):
        stage.correct(key=KEY)
    report = stage.commitment().report
    assert report is not None and report.form.top_temperature == 28


def test_the_same_key_from_somebody_else_is_another_key() -> None:
    stage = a_stage()
    stage.submit(key=KEY)
    stage.submit(HONGXING_HEAD, HONGXING, key=KEY)
    assert len(stage.duties()) == 2


def test_a_refused_attempt_does_not_use_up_its_key() -> None:
    stage = a_stage()
    with pytest.raises(Refused):
        stage.submit(form=a_form_for(DONGFENG, risk_grade=9), key=KEY)
    stage.submit(key=KEY)
    assert stage.commitment().revision == 1


def test_a_correction_and_a_reopening_take_effect_once_too() -> None:
    stage = a_stage()
    stage.submit()
    stage.correct(key="correct-0001", top_temperature=31)
    stage.correct(key="correct-0001", top_temperature=31)
    assert stage.commitment().revision == 2
    stage.at("11:00")
    stage.reopen(key="reopen-0001")
    stage.reopen(key="reopen-0001")
    assert len(stage.messages(HEAD)) == 1
    assert actions(stage) == ["CommitmentReported", "CommitmentReported", "CommitmentReopened"]


def test_without_a_key_every_call_counts() -> None:
    stage = a_stage()
    stage.submit()
    with pytest.raises(Refused):
        stage.submit()


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with\nnewline", "zero\x00byte"])
def test_a_key_has_8_to_64_visible_characters(key: str) -> None:
    stage = a_stage()
    with pytest.raises(InvalidValue, match="8至64个可见字符") as refusal:
        stage.submit(key=key)
    assert refusal.value.field == "clientMutationKey"
    assert stage.commitment().unreported


def test_a_new_directory_entry_under_one_key_is_made_once() -> None:
    stage = a_stage()
    person = SavePerson(None, "许新来", "13900000077", Role.INSPECTOR, LINTONG.id, None)
    save, by = stage.world.app.directory.save_person, stage.actor(COUNTY_HEAD)
    before = len(stage.state.people)
    assert save(by, person, key=KEY) == save(by, person, key=KEY)
    assert len(stage.state.people) == before + 1
    with pytest.raises(Conflict):
        save(by, replace(person, name="许又来"), key=KEY)


Repeated = Callable[[Stage, str], object]
REPEATED: dict[str, tuple[Repeated, Repeated]] = {
    # what -> (the change, another one that must not pass for it)
    "a log-out": (
        lambda s, key: s.world.app.identity.log_out(s.actor(HEAD), key=key),
        lambda s, key: s.world.app.identity.log_out(replace(s.actor(HEAD), session_id=UUID(int=1)), key=key),
    ),
    "an unlocking": (
        lambda s, key: s.world.app.identity.unlock(s.actor(SECURITY_ADMIN), an_account(HEAD).id, key=key),
        lambda s, key: s.world.app.identity.unlock(s.actor(SECURITY_ADMIN), an_account(MANAGER).id, key=key),
    ),
    "a disabling": (
        lambda s, key: s.world.app.identity.disable(
            s.actor(SYSTEM_ADMIN), an_account(HEAD).id, True, key=key
        ),
        lambda s, key: s.world.app.identity.disable(
            s.actor(SYSTEM_ADMIN), an_account(HEAD).id, False, key=key
        ),
    ),
    "ended sessions": (
        lambda s, key: s.world.app.identity.revoke_sessions(
            s.actor(SECURITY_ADMIN), an_account(HEAD).id, key=key
        ),
        lambda s, key: s.world.app.identity.revoke_sessions(
            s.actor(SECURITY_ADMIN), an_account(MANAGER).id, key=key
        ),
    ),
    "a new password": (
        lambda s, key: s.world.app.identity.change_password(s.actor(HEAD), PASSWORD, NEW, key=key),
        lambda s, key: s.world.app.identity.change_password(s.actor(HEAD), PASSWORD, f"{NEW}-2", key=key),
    ),
    "a cancelled shutdown period": (
        lambda s, key: s.world.app.directory.cancel_shutdown_period(
            s.actor(COUNTY_HEAD), a_shutdown(DONGFENG).id, key=key
        ),
        lambda s, key: s.world.app.directory.cancel_shutdown_period(
            s.actor(COUNTY_HEAD), a_shutdown(HONGXING).id, key=key
        ),
    ),
    "messages that were read": (
        lambda s, key: s.world.app.notices.mark_read(s.actor(HEAD), None, key=key),
        lambda s, key: s.world.app.notices.mark_read(s.actor(HEAD), (), key=key),
    ),
}


@pytest.mark.parametrize("what", REPEATED)
def test_whatever_is_sent_again_with_its_key_changes_nothing_and_gets_the_first_answer(what: str) -> None:
    stage = a_stage().settle(a_shutdown(DONGFENG), a_shutdown(HONGXING))
    change, other = REPEATED[what]
    if what == "ended sessions":
        log_in(stage)
    stage.at("10:00").world.app.commitment_reminders.remind(stage.world.clock.now())
    first = change(stage, KEY)
    after = stage.state
    stage.after(timedelta(seconds=20))
    assert change(stage, KEY) == first
    for name in ("accounts", "sessions", "shutdown_periods", "messages", "audit"):
        assert dict(getattr(stage.state, name)) == dict(getattr(after, name)), name
    with pytest.raises(Conflict) as refusal:
        other(stage, KEY)
    assert refusal.value.field == "clientMutationKey"


def test_ended_sessions_and_read_messages_are_counted_by_the_first_answer() -> None:
    stage = a_stage()
    log_in(stage)
    stage.at("10:00").world.app.commitment_reminders.remind(stage.world.clock.now())
    for what in ("ended sessions", "messages that were read"):
        change, _ = REPEATED[what]
        assert [change(stage, KEY), change(stage, KEY), change(stage, "another-key")] == [1, 1, 0]


def test_a_password_that_was_sent_twice_does_not_count_as_a_wrong_old_one() -> None:
    stage = a_stage()
    change, _ = REPEATED["a new password"]
    for _ in range(6):
        change(stage, KEY)
    assert stage.world.app.identity.log_in(LogIn("lihong", NEW, Client.WEB)).actor.person_id == HEAD.id


def test_no_password_can_be_found_by_what_is_remembered_of_its_change() -> None:
    stage = a_stage()
    remembered = []
    for new, old in ((NEW, PASSWORD), (f"{NEW}-2", NEW)):
        stage.world.app.identity.change_password(stage.actor(HEAD), old, new, key=f"change-{len(remembered)}")
        remembered.append(stage.state.answers[(an_account(HEAD).id, f"change-{len(remembered)}")])
    assert len({answer.fingerprint for answer in remembered}) == 1
    assert [answer.reference for answer in remembered] == [
        stage.state.accounts[an_account(HEAD).id].former[0],
        stage.state.accounts[an_account(HEAD).id].password_digest,
    ]
