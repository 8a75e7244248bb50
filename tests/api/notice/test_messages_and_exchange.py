"""The message centre, the SMS record, the exchange ledger with sending again, the schedule and the audit trail."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from yanbao.adapters.sms.twin import Refuse

from ...support.asking import REOPEN, TODAY, World, a_world, commitment_of, id_of, pages, region_id, unknown
from ...support.dates import in_days
from ...support.system import send_texts
from ..problem.issuing import to_the_factory

MESSAGES = "id kind title body createdAt readAt subjectId"
READ = "mutation($ids: [ID!]) { markMessagesRead(ids: $ids) @ }"
COUNTS = "... on MessagesRead { count unreadCount }"
RESEND = "mutation($ids: [ID!]!, $key: String) { resendDeadLetters(ids: $ids, clientMutationKey: $key) @ }"
RESENT = "... on Resent { count }"


@pytest.fixture
def reminded() -> World:
    """Noon: nobody has reported, both stages of reminders have run."""
    world = a_world()
    for text in ("10:00", "12:00"):
        world.at(text).system.app.commitment_reminders.remind(world.now)
    return world


@pytest.fixture
def pushed() -> World:
    """Three have reported, one of them was refused by the ministry for good."""
    world = a_world()
    for number in (0, 1, 5):
        world.submit(world.enterprises[number])
    world.system.ministry.refuse(
        [world.red.credit_code.text], code="R103", sentence="企业编码未备案", times=1
    )
    world.at("12:00").system.app.pushes.push_due()
    return world


def messages(world: World, username: str, arguments: str = "") -> list[dict[str, Any]]:
    found = world(username).ask(
        f"{{ viewer {{ messages(first: 50 {arguments}) {{ nodes {{ {MESSAGES} }} }} }} }}"
    )
    nodes: list[dict[str, Any]] = found["viewer"]["messages"]["nodes"]
    return nodes


def unread(world: World, username: str) -> int:
    return int(world(username).ask("{ viewer { unreadCount } }")["viewer"]["unreadCount"])


# ---------------------------------------------------------------- the message centre


def test_a_head_finds_the_reminders_newest_first_with_what_they_are_about(reminded: World) -> None:
    second, first = messages(reminded, "enterprise-head")
    assert (first["createdAt"], second["createdAt"]) == (
        f"{TODAY}T10:00:00+08:00",
        f"{TODAY}T12:00:00+08:00",
    )
    assert first["kind"] == "COMMITMENT_UNREPORTED" and first["readAt"] is None
    assert first["subjectId"] == commitment_of(reminded.red)
    assert reminded.red.name in first["body"]


def test_a_duty_persons_message_is_about_the_region(reminded: World) -> None:
    newest = messages(reminded, "county-duty")[0]
    assert (newest["kind"], newest["subjectId"]) == ("COMMITMENT_ESCALATED", region_id("610526"))


def test_a_citys_duty_person_gets_one_message_and_one_sms_for_all_its_counties(reminded: World) -> None:
    (message,) = messages(reminded, "city-duty")
    assert (message["kind"], message["subjectId"]) == ("COMMITMENT_ESCALATED", region_id("610500"))
    query = f'{{ smsRecords(where: {{businessDate: "{TODAY}"}}, first: 100) {{ nodes {{ stage receiverName }} }} }}'
    records = reminded("city-duty").ask(query)["smsRecords"]["nodes"]
    name = reminded("city-duty").ask("{ viewer { name } }")["viewer"]["name"]
    assert [record["stage"] for record in records if record["receiverName"] == name] == [2]


def test_unread_ones_are_counted_marked_and_then_no_longer_unread(reminded: World) -> None:
    head = reminded("enterprise-head")
    assert unread(reminded, "enterprise-head") == 2
    newest = messages(reminded, "enterprise-head")[0]
    assert head.change(READ, COUNTS, ids=[newest["id"]]) == {
        "__typename": "MessagesRead",
        "count": 1,
        "unreadCount": 1,
    }
    (left,) = messages(reminded, "enterprise-head", "unreadOnly: true")
    assert left["id"] != newest["id"]
    assert messages(reminded, "enterprise-head")[0]["readAt"] == f"{TODAY}T12:00:00+08:00"
    assert head.change(READ, COUNTS, ids=[newest["id"]])["count"] == 0, "reading twice is reading once"


def test_without_ids_all_are_marked_and_with_none_none(reminded: World) -> None:
    head = reminded("enterprise-head")
    assert head.change(READ, COUNTS, ids=[])["count"] == 0
    assert head.change(READ, COUNTS)["count"] == 2
    assert unread(reminded, "enterprise-head") == 0


def test_nobody_marks_or_sees_the_messages_of_others(reminded: World) -> None:
    foreign = [m["id"] for m in messages(reminded, "enterprise-head")]
    county = reminded("county-duty")
    assert county.change(READ, COUNTS, ids=foreign)["count"] == 0
    assert unread(reminded, "enterprise-head") == 2
    assert not {m["id"] for m in messages(reminded, "county-duty")} & set(foreign)
    assert unread(reminded, "enterprise-manager") == 0 and messages(reminded, "enterprise-manager") == []


@pytest.mark.parametrize("broken", ["x", "", unknown("Person")])
def test_what_is_no_message_is_not_found_and_marks_nothing(reminded: World, broken: str) -> None:
    mine = messages(reminded, "enterprise-head")[0]["id"]
    code, _, field = reminded("enterprise-head").refusal(READ, ids=[mine, broken])
    assert (code, field) == ("NOT_FOUND", "ids")
    assert unread(reminded, "enterprise-head") == 2


def test_the_message_centre_has_pages(reminded: World) -> None:
    query = """query($after: String) { viewer { messages(first: 1, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } } }"""
    seen, after = [], None
    for _ in range(2):
        page = reminded("enterprise-head").ask(query, after=after)["viewer"]["messages"]
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert len(set(seen)) == 2 and page["pageInfo"]["hasNextPage"] is False
    for first in (0, 101):
        error = reminded("enterprise-head").error(
            f"{{ viewer {{ messages(first: {first}) {{ totalCount }} }} }}"
        )
        assert (error["code"], error["field"]) == ("BAD_USER_INPUT", "first")


def test_a_reopening_reaches_the_head_with_its_reason() -> None:
    world = a_world()
    world.submit(world.red)
    world.at("11:00")("county-duty").change(REOPEN, id=commitment_of(world.red), reason="在岗人数有误")
    (message,) = messages(world, "enterprise-head")
    assert message["kind"] == "COMMITMENT_REOPENED" and "在岗人数有误" in message["body"]


# ---------------------------------------------------------------- the SMS record


def test_the_record_says_what_became_of_every_sms(reminded: World) -> None:
    reminded.system.sms.then(Refuse("InvalidMobile"))
    send_texts(reminded.system.app.texts)
    found = list(
        pages(reminded("province-duty"), "smsRecords", "state text note stage businessDate", first=50)
    )
    assert {"ACCEPTED", "FAILED"} <= {sms["state"] for sms in found}
    assert all(sms["text"] for sms in found if sms["state"] == "ACCEPTED")
    assert {sms["stage"] for sms in found} == {1, 2} and {sms["businessDate"] for sms in found} == {
        f"{TODAY}"
    }
    counts = reminded("province-duty").ask(f'{{ smsCounts(businessDate: "{TODAY}") {{ state count }} }}')
    total = len(reminded.state.texts)
    assert sum(count["count"] for count in counts["smsCounts"]) == total == len(found)


def test_a_reminder_that_was_merged_into_another_is_cancelled_and_says_so() -> None:
    world = a_world()
    for number, minute in ((1, "09:00"), (2, "09:10")):
        to_the_factory(world.at(minute), number)
    send_texts(world.system.app.texts)
    for minute in ("10:00", "10:10"):
        world.at(minute).system.app.problem_reminders.remind()
    send_texts(world.system.app.texts)
    records = list(pages(world("enterprise-head"), "smsRecords", "state text note createdAt", first=50))
    merged, whole = records[:2]
    assert (merged["state"], merged["text"], merged["note"]) == (
        "DROPPED",
        None,
        "已并入同一人的另一条短信",
    )
    assert (whole["state"], whole["note"]) == ("ACCEPTED", "")
    assert whole["text"].startswith("2项问题待办理，") and whole["createdAt"] < merged["createdAt"]


def test_sms_of_another_day_are_asked_for_by_their_day(reminded: World) -> None:
    query = f'where: {{businessDate: "{TODAY - timedelta(days=1)}"}}'
    assert list(pages(reminded("province-duty"), "smsRecords", "state", first=50, arguments=query)) == []


@pytest.mark.parametrize("username", ["city-duty", "county-duty", "enterprise-head"])
def test_the_provinces_counts_are_the_provinces(reminded: World, username: str) -> None:
    error = reminded(username).error(f'{{ smsCounts(businessDate: "{TODAY}") {{ count }} }}')
    assert error["code"] == "FORBIDDEN"


# ---------------------------------------------------------------- the exchange ledger

ENTRY = """id topic revision businessDate state attempts answerCode answer messageId createdAt dueAt sentAt settledAt
    enterpriseName creditCode regionName"""


def entries(world: World, where: str = "{}") -> list[dict[str, Any]]:
    return list(
        pages(world("province-duty"), "exchangeEntries", ENTRY, first=50, arguments=f"where: {where}")
    )


def test_the_ledger_says_what_was_sent_when_and_what_the_answer_was(pushed: World) -> None:
    found = entries(pushed, "{topic: MINISTRY_COMMITMENT}")
    assert len(found) == 3
    (refused,) = [entry for entry in found if entry["state"] == "REFUSED"]
    assert (refused["answerCode"], refused["answer"]) == ("R103", "企业编码未备案")
    assert (refused["enterpriseName"], refused["creditCode"]) == (
        pushed.red.name,
        pushed.red.credit_code.text,
    )
    for entry in found:
        assert entry["dueAt"] == entry["sentAt"] == f"{TODAY}T12:00:00+08:00"
        assert (entry["attempts"], entry["revision"]) == (1, 1) and entry["messageId"]


def test_the_ledger_is_filtered_by_state_and_day(pushed: World) -> None:
    assert len(entries(pushed, "{states: [DONE]}")) == 2
    assert len(entries(pushed, "{states: [DONE, REFUSED]}")) == 3
    assert entries(pushed, "{states: [PENDING]}") == []
    assert entries(pushed, f'{{businessDate: "{TODAY - timedelta(days=1)}"}}') == []
    assert entries(pushed, "{topic: SMS}") == []


def test_the_calls_and_counts_agree_with_the_entries(pushed: World) -> None:
    duty = pushed("province-duty")
    (call,) = duty.ask(
        "{ exchangeAttempts(first: 9) { nodes { sent accepted refused httpStatus code topic } } }"
    )["exchangeAttempts"]["nodes"]
    assert call == {
        "sent": 3,
        "accepted": 2,
        "refused": 1,
        "httpStatus": 200,
        "code": "0",
        "topic": "MINISTRY_COMMITMENT",
    }
    query = f"""{{ exchangeCounts(topic: MINISTRY_COMMITMENT, firstDay: "{TODAY}", lastDay: "{TODAY}")
        {{ state count businessDate }} exchangeOverdue(topic: MINISTRY_COMMITMENT) }}"""
    found = duty.ask(query)
    assert {count["state"]: count["count"] for count in found["exchangeCounts"]} == {"DONE": 2, "REFUSED": 1}
    assert found["exchangeOverdue"] == 0


@pytest.mark.parametrize(
    ("first", "last", "sentence"),
    [
        (TODAY, TODAY - timedelta(days=1), f"结束日期{in_days(-1)}早于开始日期{TODAY}。"),
        (TODAY - timedelta(days=366), TODAY, "一次最多查询366天，现为367天。"),
    ],
)
def test_counts_are_asked_for_in_order_and_a_year_at_a_time(
    pushed: World, first: date, last: date, sentence: str
) -> None:
    query = f'{{ exchangeCounts(topic: SMS, firstDay: "{first}", lastDay: "{last}") {{ count }} }}'
    error = pushed("province-duty").error(query)
    assert (error["code"], error["field"], error["sentence"]) == ("BAD_USER_INPUT", "lastDay", sentence)


def test_what_is_due_and_not_through_is_overdue() -> None:
    world = a_world()
    world.submit(world.red)
    overdue = "{ exchangeOverdue(topic: MINISTRY_COMMITMENT) }"
    assert world("province-duty").ask(overdue) == {"exchangeOverdue": 0}
    assert world.at("12:00")("province-duty").ask(overdue) == {"exchangeOverdue": 1}


def dead(world: World) -> list[str]:
    return [entry["id"] for entry in entries(world, "{states: [REFUSED, PARKED]}")]


@pytest.mark.parametrize("username", ["province-duty", "province-head"])
def test_a_dead_letter_is_sent_again_when_told_to(pushed: World, username: str) -> None:
    assert pushed(username).change(RESEND, RESENT, ids=dead(pushed))["count"] == 1
    pushed.system.app.pushes.push_due()
    assert dead(pushed) == [] and len(pushed.system.ministry.current(TODAY)) == 3


@pytest.mark.parametrize(
    "username", ["province-inspector", "city-duty", "county-duty", "enterprise-head", "audit-admin"]
)
def test_nobody_else_sends_again(pushed: World, username: str) -> None:
    assert pushed(username).refusal(RESEND, ids=dead(pushed))[0] == "FORBIDDEN"
    assert len(dead(pushed)) == 1


def test_sending_again_twice_with_one_key_counts_once(pushed: World) -> None:
    ids = dead(pushed)
    duty = pushed("province-duty")
    assert duty.change(RESEND, RESENT, ids=ids, key="again-0001")["count"] == 1
    assert duty.change(RESEND, RESENT, ids=ids, key="again-0001")["count"] == 1
    assert duty.refusal(RESEND, ids=ids)[0] == "NOT_FOUND", "it is no dead letter any more"


def test_what_is_no_dead_letter_or_nothing_is_refused(pushed: World) -> None:
    done = [entry["id"] for entry in entries(pushed, "{states: [DONE]}")]
    duty = pushed("province-duty")
    for ids in (done, [*dead(pushed), *done], [unknown("ExchangeEntry")], ["x"], [id_of(pushed.red)]):
        code, _, field = duty.refusal(RESEND, ids=ids)
        assert (code, field) == ("NOT_FOUND", "ids")
    assert duty.refusal(RESEND, ids=[])[::2] == ("BAD_USER_INPUT", "ids")
    assert len(dead(pushed)) == 1


@pytest.mark.parametrize("username", ["city-head", "county-duty", "enterprise-head", "security-admin"])
def test_the_ledger_is_the_provinces(pushed: World, username: str) -> None:
    for query in ("exchangeEntries(first: 1)", "exchangeAttempts(first: 1)"):
        assert pushed(username).error(f"{{ {query} {{ totalCount }} }}")["code"] == "FORBIDDEN"


# ---------------------------------------------------------------- the schedule and the trail


def test_the_system_administrator_sees_what_the_schedule_owes_and_did() -> None:
    world = a_world()
    world.system.app.schedule.tick()
    found = list(
        pages(world("system-admin"), "scheduleSlots", "job slotAt state note attempts finishedAt", first=50)
    )
    (opened,) = [slot for slot in found if slot["job"] == "open-day"]
    assert (opened["slotAt"], opened["state"], opened["attempts"]) == (f"{TODAY}T00:00:00+08:00", "DONE", 1)
    assert "应报" in opened["note"]
    only = list(pages(world("system-admin"), "scheduleSlots", "job", first=50, arguments='job: "seal-audit"'))
    assert {slot["job"] for slot in only} == {"seal-audit"} and len(only) == 9
    for username in ("province-head", "security-admin", "audit-admin", "enterprise-head"):
        assert world(username).error("{ scheduleSlots(first: 1) { totalCount } }")["code"] == "FORBIDDEN"


def test_the_audit_administrator_and_nobody_else_reads_the_trail() -> None:
    world = a_world()
    world.submit(world.red)
    found = list(pages(world("audit-admin"), "auditEntries", "at actorName action subject", first=50))
    (report,) = [entry for entry in found if entry["action"] == "CommitmentReported"]
    assert (report["actorName"], report["at"]) == ("陈振峰", f"{TODAY}T08:30:00+08:00")
    for username in ("province-head", "system-admin", "security-admin", "county-duty", "enterprise-head"):
        assert world(username).error("{ auditEntries(first: 1) { totalCount } }")["code"] == "FORBIDDEN"


def test_the_trail_is_searched_by_action_subject_and_actor() -> None:
    world = a_world()
    world.submit(world.red)
    audit = world("audit-admin")

    def searched(text: str) -> set[str]:
        return {
            entry["action"]
            for entry in pages(audit, "auditEntries", "action", first=50, arguments=f'text: "{text}"')
        }

    assert searched("CommitmentReported") == {"CommitmentReported"}
    assert searched("陈振峰") == {"LoggedIn", "CommitmentReported"}
    assert searched("没有这样的人") == set()


@pytest.mark.parametrize(
    ("username", "field"), [("audit-admin", "auditEntries"), ("system-admin", "accounts")]
)
def test_what_is_searched_for_has_a_length_and_no_control_characters(username: str, field: str) -> None:
    world = a_world()
    for text in ("x" * 101, "a\x00b"):
        error = world(username).error(
            f"query($t: String) {{ {field}(first: 1, text: $t) {{ totalCount }} }}", t=text
        )
        assert (error["code"], error["field"]) == ("BAD_USER_INPUT", "text")
