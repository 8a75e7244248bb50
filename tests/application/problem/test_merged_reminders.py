"""One SMS for each person: what a run takes several transactions for, and what several runs leave waiting, is merged."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from yanbao.adapters.memory.problems import MemoryProblems
from yanbao.adapters.sms.twin import LoseAnswer, Refuse, TwinSms, Unreachable
from yanbao.application.access import SYSTEM
from yanbao.application.handling.reminding import WHOLE_RUN
from yanbao.application.notice.merging import merged
from yanbao.application.notice.texts import LEASE, UNKNOWN_WAIT, Texts
from yanbao.application.ports.notice import SmsNotSent
from yanbao.application.still_owed import STILL_OWED
from yanbao.domain.directory.organisation import Person
from yanbao.domain.exchange.duty import Duty, DutyState, Topic
from yanbao.domain.notice.notice import MessageKind, ProblemTopic, Sms, SmsState
from yanbao.domain.policy import SettingKey
from yanbao.domain.problem.workflow import ProblemAction
from yanbao.domain.values import Phone, ProblemId

from ...support.builders import NOW, a_setting
from ...support.dates import TODAY, month_day
from ...support.inspections import TO_THE_FACTORY
from ...support.rectification import RESPONSIBLE, Rectification, a_rectification, issued_as
from ...support.system import send_texts
from ...support.world import COUNTY_DUTY, HEAD, clock
from .test_reminders import HOUR, MINUTE, TOMORROW, with_problems

SECOND = timedelta(seconds=1)
MERGED = "已并入同一人的另一条短信"
NOT_OWED = "发送前已办理或已有新的提醒"


def about(number: int, *, late: bool = False, to: Person = RESPONSIBLE) -> str:
    """What the SMS to this person says of so many problems: handle your own, supervise those below."""
    state = "，均已逾期" if late else ""
    ask = "办理" if to == RESPONSIBLE else "督办"
    return f"{number}项问题待办理{state}，请登录系统{ask}：东风烟花厂。"


def half_gone(world: Rectification, name: object, since: timedelta = HOUR, **detail: Any) -> ProblemId:
    """A minute later half of the time for another problem is gone, and a run reminds the responsible person of it."""
    at = world.after(MINUTE).system.clock.moment
    problem = issued_as(name, at=at - since, **detail)
    problem.events = []  # The issue was told long ago.
    world.keep(problem)
    assert world.remind() == 1
    return problem.id


def reminded(*names: object) -> Rectification:
    """Runs that have reminded of a problem each; their SMS wait."""
    world = a_rectification()
    for name in names:
        half_gone(world, name)
    return world


def reminding(world: Rectification, person: Person = RESPONSIBLE) -> list[Sms]:
    """The person's SMS that remind of problems, the oldest first."""
    return [sms for sms in world.texts(person) if topic_of(sms).kind is MessageKind.PROBLEM_REMINDER]


def topic_of(sms: Sms) -> ProblemTopic:
    assert isinstance(sms.topic, ProblemTopic)
    return sms.topic


def duty_of(world: Rectification, sms: Sms) -> Duty:
    (found,) = [duty for duty in world.duties(Topic.SMS) if duty.id == sms.id]
    return found


def sender_with(world: Rectification, gateway: TwinSms) -> Texts:
    system = world.system
    return Texts(
        system.storage, system.clock, system.app.texts._policies, gateway, system.doorbell, STILL_OWED
    )


def sizes(world: Rectification) -> list[int]:
    return [len(topic_of(sms).problem_ids) for sms in reminding(world)]


# ---------------------------------------------------------------- a run of several transactions


