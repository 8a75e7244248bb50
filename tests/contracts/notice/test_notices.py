"""In-app messages and SMS: written once, counted, found again by their receipts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.application.access import EVERYTHING, SYSTEM
from yanbao.application.ports.notice import SmsFilter
from yanbao.application.ports.paging import Page
from yanbao.application.ports.readers import Readers
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.organisation import Person, Role
from yanbao.domain.notice.notice import MessageKind, Sms, SmsState
from yanbao.domain.refusals import NotFound
from yanbao.domain.values import MessageId

from ...support.builders import (
    DAY,
    LINTONG,
    NOW,
    a_department_tree,
    a_person,
    an_enterprise,
    an_id,
)
from ...support.notices import a_message, an_sms, an_sms_about_problems
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


# ---------------------------------------------------------------- messages


def test_every_field_of_a_message_comes_back(storage: Storage, readers: Readers) -> None:
    message = replace(a_message(HEAD, at=NOW + timedelta(microseconds=1)), read_at=LATER)
    with storage.work(SYSTEM) as work:
        assert work.messages.add([message]) == 1
        work.commit()
    assert list(readers.notices.messages(HEAD.id, Page(10)).rows) == [message]


def test_a_message_with_the_same_id_is_written_once(storage: Storage, readers: Readers) -> None:
    one, two = a_message(HEAD, "一"), a_message(HEAD, "二", at=LATER)
    with storage.work(SYSTEM) as work:
        assert work.messages.add([one, one]) == 1
        work.commit()
    with storage.work(SYSTEM) as work:
        assert work.messages.mark_read(HEAD.id, None, at=LATER) == 1
        assert work.messages.add([replace(one, title="改写"), two]) == 1
        assert work.messages.add([]) == 0
        work.commit()
    assert list(readers.notices.messages(HEAD.id, Page(10)).rows) == [two, replace(one, read_at=LATER)]


def test_messages_come_newest_first_to_their_receiver_only(storage: Storage, readers: Readers) -> None:
    messages = [a_message(HEAD, n, at=NOW + timedelta(minutes=n)) for n in range(3)]
    with storage.work(SYSTEM) as work:
        work.messages.add([*messages, a_message(OFFICER)])
        work.commit()
    assert list(readers.notices.messages(HEAD.id, Page(10)).rows) == messages[::-1]
    assert readers.notices.unread(HEAD.id) == 3
    assert readers.notices.unread(FAR.id) == 0


def test_messages_are_looked_up_by_id_by_their_receiver_only(storage: Storage, readers: Readers) -> None:
    mine, theirs = a_message(HEAD, "一"), a_message(OFFICER, "二")
    with storage.work(SYSTEM) as work:
        work.messages.add([mine, theirs])
        work.commit()
    asked = [theirs.id, mine.id, MessageId(an_id("nothing"))]
    assert readers.notices.messages_by_id(asked, HEAD.id) == {mine.id: mine}
    assert readers.notices.messages_by_id([], HEAD.id) == {}


def test_only_ones_own_unread_messages_are_marked_as_read(storage: Storage, readers: Readers) -> None:
    own = [a_message(HEAD, n, at=NOW + timedelta(minutes=n)) for n in range(3)]
    foreign = a_message(OFFICER)
    with storage.work(SYSTEM) as work:
        work.messages.add([*own, foreign])
        work.commit()
    with storage.work(SYSTEM) as work:
        assert work.messages.mark_read(HEAD.id, [own[0].id, foreign.id], at=LATER) == 1
        assert work.messages.mark_read(HEAD.id, [own[0].id], at=LATER + timedelta(hours=1)) == 0
        assert work.messages.mark_read(HEAD.id, [], at=LATER) == 0
        work.commit()
    assert readers.notices.unread(HEAD.id) == 2 and readers.notices.unread(OFFICER.id) == 1
    unread = readers.notices.messages(HEAD.id, Page(10), unread_only=True).rows
    assert [message.id for message in unread] == [own[2].id, own[1].id]
    everything = {message.id: message.read_at for message in readers.notices.messages(HEAD.id, Page(10)).rows}
    assert everything == {own[0].id: LATER, own[1].id: None, own[2].id: None}
    with storage.work(SYSTEM) as work:
        assert work.messages.mark_read(HEAD.id, None, at=LATER) == 2
        work.commit()
    assert readers.notices.unread(HEAD.id) == 0


def test_which_messages_have_been_written_is_known(storage: Storage) -> None:
    mine, theirs, never = a_message(HEAD), a_message(OFFICER), a_message(FAR)
    with storage.work(SYSTEM) as work:
        work.messages.add([mine, theirs])
        assert work.messages.known([mine.id, never.id]) == {mine.id}, "also of what is not committed yet"
        work.commit()
    with storage.work(SYSTEM) as work:
        assert work.messages.known([theirs.id, theirs.id, mine.id]) == {mine.id, theirs.id}
        assert work.messages.known([]) == frozenset()


def test_which_messages_have_been_read_is_known(storage: Storage) -> None:
    mine, unread, never = a_message(HEAD), a_message(HEAD, "另一条"), a_message(FAR)
    with storage.work(SYSTEM) as work:
        work.messages.add([mine, unread])
        work.messages.mark_read(HEAD.id, [mine.id], at=LATER)
        assert work.messages.read([mine.id, unread.id, never.id]) == {mine.id}
        assert work.messages.read([unread.id]) == work.messages.read([]) == frozenset()


# ---------------------------------------------------------------- SMS


def test_every_field_of_an_sms_comes_back(storage: Storage) -> None:
    to_head = an_sms(HEAD, enterprises=[ENTERPRISE.id])
    to_officer = replace(
        an_sms(OFFICER, stage=2, enterprises=[ENTERPRISE.id, an_enterprise("二厂").id], region=LINTONG),
        text="请督促上报",
        gateway_id="gw-1",
        state=SmsState.DELIVERED,
        changed_at=LATER,
        note="备注",
        unanswered=2,
    )
    assert send(storage, to_head, to_officer) == 2
    with storage.work(SYSTEM) as work:
        assert work.texts.find(to_head.id) == to_head
        assert work.texts.find(to_officer.id) == to_officer
        assert work.texts.find(an_id("nothing")) is None


def test_every_field_of_an_sms_about_problems_comes_back(storage: Storage, readers: Readers) -> None:
    issue = an_sms_about_problems(HEAD, "一")
    reminder = an_sms_about_problems(
        OFFICER,
        "二",
        "三",
        kind=MessageKind.PROBLEM_REMINDER,
        marks=["ACKNOWLEDGE|x|50%", "RECTIFY|y|OVERDUE"],
    )
    assert send(storage, issue, reminder) == 2
    with storage.work(SYSTEM) as work:
        assert work.texts.find(issue.id) == issue
        assert work.texts.find(reminder.id) == reminder
        more = replace(issue, topic=replace(issue.topic, matter_ids=reminder.topic.matter_ids))
        work.texts.save(more)
        assert work.texts.find(issue.id) == more
        work.commit()
    rows = readers.notices.texts(SmsFilter(business_date=DAY), EVERYTHING, Page(10)).rows
    assert {(row.id, row.business_date, row.stage) for row in rows} == {
        (issue.id, DAY, None),
        (reminder.id, DAY, None),
    }


@pytest.mark.parametrize("kind", MessageKind)
def test_messages_and_sms_of_every_kind_are_stored(
    storage: Storage, readers: Readers, kind: MessageKind
) -> None:
    sms = an_sms_about_problems(HEAD, "一", kind=kind)
    assert send(storage, sms) == 1
    with storage.work(SYSTEM) as work:
        assert work.texts.find(sms.id) == sms
        work.messages.add([replace(a_message(HEAD), kind=kind)])
        work.commit()
    assert [message.kind for message in readers.notices.messages(HEAD.id, Page(10)).rows] == [kind]


def test_what_was_merged_into_an_sms_comes_back(storage: Storage) -> None:
    others = (
        an_sms(OFFICER, stage=2, enterprises=[ENTERPRISE.id], region=LINTONG).topic,
        an_sms_about_problems(
            OFFICER, "二", kind=MessageKind.PROBLEM_REMINDER, marks=["RECTIFY|y|50%"]
        ).topic,
    )
    sms = replace(an_sms_about_problems(OFFICER, "一"), also=others)
    send(storage, sms, an_sms(HEAD))
    with storage.work(SYSTEM) as work:
        assert work.texts.find(sms.id) == sms
        assert work.texts.reminded_of([OFFICER.id], DAY) == {}, "what was merged counts by its own SMS"
        work.texts.save(replace(sms, also=others[:1]))
        work.texts.save(replace(an_sms(HEAD), also=others))
        work.commit()
    with storage.work(SYSTEM) as work:
        assert work.texts.find(sms.id) == replace(sms, also=others[:1])
        assert work.texts.find(an_sms(HEAD).id) == replace(an_sms(HEAD), also=others)


def test_several_sms_are_found_at_once(storage: Storage) -> None:
    to_head, about_problems, other = an_sms(HEAD), an_sms_about_problems(OFFICER, "一"), an_sms(FAR)
    send(storage, to_head, about_problems, other)
    asked = [about_problems.id, an_id("nothing"), to_head.id, to_head.id]
    with storage.work(SYSTEM) as work:
        assert work.texts.find_all(asked) == {about_problems.id: about_problems, to_head.id: to_head}
        assert work.texts.find_all([]) == {}


def test_an_sms_with_the_same_id_is_written_once(storage: Storage) -> None:
    sms = an_sms(HEAD)
    assert send(storage, sms, sms) == 1
    assert send(storage, replace(sms, note="改写"), an_sms(HEAD, stage=2)) == 1
    assert send(storage) == 0
    with storage.work(SYSTEM) as work:
        assert work.texts.find(sms.id) == sms


def test_what_becomes_of_an_sms_is_stored(storage: Storage) -> None:
    sms = an_sms(HEAD)
    send(storage, sms)
    accepted = replace(sms, state=SmsState.ACCEPTED, text="内容", gateway_id="gw", changed_at=LATER, note="x")
    accepted = replace(accepted, handed_over_at=NOW, unanswered=1)
    with storage.work(SYSTEM) as work:
        work.texts.save(accepted)
        work.commit()
    with storage.work(SYSTEM) as work:
        assert work.texts.find(sms.id) == accepted


def test_receipts_find_their_sms_by_gateway_id_and_number(storage: Storage) -> None:
    mine = replace(an_sms(HEAD), gateway_id="gw-1")
    theirs = replace(an_sms(OFFICER), gateway_id="gw-1")
    older = replace(an_sms(HEAD, "早", at=NOW - timedelta(days=1)), gateway_id="gw-1")
    elsewhere = replace(an_sms(FAR), gateway_id="gw-2")
    send(storage, mine, theirs, older, elsewhere, an_sms(HEAD, "无"))
    to_head, to_officer, to_far = (("gw-1", who.phone.text) for who in (HEAD, OFFICER, FAR))
    with storage.work(SYSTEM) as work:
        assert work.texts.by_gateway([to_head, to_officer, to_head]) == {to_head: mine, to_officer: theirs}
        assert work.texts.by_gateway([to_far, ("gw-2", HEAD.phone.text), ("gw-3", FAR.phone.text)]) == {}
        both = [("gw-2", FAR.phone.text), to_head]
        assert work.texts.by_gateway(both) == {both[0]: elsewhere, to_head: mine}
        assert work.texts.by_gateway([]) == {}


def test_several_sms_are_saved_at_once_or_none_of_them(storage: Storage) -> None:
    texts = [an_sms(HEAD), an_sms(OFFICER), an_sms(FAR)]
    send(storage, *texts)
    changed = [replace(text, note=str(number), changed_at=LATER) for number, text in enumerate(texts)]
    with storage.work(SYSTEM) as work:
        work.texts.save_all([])
        work.texts.save_all(changed)
        work.commit()
    with storage.work(SYSTEM) as work, pytest.raises(NotFound):
        work.texts.save_all([replace(texts[0], note="x"), an_sms(HEAD, "没有")])
    with storage.work(SYSTEM) as work:
        found = work.texts.find_all([text.id for text in texts])
        assert [found[text.id] for text in texts] == changed


def test_handed_over_sms_are_counted_by_number_since_an_instant(storage: Storage) -> None:
    states = {
        state: replace(an_sms(HEAD, state.value), state=state, handed_over_at=LATER) for state in SmsState
    }
    earlier = replace(an_sms(HEAD, "早", at=NOW - timedelta(days=1)), state=SmsState.DELIVERED)
    # The receipt came today: it changes the SMS, but not when it was handed over.
    earlier = replace(earlier, changed_at=LATER, handed_over_at=NOW - timedelta(days=1))
    foreign = replace(an_sms(OFFICER), state=SmsState.ACCEPTED, handed_over_at=LATER)
    send(storage, *states.values(), earlier, foreign)
    with storage.work(SYSTEM) as work:
        assert work.texts.sent_since(HEAD.phone.text, NOW) == 3
        assert work.texts.sent_since(HEAD.phone.text, NOW - timedelta(days=2)) == 4
        assert work.texts.sent_since(HEAD.phone.text, LATER + timedelta(microseconds=1)) == 0
        assert work.texts.sent_since(OFFICER.phone.text, NOW) == 1
        assert work.texts.sent_since(FAR.phone.text, NOW) == 0


def test_whom_an_sms_was_about_is_known_by_receiver_and_stage(storage: Storage) -> None:
    first, second, third = (an_enterprise(name).id for name in ("一厂", "二厂", "三厂"))
    another_day = an_sms(OFFICER, "昨天", enterprises=[third], region=LINTONG)
    send(
        storage,
        an_sms(OFFICER, "临潼", stage=2, enterprises=[first, second], region=LINTONG),
        replace(an_sms(OFFICER, "长安", stage=2, enterprises=[second, third]), state=SmsState.DROPPED),
        an_sms(OFFICER, "时限", stage=1, enterprises=[first], region=LINTONG),
        replace(another_day, topic=replace(another_day.topic, business_date=DAY - timedelta(days=1))),
        an_sms(HEAD, enterprises=[first]),
        an_sms_about_problems(OFFICER, "问题"),
    )
    with storage.work(SYSTEM) as work:
        assert work.texts.reminded_of([OFFICER.id, FAR.id], DAY) == {
            (OFFICER.id, 1): {first},
            (OFFICER.id, 2): {first, second, third},
        }
        assert work.texts.reminded_of([], DAY) == {}
