"""Records of SMS: seen with their receiver, found by what they are about, counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM
from yanbao.application.ports.notice import SmsFilter, SmsOrder
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.organisation import Person, Role
from yanbao.domain.notice.notice import MessageKind, ProblemTopic, ShutdownTopic, Sms, SmsState
from yanbao.domain.values import ShutdownPeriodId

from ...support.builders import (
    DAY,
    LINTONG,
    NOW,
    PUCHENG,
    XIAN,
    a_department_tree,
    a_person,
    an_enterprise,
    an_id,
    seen_by,
    seen_from,
)
from ...support.notices import an_sms, an_sms_about_problems
from ...support.settling import settle_in

ENTERPRISE = an_enterprise()
HEAD = a_person("钱厂长", Role.ENTERPRISE_HEAD, of=ENTERPRISE)
OFFICER = a_person("赵值班", of=a_department_tree()[4])
FAR = a_person("孙值班", of=a_department_tree()[6])
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def receivers(storage: Storage) -> tuple[Person, ...]:
    settle_in(storage, SYSTEM, ENTERPRISE, HEAD, OFFICER, FAR)
    return HEAD, OFFICER, FAR


def send(storage: Storage, *texts: Sms) -> int:
    with storage.work(SYSTEM) as work:
        added = work.texts.add(texts)
        work.commit()
    return added


def test_every_field_of_an_sms_row_comes_back_newest_first(storage: Storage, readers: Readers) -> None:
    older = replace(an_sms(OFFICER, stage=2, region=LINTONG), text="内容", changed_at=LATER, note="备注")
    newer = an_sms(HEAD, at=LATER)
    send(storage, older, newer)
    rows = readers.notices.texts(SmsFilter(), EVERYTHING, Page(10)).rows
    assert [row.id for row in rows] == [newer.id, older.id]
    row = rows[1]
    assert (row.receiver_id, row.receiver_name, row.phone) == (OFFICER.id, "赵值班", OFFICER.phone.text)
    assert (row.state, row.text, row.note) == (SmsState.QUEUED, "内容", "备注")
    assert (row.created_at, row.changed_at) == (NOW, LATER)
    assert (row.business_date, row.stage) == (DAY, 2)
    assert (rows[0].text, rows[0].changed_at) == (None, None)


def test_sms_are_seen_with_their_receiver(storage: Storage, readers: Readers) -> None:
    to_head, to_officer, to_far = an_sms(HEAD), an_sms(OFFICER), an_sms(FAR)
    send(storage, to_head, to_officer, to_far)

    def seen(scope: object) -> set[object]:
        return {row.id for row in readers.notices.texts(SmsFilter(), scope, Page(10)).rows}  # type: ignore[arg-type]

    def among(**where: Any) -> set[object]:
        rows = readers.notices.texts(SmsFilter(**where), EVERYTHING, Page(10)).rows
        assert readers.notices.text_count(SmsFilter(**where), EVERYTHING) == len(rows)
        return {row.id for row in rows}

    assert seen(EVERYTHING) == {to_head.id, to_officer.id, to_far.id}
    assert seen(seen_from(XIAN)) == {to_head.id, to_officer.id}
    assert seen(seen_from(PUCHENG)) == {to_far.id}
    assert seen(seen_by(ENTERPRISE)) == {to_head.id}
    assert seen(NOTHING) == set()
    assert among(business_date=DAY + timedelta(days=1)) == set()
    assert len(among(business_date=DAY)) == 3


def test_sms_are_found_by_state_kind_stage_receiver_and_enterprise(
    storage: Storage, readers: Readers
) -> None:
    first, second = an_sms(HEAD), replace(an_sms(OFFICER, stage=2), state=SmsState.DELIVERED)
    about = an_sms_about_problems(HEAD, "问题", "问题")
    send(storage, first, second, about)

    def found(**where: Any) -> set[object]:
        rows = readers.notices.texts(SmsFilter(**where), EVERYTHING, Page(10)).rows
        assert readers.notices.text_count(SmsFilter(**where), EVERYTHING) == len(rows)
        return {row.id for row in rows}

    assert found(states=(SmsState.DELIVERED,)) == {second.id}
    assert found(stage=2) == {second.id} and found(stage=3) == set()
    assert found(kinds=(MessageKind.COMMITMENT_UNREPORTED,)) == {first.id, second.id}
    assert found(kinds=(MessageKind.PROBLEM_ISSUED,)) == {about.id}
    assert found(kinds=(MessageKind.COMMITMENT_UNREPORTED, MessageKind.PROBLEM_ISSUED)) == found()
    assert found(receiver_id=HEAD.id) == {first.id, about.id} == found(enterprise_id=ENTERPRISE.id)
    assert found(receiver_id=HEAD.id, stage=1) == {first.id}


def test_an_sms_says_what_it_is_about(storage: Storage, readers: Readers) -> None:
    about_an_enterprise = an_sms(HEAD, enterprises=[ENTERPRISE.id])
    about_a_problem = an_sms_about_problems(HEAD, "问题", "问题")
    send(storage, about_an_enterprise, replace(about_a_problem, handed_over_at=LATER))
    rows = readers.notices.texts_by_id([about_an_enterprise.id, about_a_problem.id], EVERYTHING)
    row = rows[about_an_enterprise.id]
    assert (row.kind, row.enterprise_ids, row.problem_ids, row.handed_over_at) == (
        MessageKind.COMMITMENT_UNREPORTED,
        (ENTERPRISE.id,),
        (),
        None,
    )
    row = rows[about_a_problem.id]
    assert isinstance(about_a_problem.topic, ProblemTopic)
    assert (row.kind, row.enterprise_ids, row.problem_ids, row.handed_over_at) == (
        MessageKind.PROBLEM_ISSUED,
        (),
        about_a_problem.topic.problem_ids[:1],
        LATER,
    )
    assert readers.notices.texts_by_id([about_a_problem.id], seen_from(PUCHENG)) == {}


def test_a_merged_sms_says_everything_that_it_is_about(storage: Storage, readers: Readers) -> None:
    topic = ShutdownTopic(DAY, MessageKind.SHUTDOWN_ENDING, ShutdownPeriodId(an_id("停产期")))
    reminder, problems = (
        an_sms(HEAD, enterprises=[ENTERPRISE.id]),
        an_sms_about_problems(HEAD, "问题", "另一"),
    )
    assert isinstance(problems.topic, ProblemTopic)
    merged = replace(reminder, topic=topic, also=(reminder.topic, problems.topic, problems.topic))
    alone = replace(an_sms(OFFICER), topic=topic)
    send(storage, merged, alone)
    rows = readers.notices.texts_by_id([merged.id, alone.id], EVERYTHING)
    row = rows[merged.id]
    assert (row.kind, row.stage, row.enterprise_ids) == (topic.kind, None, (ENTERPRISE.id,))
    assert row.kinds == (
        topic.kind,
        MessageKind.COMMITMENT_UNREPORTED,
        MessageKind.PROBLEM_ISSUED,
    )
    assert row.stages == (1,)
    assert (row.problem_ids, row.shutdown_period_ids) == (problems.topic.problem_ids, (topic.period_id,))
    row = rows[alone.id]
    assert (row.enterprise_ids, row.problem_ids, row.shutdown_period_ids) == ((), (), (topic.period_id,))


def test_a_merged_sms_is_found_by_everything_that_it_is_about(storage: Storage, readers: Readers) -> None:
    ending = ShutdownTopic(DAY, MessageKind.SHUTDOWN_ENDING, ShutdownPeriodId(an_id("停产期")))
    first, second = an_sms(HEAD), an_sms(HEAD, stage=2)
    problems = an_sms_about_problems(HEAD, "问题", kind=MessageKind.PROBLEM_REMINDER, marks=["一"])
    about_problems = replace(problems, also=(second.topic, ending))
    about_a_period = replace(an_sms(OFFICER), topic=ending, also=(first.topic, second.topic))
    alone = replace(an_sms(FAR), topic=ending)
    send(storage, about_problems, about_a_period, alone)

    def found(**where: Any) -> set[object]:
        rows = readers.notices.texts(SmsFilter(**where), EVERYTHING, Page(10)).rows
        assert readers.notices.text_count(SmsFilter(**where), EVERYTHING) == len(rows)
        return {row.id for row in rows}

    assert found(kinds=(MessageKind.PROBLEM_REMINDER,)) == {about_problems.id}
    assert found(kinds=(MessageKind.COMMITMENT_UNREPORTED,)) == {about_problems.id, about_a_period.id}
    assert found(kinds=(MessageKind.SHUTDOWN_ENDING,)) == {about_problems.id, about_a_period.id, alone.id}
    assert found(kinds=(MessageKind.PROBLEM_ISSUED,)) == set()
    assert found(stage=1) == {about_a_period.id}
    assert found(stage=2) == {about_problems.id, about_a_period.id}
    assert found(stage=2, kinds=(MessageKind.PROBLEM_REMINDER,)) == {about_problems.id}


def test_sms_come_oldest_first_too(storage: Storage, readers: Readers) -> None:
    older, newer = an_sms(HEAD), an_sms(OFFICER, at=LATER)
    send(storage, older, newer)
    rows = readers.notices.texts(SmsFilter(), EVERYTHING, Page(10), SmsOrder.OLDEST).rows
    assert [row.id for row in rows] == [older.id, newer.id]


def test_sms_are_counted_by_state_and_day(storage: Storage, readers: Readers) -> None:
    send(storage, an_sms(HEAD), an_sms(OFFICER), replace(an_sms(FAR), state=SmsState.FAILED))
    counts = readers.notices.text_counts(DAY)
    assert {state: n for state, n in counts.items() if n} == {SmsState.QUEUED: 2, SmsState.FAILED: 1}
    assert not any(readers.notices.text_counts(DAY + timedelta(days=1)).values())