def test_a_run_of_several_transactions_sends_everybody_one_sms_whenever_the_worker_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("yanbao.application.handling.reminding.CHUNK", 2)
    world = with_problems(*(issued_as(number) for number in range(5)))
    before = len(world.system.sms.sent)
    monkeypatch.setattr(world.system.doorbell, "ring", lambda topic: world.send())
    assert world.remind(NOW + 2 * HOUR) == 5
    assert world.after(WHOLE_RUN - SECOND).send() == []
    own, below = about(5, late=True), about(5, late=True, to=COUNTY_DUTY)
    assert sorted(world.after(SECOND).send()) == sorted([(RESPONSIBLE.name, own), (COUNTY_DUTY.name, below)])
    assert len(world.system.sms.sent) == before + 2
    assert sorted(sms.state.value for sms in reminding(world)) == ["ACCEPTED", "DROPPED", "DROPPED"]


def test_a_run_of_one_transaction_sends_at_once() -> None:
    world = with_problems(*(issued_as(number) for number in range(5)))
    world.remind(NOW + HOUR)
    assert world.send() == [(RESPONSIBLE.name, about(5))]


# ---------------------------------------------------------------- several runs


def night() -> Rectification:
    """Issued in the evening, and overdue one after the other in the quiet hours: each run has queued what it found."""
    world = a_rectification()
    for number in range(3):
        at = clock("20:30") + timedelta(minutes=10 * number)
        world.system.clock.moment = at
        world.keep(issued_as(number, at=at)).send()
    for step in range(12):
        world.remind(clock("21:00") + timedelta(minutes=10 * step))
        assert world.send() == []
    return world


def test_what_the_runs_of_a_night_have_queued_is_one_sms_at_eight() -> None:
    world = night().at("08:00", TOMORROW)
    own, below = about(3, late=True), about(3, late=True, to=COUNTY_DUTY)
    assert sorted(world.send()) == sorted([(RESPONSIBLE.name, own), (COUNTY_DUTY.name, below)])
    overtaken = [(SmsState.DROPPED, NOT_OWED)] * 5
    assert [(sms.state, sms.note) for sms in reminding(world)] == [
        *overtaken,
        (SmsState.ACCEPTED, ""),
        (SmsState.DROPPED, MERGED),
        (SmsState.DROPPED, MERGED),
    ]
    assert world.after(HOUR).send() == []


def test_nothing_is_merged_while_it_is_put_off() -> None:
    world = night()
    assert {sms.state for sms in reminding(world)} == {SmsState.QUEUED}
    assert max(sizes(world)) == 2, "as its run has written it"
    assert world.system.readers.exchange.overdue(Topic.SMS, world.system.clock.moment) == 0, "each is put off"


def test_a_merged_one_says_where_it_has_gone_and_the_other_has_all_of_it() -> None:
    world = reminded("一", "二", "三")
    marks = tuple(key for sms in reminding(world) for key in topic_of(sms).marks)
    assert world.send() == [(RESPONSIBLE.name, about(3))]
    first, second, third = reminding(world)
    for sms in (second, third):
        assert (sms.state, sms.note, sms.text) == (SmsState.DROPPED, MERGED, None)
        duty = duty_of(world, sms)
        assert (duty.state, duty.answer_code, duty.answer) == (DutyState.DROPPED, "MERGED", MERGED)
        assert sms.changed_at == duty.settled_at == world.system.clock.moment
    assert (first.state, duty_of(world, first).state) == (SmsState.ACCEPTED, DutyState.DONE)
    assert topic_of(first).problem_ids == tuple(issued_as(name).id for name in ("一", "二", "三"))
    assert topic_of(first).marks == marks


def test_only_what_is_still_owed_is_said_of_what_was_merged() -> None:
    world = reminded("一", "二")
    world.do(ProblemAction.ACKNOWLEDGE, HEAD, issued_as("二").id)
    ((who, text),) = world.send()
    assert who == RESPONSIBLE.name and text.endswith(
        f"应于{month_day(TODAY)}10:31前签收，时限已过50%，请尽快办理。"
    )


