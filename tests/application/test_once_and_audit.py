"""What is sent twice takes effect once; whatever changes leaves its line in the trail; and a cut trail is found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.audit import AnchorMismatch
from yanbao.application.directory import (
    SaveCertificate,
    SaveDepartment,
    SaveEnterprise,
    SavePerson,
    SaveRegion,
    SaveShutdownPeriod,
    SetSetting,
)
from yanbao.application.exchange import ResendDeadLetters
from yanbao.application.identity import LogIn
from yanbao.application.jobs import SEAL_AUDIT
from yanbao.application.ports.reading import Page
from yanbao.application.ports.storage import AuditEntry, SlotState
from yanbao.domain.certificate import CertificateKind
from yanbao.domain.commitment import commitment_id
from yanbao.domain.enterprise import StopReason
from yanbao.domain.events import Client
from yanbao.domain.organisation import Level, Role
from yanbao.domain.policy import SettingKey
from yanbao.domain.refusals import Conflict, InvalidValue, Refused, TooManyAttempts

from ..support.builders import DAY, PUCHENG, XIAN, a_credit_code, a_form_for, a_shutdown, an_account
from ..support.builders import LINTONG as LINTONG_REGION
from ..support.system import PASSWORD
from .stage import (
    AUDIT_ADMIN,
    COUNTY_DUTY,
    COUNTY_HEAD,
    DONGFENG,
    HEAD,
    HONGXING,
    HONGXING_HEAD,
    LINTONG,
    MANAGER,
    PROVINCE_DUTY,
    SECURITY_ADMIN,
    SYSTEM_ADMIN,
    Stage,
    a_stage,
)
from .stage import (
    XIAN as XIAN_OFFICE,
)

KEY = "device-1-0001"
NEW = "Another-horse-8-staple"
TOMORROW = DAY + timedelta(days=1)


# ---------------------------------------------------------------- once


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


def test_a_new_archive_entry_under_one_key_is_made_once() -> None:
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
        _system_log_in(stage)
    stage.at("10:00").world.app.reminders.remind(stage.world.clock.now())
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
    _system_log_in(stage)
    stage.at("10:00").world.app.reminders.remind(stage.world.clock.now())
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


# ---------------------------------------------------------------- the trail


def entries(stage: Stage) -> list[AuditEntry]:
    return sorted(stage.state.audit.values(), key=lambda entry: (entry.at, entry.id))


def actions(stage: Stage) -> list[str]:
    return [entry.action for entry in entries(stage)]


def _system_log_in(stage: Stage) -> object:
    return stage.world.app.identity.log_in(LogIn("lihong", PASSWORD, Client.WEB))


def _dead_letter(stage: Stage) -> UUID:
    stage.submit()
    stage.world.ministry.refuse([DONGFENG.credit_code.text], code="R103")
    stage.at("12:00").world.app.pushes.push_due()
    return stage.duty_of().id


Change = Callable[[Stage], object]
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
        lambda s: s.world.app.commitments.report_shutdowns(DAY),
        "CommitmentReported",
        SYSTEM.name,
    ),
    "a log-in": (lambda s: None, _system_log_in, "LoggedIn", HEAD.name),
    "a log-out": (
        lambda s: None,
        lambda s: s.world.app.identity.log_out(
            replace(s.actor(HEAD), session_id=next(iter(s.state.sessions)))
        ),
        "AccessChanged",
        HEAD.name,
    ),
    "a new password": (
        lambda s: None,
        lambda s: s.world.app.identity.change_password(s.actor(HEAD), PASSWORD, NEW),
        "AccessChanged",
        HEAD.name,
    ),
    "an unlocking": (
        lambda s: None,
        lambda s: s.world.app.identity.unlock(s.actor(SECURITY_ADMIN), an_account(HEAD).id),
        "AccessChanged",
        SECURITY_ADMIN.name,
    ),
    "a disabling": (
        lambda s: None,
        lambda s: s.world.app.identity.disable(s.actor(SYSTEM_ADMIN), an_account(HEAD).id, True),
        "AccessChanged",
        SYSTEM_ADMIN.name,
    ),
    "ended sessions": (
        lambda s: None,
        lambda s: s.world.app.identity.revoke_sessions(s.actor(SECURITY_ADMIN), an_account(HEAD).id),
        "AccessChanged",
        SECURITY_ADMIN.name,
    ),
    "a region": (
        lambda s: None,
        lambda s: s.world.app.directory.save_region(
            s.actor(SYSTEM_ADMIN), SaveRegion("610199", "新区", Level.COUNTY, XIAN)
        ),
        "DirectoryChanged",
        SYSTEM_ADMIN.name,
    ),
    "a department": (
        lambda s: None,
        lambda s: s.world.app.directory.save_department(
            s.actor(SYSTEM_ADMIN),
            SaveDepartment(None, "新局", Level.COUNTY, XIAN_OFFICE.id, frozenset({PUCHENG})),
        ),
        "DirectoryChanged",
        SYSTEM_ADMIN.name,
    ),
    "a person": (
        lambda s: None,
        lambda s: s.world.app.directory.save_person(
            s.actor(COUNTY_HEAD),
            SavePerson(None, "许新来", "13900000077", Role.INSPECTOR, LINTONG.id, None),
        ),
        "DirectoryChanged",
        COUNTY_HEAD.name,
    ),
    "an enterprise": (
        lambda s: None,
        lambda s: s.world.app.directory.save_enterprise(
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
        lambda s: s.world.app.directory.save_certificate(
            s.actor(COUNTY_HEAD),
            SaveCertificate(None, CertificateKind.PRODUCTION_PERMIT, "陕1", DONGFENG.id, None, DAY, TOMORROW),
        ),
        "DirectoryChanged",
        COUNTY_HEAD.name,
    ),
    "a shutdown period": (
        lambda s: None,
        lambda s: s.world.app.directory.save_shutdown_period(
            s.actor(COUNTY_HEAD),
            SaveShutdownPeriod(None, DONGFENG.id, None, None, DAY, TOMORROW, StopReason.HOLIDAY),
        ),
        "DirectoryChanged",
        COUNTY_HEAD.name,
    ),
    "a cancelled shutdown period": (
        lambda s: s.settle(a_shutdown(DONGFENG)),
        lambda s: s.world.app.directory.cancel_shutdown_period(
            s.actor(COUNTY_HEAD), next(iter(s.state.shutdown_periods))
        ),
        "DirectoryChanged",
        COUNTY_HEAD.name,
    ),
    "a setting": (
        lambda s: None,
        lambda s: s.world.app.directory.set_setting(
            s.actor(COUNTY_HEAD),
            SetSetting(LINTONG_REGION, SettingKey.COMMITMENT_DEADLINE, "09:00", TOMORROW),
        ),
        "DirectoryChanged",
        COUNTY_HEAD.name,
    ),
    "a dead letter sent again": (
        _dead_letter,
        lambda s: s.world.app.exchange.resend(s.actor(PROVINCE_DUTY), ResendDeadLetters((s.duty_of().id,))),
        "DeadLetterResent",
        PROVINCE_DUTY.name,
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_every_change_leaves_exactly_one_line_that_says_who_did_what(what: str) -> None:
    before, change, action, who = CHANGES[what]
    stage = a_stage()
    if what == "a log-out":
        _system_log_in(stage)
    before(stage)
    already = set(stage.state.audit)
    change(stage)
    (entry,) = [entry for entry in entries(stage) if entry.id not in already]
    assert (entry.action, entry.actor_name) == (action, who)
    assert entry.at == stage.world.clock.now() and entry.subject.partition(":")[2]


def test_what_was_refused_leaves_no_line_and_no_effect() -> None:
    stage = a_stage()
    with pytest.raises(Refused):
        stage.submit(form=a_form_for(DONGFENG, risk_grade=0))
    with pytest.raises(Refused):
        stage.correct()
    assert entries(stage) == [] and stage.duties() == [] and len(stage.state.answers) == 0


def fail(stage: Stage, username: str = "lihong", password: str = "wrong-Password-1") -> AuditEntry:
    """Fail to log in; the line that it leaves."""
    already = set(stage.state.audit)
    with pytest.raises(Refused):
        stage.world.app.identity.log_in(LogIn(username, password, Client.APP, "10.61.1.7"))
    (entry,) = [e for e in entries(stage) if e.id not in already and e.action == "LogInFailed"]
    return entry


def test_every_failed_log_in_leaves_a_line_and_the_fifth_another_one() -> None:
    stage = a_stage()
    lines = [fail(stage) for _ in range(6)]
    said = {
        "username": "lihong",
        "account_id": f"{an_account(HEAD).id}",
        "address": "10.61.1.7",
        "client": "APP",
    }
    assert [line.detail for line in lines] == [
        *[said | {"refusal": "UNAUTHENTICATED"}] * 5,
        said | {"refusal": "ACCOUNT_LOCKED"},
    ]
    assert {line.subject for line in lines} == {f"Account:{an_account(HEAD).id}"}
    (locked,) = [entry for entry in entries(stage) if entry.action != "LogInFailed"]
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
    line = fail(a_stage(), typed, "lihong")
    assert line.subject == "Account:unknown"
    assert (line.detail["username"], line.detail["account_id"]) == (kept, None)


def test_a_closed_account_that_somebody_knocks_at_leaves_a_line() -> None:
    stage = a_stage()
    stage.world.app.identity.disable(stage.actor(SYSTEM_ADMIN), an_account(HEAD).id, True)
    assert fail(stage, password=PASSWORD).detail["refusal"] == "FORBIDDEN"


def test_who_is_shut_out_fills_no_trail() -> None:
    stage = a_stage()
    for _ in range(20):
        fail(stage, "nobody")
    before = len(entries(stage))
    with pytest.raises(TooManyAttempts):
        stage.world.app.identity.log_in(LogIn("nobody", PASSWORD, Client.APP, "10.61.1.7"))
    assert len(entries(stage)) == before == 20


def test_no_line_carries_names_phone_numbers_or_what_was_written() -> None:
    stage = a_stage()
    for before, change, _, _ in CHANGES.values():
        try:
            before(stage)
            change(stage)
        except Refused:
            # One world for all of them: what another change has made impossible is left out.
            stage.world.clock.moment += timedelta(seconds=1)
    kept = " ".join(f"{entry.subject} {entry.detail}" for entry in entries(stage))
    assert len(entries(stage)) > 12
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
    stage = a_stage()
    stage.world.app.directory.view_enterprise(stage.actor(COUNTY_DUTY), DONGFENG.id)
    assert len(stage.state.views) == 1 and entries(stage) == []


# ---------------------------------------------------------------- sealing


def sealed() -> Stage:
    stage = a_stage()
    stage.submit()
    stage.submit(HONGXING_HEAD, HONGXING)
    stage.correct(top_temperature=30)
    assert stage.world.app.audit.seal() == (3, 3)
    return stage


def test_an_untouched_trail_verifies_and_is_anchored_outside() -> None:
    stage = sealed()
    assert stage.world.app.audit.verify() == (3, None)
    (number, digest) = stage.world.anchor.kept[-1]
    assert number == 3 and len(digest) == 64


def test_sealing_again_seals_only_what_is_new() -> None:
    stage = sealed()
    assert stage.world.app.audit.seal() == (0, 3)
    stage.correct(revision=2, top_temperature=29)
    assert stage.world.app.audit.seal() == (1, 4)
    assert [number for number, _ in stage.world.anchor.kept] == [3, 3, 4]
    assert stage.world.app.audit.verify() == (4, None)


def test_an_empty_trail_is_not_anchored() -> None:
    stage = a_stage()
    assert stage.world.app.audit.seal() == (0, 0)
    assert stage.world.anchor.kept == []
    assert stage.world.app.audit.verify() == (0, None)


def test_a_line_that_was_changed_afterwards_is_found() -> None:
    stage = sealed()
    entry = stage.state.audit[stage.state.chain[2].entry_id]
    stage.state.audit.put(entry.id, replace(entry, actor_name="别人"))
    read, wrong = stage.world.app.audit.verify()
    assert read == 2 and wrong == f"entry {entry.id} does not fit its hash"


def test_a_line_that_was_taken_out_is_found() -> None:
    stage = sealed()
    gone = stage.state.chain[1].entry_id
    stage.state.audit.remove(gone)
    assert stage.world.app.audit.verify()[1] == f"entry {gone} does not fit its hash"


def test_a_tail_that_was_cut_off_is_found_by_the_anchor() -> None:
    stage = sealed()
    for number in (3, 2):
        stage.state.audit.remove(stage.state.chain[number].entry_id)
        stage.state.chain.remove(number)
    read, wrong = stage.world.app.audit.verify()
    assert read == 1 and wrong == "the trail ends at 1, but 3 was anchored: the tail is missing"


def test_a_tail_that_was_cut_off_and_written_anew_is_found_by_the_anchor() -> None:
    stage = sealed()
    entry = stage.state.chain[3].entry_id
    stage.state.audit.remove(entry)
    stage.state.chain.remove(3)
    stage.correct(revision=2, top_temperature=29)
    with stage.world.storage.work(SYSTEM) as work:
        # As somebody with the database in hand would do it: sealed anew, past the application and its anchor.
        assert work.audit.seal(limit=10, at=stage.world.clock.now()) == 1
        work.commit()
    read, wrong = stage.world.app.audit.verify()
    assert read == 3
    assert wrong == "entry number 3 is not the one that was anchored: the tail was written anew"


def cut(stage: Stage) -> None:
    """As somebody with the database in hand would do it."""
    stage.state.audit.remove(stage.state.chain[3].entry_id)
    stage.state.chain.remove(3)


def cut_and_written_on(stage: Stage) -> None:
    """The same, and then sealed past the application until the trail is longer than what was anchored."""
    cut(stage)
    for revision, temperature in ((2, 29), (3, 28)):
        stage.correct(revision=revision, top_temperature=temperature)
    with stage.world.storage.work(SYSTEM) as work:
        assert work.audit.seal(limit=10, at=stage.world.clock.now()) == 2
        work.commit()


def test_a_tail_that_was_written_anew_is_found_however_long_it_has_grown() -> None:
    stage = sealed()
    cut_and_written_on(stage)
    read, wrong = stage.world.app.audit.verify()
    assert read == 4
    assert wrong == "entry number 3 is not the one that was anchored: the tail was written anew"


@pytest.mark.parametrize("tamper", [cut, cut_and_written_on])
def test_nothing_is_anchored_over_a_trail_that_was_tampered_with(tamper: Callable[[Stage], None]) -> None:
    stage = sealed()
    kept = list(stage.world.anchor.kept)
    tamper(stage)
    for _ in range(2):
        with pytest.raises(AnchorMismatch, match="the tail"):
            stage.world.app.audit.seal()
        stage.world.app.identity.log_in(LogIn("lihong", PASSWORD, Client.WEB))
    assert stage.world.anchor.kept == kept


def test_the_sealing_job_stays_due_until_somebody_has_seen_to_it() -> None:
    stage = sealed()
    cut(stage)
    kept = list(stage.world.anchor.kept)
    stage.at("09:00").world.app.schedule.tick()
    (slot,) = [
        slot
        for slot in stage.world.readers.operations.slots(Page(10), job=SEAL_AUDIT).rows
        if slot.state is SlotState.DUE and slot.attempts
    ]
    assert slot.note == "AnchorMismatch" and stage.world.anchor.kept == kept


def test_the_trail_is_read_by_the_audit_administrator() -> None:
    stage = sealed()
    page = stage.world.app.audit.entries(stage.actor(AUDIT_ADMIN), Page(10), text="CommitmentReported")
    assert len(page.rows) == 3
    assert {row.subject for row in page.rows} == {
        f"Commitment:{commitment_id(of.id, DAY)}" for of in (DONGFENG, HONGXING)
    }
