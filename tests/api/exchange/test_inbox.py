"""What the ministry has sent, as the province's people see it, put it right, and look at its health."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from ...support.asking import TODAY, World, a_world, id_of, pages, region_id
from ...support.inbound import a_delivery, a_warning
from .inboxing import GARBLED, UNKNOWN, garbled, received

ASSIGN = """mutation($id: ID!, $enterprise: ID, $region: ID, $key: String) {
    assignInboxRecord(id: $id, enterpriseId: $enterprise, regionId: $region, clientMutationKey: $key) @ }"""
ASSIGNED = "... on InboxRecordAssigned { record { id state enterprise { name } } }"
REPROCESS = """mutation($ids: [ID!]!, $key: String) {
    reprocessInboxRecords(ids: $ids, clientMutationKey: $key) @ }"""
REPROCESSED = "... on Reprocessed { count unreadable }"
RECORD = """id kind ministryNumber version companyCode areaCode receivedAt state fault sentence settledAt
    message { id messageNumber } subjectId subject { __typename id } enterprise { name } region { name }"""
RAW = "query($id: ID!) { rawMessage(id: $id) { headers { name value } text base64 } }"


@pytest.fixture
def world() -> World:
    return a_world()


def records(world: World, where: str = "{}") -> list[dict[str, Any]]:
    return list(pages(world("province-duty"), "inboxRecords", RECORD, first=2, arguments=f"where: {where}"))


def test_a_quarantined_record_is_seen_assigned_and_leads_to_its_alert(world: World) -> None:
    message, record = received(world, version=20261124093000)
    (seen,) = records(world)
    assert seen == seen | {
        "id": record,
        "kind": "WARNING",
        "ministryNumber": "Q-1",
        "version": "20261124093000",
        "companyCode": UNKNOWN.credit_code.text,
        "state": "QUARANTINED",
        "fault": "UNKNOWN_ENTERPRISE",
        "sentence": f"企业{UNKNOWN.credit_code.text}不在档案中",
        "message": {"id": message, "messageNumber": "M-1"},
        "subjectId": None,
        "subject": None,
        "settledAt": None,
    }
    answer = world("province-duty").change(ASSIGN, ASSIGNED, id=record, enterprise=id_of(world.red))
    assert answer["record"] == {"id": record, "state": "PENDING", "enterprise": {"name": world.red.name}}
    world.system.app.inbound.take_due()
    (after,) = records(world)
    assert (after["state"], after["subject"]["__typename"]) == ("APPLIED", "Alert")
    found = world("enterprise-head").ask("{ alerts(where: {}, first: 5) { nodes { id ministryNumber } } }")
    assert found["alerts"]["nodes"] == [{"id": after["subjectId"], "ministryNumber": "Q-1"}]


def test_records_and_messages_are_searched(world: World) -> None:
    for number in (1, 2, 3):
        received(world, number)
    garbled(world)
    assert len(records(world)) == 3
    message = records(world, '{text: "q-2"}')[0]["message"]["id"]
    assert [row["ministryNumber"] for row in records(world, f'{{messageId: "{message}"}}')] == ["Q-2"]
    days = f'firstDay: "{TODAY}", lastDay: "{TODAY}"'
    where = f"{{kinds: [WARNING], states: [QUARANTINED], faults: [UNKNOWN_ENTERPRISE], {days}}}"
    assert len(records(world, where)) == 3
    assert records(world, "{states: [APPLIED]}") == []
    found = world("province-head").ask(
        """{ inboxMessages(first: 5, where: {outcomes: [UNREADABLE], kinds: [WARNING]})
            { totalCount nodes { outcome messageNumber size digest unreadable kind receivedAt } } }"""
    )["inboxMessages"]
    (unread,) = found["nodes"]
    assert (found["totalCount"], unread["messageNumber"], unread["size"]) == (1, None, len(GARBLED) + 1)
    assert unread["unreadable"].startswith("not JSON of ours") and len(unread["digest"]) == 64
    listed = world("province-head").ask('{ inboxMessages(first: 5, where: {text: "m-3"}) { totalCount } }')
    assert listed["inboxMessages"]["totalCount"] == 1


def test_the_raw_message_is_shown_byte_by_byte_and_audited(world: World) -> None:
    id = garbled(world)
    raw = world("province-duty").ask(RAW, id=id)["rawMessage"]
    assert raw["headers"] == [{"name": "x-nonce", "value": "g"}]
    assert raw["text"] == "\ufffd not JSON1"
    assert base64.b64decode(raw["base64"]) == GARBLED + b"1"
    trail = world("audit-admin").ask("{ auditEntries(first: 50) { nodes { action actorName subject } } }")
    assert "RawMessageRead" in [node["action"] for node in trail["auditEntries"]["nodes"]]
    for username in ("province-head", "province-duty"):
        assert world(username).ask(RAW, id=id)["rawMessage"]["text"]
    for username in ("city-head", "county-duty", "enterprise-head", "system-admin", "audit-admin"):
        assert world(username).error(RAW, id=id)["code"] == "FORBIDDEN"
    for wrong in ("x", received(world)[1], id_of(world.red)):
        assert world("province-duty").error(RAW, id=wrong)["code"] == "NOT_FOUND"


def test_what_waits_is_processed_again_once_for_each_key(world: World) -> None:
    record, message = received(world)[1], garbled(world)
    for _ in range(2):
        answer = world("province-head").change(REPROCESS, REPROCESSED, ids=[record, message], key="again-01")
        assert (answer["count"], answer["unreadable"]) == (1, 1)
    for ids in (["x"], [id_of(world.red)], [received(world)[0]]):
        assert world("province-head").refusal(REPROCESS, ids=ids)[::2] == ("NOT_FOUND", "ids")
    assert world("province-head").refusal(REPROCESS, ids=[])[::2] == ("BAD_USER_INPUT", "ids")


@pytest.mark.parametrize(
    ("to", "code", "field"),
    [
        ({}, "BAD_USER_INPUT", "enterpriseId"),
        ({"region": region_id("610526")}, "BAD_USER_INPUT", "enterpriseId"),
        ({"enterprise": "x"}, "NOT_FOUND", "enterpriseId"),
        ({"enterprise": region_id("610526")}, "NOT_FOUND", "enterpriseId"),
        ({"region": "x"}, "NOT_FOUND", "regionId"),
        ({"id": "x"}, "NOT_FOUND", "id"),
    ],
)
def test_an_assignment_that_does_not_fit_is_refused(world: World, to: Any, code: str, field: str) -> None:
    given = {"id": received(world)[1]} | to
    assert world("province-duty").refusal(ASSIGN, **given)[::2] == (code, field)


def test_who_may_not_is_refused(world: World) -> None:
    record = received(world)[1]
    for username in ("city-head", "county-duty", "enterprise-head", "system-admin"):
        somebody = world(username)
        assert somebody.refusal(ASSIGN, id=record, enterprise=id_of(world.red))[0] == "FORBIDDEN"
        assert somebody.refusal(REPROCESS, ids=[record])[0] == "FORBIDDEN"
        assert somebody.error("{ inboxRecords(first: 1) { nodes { id } } }")["code"] == "FORBIDDEN"
    assert [one.state.value for one in world.state.inbox_records.values()] == ["QUARANTINED"]


HEALTH = """{ exchangeHealth { at colour sentence
    topics { topic lastSuccessAt due dueSince parked refused }
    inbox { lastReceivedAt pending quarantined unreadable } } }"""


def test_the_health_of_the_exchange_is_counts_a_colour_and_a_sentence(world: World) -> None:
    before = world("system-admin").ask(HEALTH)["exchangeHealth"]
    assert (before["colour"], before["sentence"]) == ("GREEN", "与部级平台和短信网关的交换正常。")
    received(world)
    world.system.app.inbound.receive([a_delivery(a_warning(of=world.red), id="M-9", nonce="n-9")])
    world.system.app.inbound.take_due()
    health = world("province-duty").ask(HEALTH)["exchangeHealth"]
    assert (health["colour"], health["sentence"]) == ("YELLOW", "收到的记录有1条待人工处置。")
    assert health["inbox"] == health["inbox"] | {"pending": 0, "quarantined": 1, "unreadable": 0}
    (inbound,) = [row for row in health["topics"] if row["topic"] == "MINISTRY_INBOUND"]
    assert inbound["lastSuccessAt"] is not None and inbound["due"] == 0
    for username in ("city-head", "enterprise-head", "audit-admin"):
        assert world(username).error(HEALTH)["code"] == "FORBIDDEN"


def test_the_alarm_leads_to_what_it_is_about(world: World) -> None:
    record, message = received(world)[1], garbled(world)
    found = world("province-duty").ask(
        "{ viewer { messages(first: 20) { nodes { kind subjectId subject { __typename id } } } } }"
    )["viewer"]["messages"]["nodes"]
    alarms = {node["subjectId"]: node["subject"] for node in found if node["kind"] == "EXCHANGE_ALARM"}
    assert alarms == {
        record: {"__typename": "InboxRecord", "id": record},
        message: {"__typename": "InboxMessage", "id": message},
    }