def test_the_longest_due_is_named_first_whichever_run_has_told_of_it() -> None:
    world = a_rectification()
    half_gone(world, "二", to=replace(TO_THE_FACTORY, name="乙厂"))
    half_gone(world, "一", 80 * MINUTE, to=replace(TO_THE_FACTORY, name="甲厂"))
    assert world.send() == [(RESPONSIBLE.name, "2项问题待办理，请登录系统办理：甲厂、乙厂。")]


def test_where_nothing_is_owed_of_the_oldest_the_next_one_takes_in_the_others() -> None:
    world = reminded("一", "二", "三")
    world.do(ProblemAction.ACKNOWLEDGE, HEAD, issued_as("一").id)
    assert world.send() == [(RESPONSIBLE.name, about(2))]
    assert [sms.note for sms in reminding(world)] == [NOT_OWED, "", MERGED]


def test_what_waits_for_another_number_stays_as_it_is() -> None:
    world = reminded("一")
    world.settle(replace(RESPONSIBLE, phone=Phone("13900000001")))
    half_gone(world, "二")
    send_texts(world.system.app.texts)
    assert sorted(sms.phone for sms in world.system.sms.sent) == sorted(
        [RESPONSIBLE.phone.text, "13900000001"]
    )
    assert sizes(world) == [1, 1]


# ---------------------------------------------------------------- when the sending fails


@pytest.mark.parametrize("failure", [Unreachable(), Refuse("SystemBusy")])
def test_what_was_merged_is_kept_while_nothing_goes_out_and_what_comes_meanwhile_joins_it(
    failure: Unreachable | Refuse,
) -> None:
    world = reminded("一", "二")
    world.system.sms.then(failure)
    assert world.send() == []
    assert [sms.state for sms in reminding(world)] == [SmsState.QUEUED, SmsState.DROPPED]
    assert sizes(world) == [2, 1]
    half_gone(world, "三")
    assert world.send() == [(RESPONSIBLE.name, about(3))]
    assert world.after(HOUR / 2).send() == []


@pytest.mark.parametrize("sent", [False, True])
def test_a_text_that_the_gateway_may_have_never_grows(sent: bool) -> None:
    world = reminded("一")
    world.system.sms.then(LoseAnswer(sent=sent))
    world.send()
    half_gone(world, "二")
    assert len(world.send()) == 1
    assert [sms.state for sms in reminding(world)] == [SmsState.UNKNOWN, SmsState.ACCEPTED]
    world.after(UNKNOWN_WAIT).send()
    assert [sms.state for sms in reminding(world)] == [SmsState.ACCEPTED] * 2
    assert sizes(world) == [1, 1]
    assert len(world.system.sms.sent) == 2


def test_what_somebody_else_has_merged_meanwhile_is_not_lost_by_a_slow_worker_that_fails() -> None:
    world = reminded("一")

    class Slow(TwinSms):
        def send(self, sms):  # type: ignore[no-untyped-def]
            world.after(LEASE)
            half_gone(world, "二")
            with world.system.storage.work(SYSTEM) as work:
                (claim,) = work.outbox.claim(Topic.SMS, now=world.system.clock.moment, limit=1, lease=LEASE)
                found = work.texts.find(claim.duty.id)
                assert found is not None
                whole.append(merged(work, claim.duty, found, world.system.clock.moment))
                work.commit()
            raise SmsNotSent("not reached")

    whole: list[Sms] = []
    sender_with(world, Slow()).send_due()
    assert sizes(world) == [2, 1]
    assert topic_of(reminding(world)[0]) == topic_of(whole[0])


class Mortal(TwinSms):
    """The worker dies on its first calls."""

    def __init__(self, deaths: int) -> None:
        super().__init__()
        self.deaths = deaths

    def send(self, sms):  # type: ignore[no-untyped-def]
        if self.deaths:
            self.deaths -= 1
            raise KeyboardInterrupt
        return super().send(sms)


def dies(world: Rectification, gateway: Mortal) -> Texts:
    """A worker with this gateway, after it has died as often as it should; its last lease has run out."""
    sender = sender_with(world, gateway)
    while gateway.deaths:
        with pytest.raises(KeyboardInterrupt):
            sender.send_due()
        world.after(LEASE)
    return sender


