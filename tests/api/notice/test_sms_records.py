"""An SMS record says what it is about and whom it went to, and is found by state, stage and person."""

from __future__ import annotations

from typing import Any

from ...support.asking import a_world, id_of, pages
from ...support.system import send_texts
from ..problem.issuing import to_the_factory

SCENE = a_world()
PROBLEM = to_the_factory(SCENE)
SCENE.at("10:00")
SCENE.system.app.commitment_reminders.remind(SCENE.now)
send_texts(SCENE.system.app.texts)
SUBJECT = """id kind kinds stage stages state receiverName receiver { id phone } enterprises { id name }
    problems { id description } shutdownPeriods { id } handedOverAt"""


def records_of_the_head(kind: str) -> list[dict[str, Any]]:
    head = next(
        p
        for p in SCENE.state.people.values()
        if p.enterprise_id == SCENE.red.id and p.role.value == "ENTERPRISE_HEAD"
    )
    where = f'where: {{personId: "{id_of(head)}", kinds: [{kind}]}}'
    found = list(pages(SCENE("county-duty"), "smsRecords", SUBJECT, first=10, arguments=where))
    assert all(record["receiver"]["id"] == id_of(head) for record in found)
    return found


def test_a_reminder_leads_to_the_enterprises_that_had_not_reported() -> None:
    found = records_of_the_head("COMMITMENT_UNREPORTED")
    assert [record["kinds"] for record in found if record["state"] == "ACCEPTED"] == [
        ["PROBLEM_ISSUED", "COMMITMENT_UNREPORTED"]
    ], "the one into which it was merged is found by it, too"
    (record,) = (record for record in found if record["kind"] == "COMMITMENT_UNREPORTED")
    assert (record["kinds"], record["stages"]) == (["COMMITMENT_UNREPORTED"], [1])
    assert record["enterprises"] == [{"id": id_of(SCENE.red), "name": SCENE.red.name}]
    assert record["problems"] == record["shutdownPeriods"] == []
    assert (record["state"], record["handedOverAt"]) == ("DROPPED", None), "it went out with the problem"
    node = SCENE("county-duty").ask("query($id: ID!) { node(id: $id) { __typename id } }", id=record["id"])
    assert node["node"] == {"__typename": "SmsRecord", "id": record["id"]}


def test_a_merged_sms_leads_to_everything_that_it_is_about() -> None:
    (record,) = records_of_the_head("PROBLEM_ISSUED")
    assert (record["kind"], record["stage"], record["stages"]) == ("PROBLEM_ISSUED", None, [1])
    assert [problem["id"] for problem in record["problems"]] == [PROBLEM]
    assert [enterprise["id"] for enterprise in record["enterprises"]] == [id_of(SCENE.red)]
    assert record["state"] == "ACCEPTED" and record["handedOverAt"].startswith(f"{SCENE.today}T10:00")


def test_records_are_found_and_counted_by_state_and_stage() -> None:
    who = SCENE("province-duty")
    everything = list(pages(who, "smsRecords", "state stages", first=20))
    for where, kept in (
        ("{states: [ACCEPTED]}", [r for r in everything if r["state"] == "ACCEPTED"]),
        ("{stage: 1}", [r for r in everything if 1 in r["stages"]]),
        ("{stage: 2}", []),
        (f'{{enterpriseId: "{id_of(SCENE.red)}"}}', None),
    ):
        answer = who.ask(
            f"{{ smsRecords(first: 100, where: {where}) {{ totalCount nodes {{ state stages }} }} }}"
        )
        found = answer["smsRecords"]
        assert found["totalCount"] == len(found["nodes"])
        if kept is not None:
            assert found["nodes"] == kept