def test_a_crash_between_merging_and_sending_loses_nothing() -> None:
    world = reminded("一", "二")
    gateway = Mortal(1)
    sender = dies(world, gateway)
    half_gone(world, "三")
    assert sender.send_due() == 1
    assert [sms.text for sms in gateway.sent] == [about(2)], "it may have been sent: it grows no more"
    assert sender.send_due() == 1 and sender.send_due() == 0
    assert f"应于{month_day(TODAY)}10:35前签收" in gateway.sent[1].text


def test_one_that_breaks_its_sender_breaks_itself_only(monkeypatch: pytest.MonkeyPatch) -> None:
    world = reminded("毒", "二", "三")
    poison, healthy = issued_as("毒").id, MemoryProblems.find_all

    def fragile(problems, ids):  # type: ignore[no-untyped-def]
        assert poison not in ids
        return healthy(problems, ids)

    monkeypatch.setattr(MemoryProblems, "find_all", fragile)
    sent: list[tuple[str, str]] = []
    for _ in range(5):
        sent += world.send()
        world.after(LEASE)
    assert sent == [(RESPONSIBLE.name, about(2))]
    assert [duty_of(world, sms).state.value for sms in reminding(world)] == ["PARKED", "DONE", "DROPPED"]


def test_one_that_was_refused_and_is_to_be_sent_again_neither_grows_nor_is_taken_in() -> None:
    world = reminded("一")
    world.system.sms.then(Refuse("InvalidMobile"))
    assert world.send() == []
    half_gone(world, "二")
    with world.system.storage.work(SYSTEM) as work:
        assert work.outbox.revive([reminding(world)[0].id], due_at=world.system.clock.moment) == 1
        work.commit()
    assert len(world.send()) == 2
    assert sizes(world) == [1, 1]


def test_one_that_is_parked_and_is_to_be_sent_again_does_not_take_in_what_the_gateway_may_have() -> None:
    world = reminded("一")
    dies(world, Mortal(3))
    world.system.sms.then(LoseAnswer(sent=True))
    half_gone(world, "二")
    assert len(world.send()) == 1, "the first is parked, and out of the way"
    parked, unknown = reminding(world)
    assert (parked.state, unknown.state) == (SmsState.QUEUED, SmsState.UNKNOWN)
    assert duty_of(world, parked).state is DutyState.PARKED
    with world.system.storage.work(SYSTEM) as work:
        assert work.outbox.revive([parked.id], due_at=world.system.clock.moment) == 1
        work.commit()
    assert len(world.send()) == 1
    assert [sms.state for sms in reminding(world)] == [SmsState.ACCEPTED, SmsState.UNKNOWN]
    world.after(UNKNOWN_WAIT).send()
    assert [sms.state for sms in reminding(world)] == [SmsState.ACCEPTED] * 2
    assert sizes(world) == [1, 1]


# ---------------------------------------------------------------- the daily cap


def test_merged_sms_count_once_for_the_daily_cap() -> None:
    world = reminded("一", "二", "三").settle(a_setting(key=SettingKey.SMS_DAILY_CAP, value="2"))
    world.after(2 * SECOND)
    assert world.send() == [(RESPONSIBLE.name, about(3))]
    half_gone(world, "四")
    assert len(world.send()) == 1
    half_gone(world, "五")
    assert world.send() == []


def test_what_the_cap_stops_says_so_and_takes_in_nothing() -> None:
    world = reminded("一").settle(a_setting(key=SettingKey.SMS_DAILY_CAP, value="1"))
    world.after(2 * SECOND).send()
    half_gone(world, "二")
    half_gone(world, "三")
    assert world.send() == []
    capped = "该号码当日短信已达上限1条，应用消息已写入"
    assert [sms.note for sms in reminding(world)] == ["", capped, capped]
    assert sizes(world) == [1, 1, 1]
