"""The translation: every fact arrives in its field, and what does not fit is refused, never cut."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from yanbao.adapters.ministry.facts import Untranslatable
from yanbao.adapters.ministry.messages import (
    COMMITMENT_FACTS,
    canonical,
    commitment_record,
    digest,
    enquiry,
    envelope,
    message_id,
    prepare,
)
from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.adapters.ministry.signers import sm3
from yanbao.adapters.ministry.simulator.rules import RULES
from yanbao.application.ports.exchange import OutboundRecord

from .support import COMMITMENT, COMPANY, DAY, changed, facts, record

COMMITMENT_FIELDS = {
    fact: name for fact, (name,) in DEFAULT_PROFILE.outbound.records[COMMITMENT].fields.items()
}
ID = UUID("0a0b0c0d-0000-5000-8000-000000000001")


def translated(**changes: Any) -> dict[str, Any]:
    return commitment_record(ID, facts(**changes), DEFAULT_PROFILE)


def test_every_field_has_the_value_of_its_fact() -> None:
    assert translated() == {
        "id": str(ID),
        "version": 1,
        "deleted": "0",
        "companyCode": COMPANY,
        "areaCode": "610526",
        "commitDate": "20261124000000",
        "commitTime": "20261124090203",
        "commitStatus": "1",
        "firesNumber": 11,
        "fire1Number": 12,
        "fire2Number": 13,
        "electricityworkNumber": 14,
        "highworkNumber": 15,
        "spaceworkNumber": 16,
        "inspectionNumber": 17,
        "extPowderDisposalNumber": 18,
        "contractor": 19,
        "mHazards": "0",
        "riskGrade": "3",
        "commitment": "张三",
        "commitContent": "今日在产，各项安全措施已落实。",
        "extCompanyName": "蒲城示范花炮有限公司",
        "extCompanyType": "1",
        "extLocalAreaCode": "610526",
        "extOrigin": "1",
        "extLate": "0",
        "extStopReason": None,
    }


OTHER_VALUES = {
    "credit_code": "91610500MA6Y000002",
    "enterprise_name": "乙公司",
    "enterprise_kind": "WHOLESALE",
    "region_code": "610102",
    "business_date": "2026-11-25",
    "reported_at": "2026-11-24T23:59:59+08:00",
    "revision": 2,
    "origin": "AUTO",
    "late": True,
    "status": "STOPPED",
    "stop_reason": "HOLIDAY",
    "hazardous_work": dict.fromkeys(facts()["hazardous_work"], 99),
    "major_hazard": True,
    "risk_grade": 1,
    "promiser": "李四",
    "text": "今日停产。",
    "deleted": True,
}


def test_the_facts_are_exactly_the_agreed_ones() -> None:
    assert set(facts()) == COMMITMENT_FACTS == set(OTHER_VALUES)


@pytest.mark.parametrize("name", sorted(set(OTHER_VALUES) - {"hazardous_work", "region_code"}))
def test_every_fact_changes_its_own_field_and_no_other(name: str) -> None:
    before, after = translated(), translated(**{name: OTHER_VALUES[name]})
    assert {key for key in before if before[key] != after[key]} == {COMMITMENT_FIELDS[name]}


@pytest.mark.parametrize("name", sorted(facts()["hazardous_work"]))
def test_every_count_of_hazardous_work_has_its_own_field(name: str) -> None:
    before = translated()
    after = translated(hazardous_work={**facts()["hazardous_work"], name: 0})
    assert {key for key in before if before[key] != after[key]} == {
        COMMITMENT_FIELDS[f"hazardous_work.{name}"]
    }


def test_no_two_facts_share_a_field_and_all_of_them_are_sent() -> None:
    assert len(set(COMMITMENT_FIELDS.values())) == len(COMMITMENT_FIELDS)
    assert set(translated()) == set(COMMITMENT_FIELDS.values())


UNSTATED = {"hazardous_work": None, "major_hazard": None, "risk_grade": None}


def test_what_an_automatic_report_does_not_state_is_sent_as_the_profile_says() -> None:
    sent = translated(origin="AUTO", status="STOPPED", stop_reason="HOLIDAY", **UNSTATED)
    works = {field for name, field in COMMITMENT_FIELDS.items() if name.startswith("hazardous_work.")}
    assert (sent["extOrigin"], sent["riskGrade"], sent["mHazards"]) == ("2", "4", "0")
    assert {sent[field] for field in works} == {0}
    assert RULES[COMMITMENT].verdict(sent) is None
    other = changed(outbound__unstated={"risk_grade": "1", "major_hazard": "true", "hazardous_work": "0"})
    sent = commitment_record(ID, facts(origin="AUTO", **UNSTATED), other)
    assert (sent["riskGrade"], sent["mHazards"]) == ("1", "1")
    stated = translated(origin="AUTO", risk_grade=2, major_hazard=True)
    assert (stated["riskGrade"], stated["mHazards"]) == ("2", "1"), "frozen by an earlier release"


@pytest.mark.parametrize("name", sorted(UNSTATED))
def test_what_a_person_must_state_is_never_made_up(name: str) -> None:
    with pytest.raises(Untranslatable) as refused:
        translated(**{name: None})
    assert refused.value.fact == name


@pytest.mark.parametrize(("local", "gb"), [("611100", "610403"), ("616900", "610100"), ("610526", "610526")])
def test_local_pseudo_regions_become_codes_of_gb_t_2260_and_are_told_beside(local: str, gb: str) -> None:
    sent = translated(region_code=local)
    assert (sent["areaCode"], sent["extLocalAreaCode"]) == (gb, local)


@pytest.mark.parametrize("reason", list(DEFAULT_PROFILE.outbound.codes["stop_reason"]))
def test_every_reason_to_stop_has_a_code_that_the_ministry_knows(reason: str) -> None:
    sent = translated(status="STOPPED", stop_reason=reason)
    assert sent["extStopReason"] == DEFAULT_PROFILE.outbound.codes["stop_reason"][reason]
    assert RULES[COMMITMENT].verdict(sent) is None


@pytest.mark.parametrize("grade", [1, 2, 3, 4])
def test_every_risk_grade_has_its_code(grade: int) -> None:
    assert translated(risk_grade=grade)["riskGrade"] == str(grade)


def test_a_moment_is_told_in_shanghai_time_across_midnight() -> None:
    assert translated(reported_at="2026-11-24T16:00:00.999999+00:00")["commitTime"] == "20261125000000"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("risk_grade", 0),
        ("risk_grade", 5),
        ("risk_grade", True),
        ("risk_grade", "3"),
        ("revision", 0),
        ("revision", 1.0),
        ("status", "UNREPORTED"),
        ("origin", "manual"),
        ("enterprise_kind", "RETAIL"),
        ("stop_reason", "BORED"),
        ("stop_reason", 7),
        ("late", "no"),
        ("major_hazard", None),
        ("deleted", 0),
        ("credit_code", None),
        ("credit_code", COMPANY + "0"),
        ("promiser", "名" * 51),
        ("enterprise_name", "名" * 201),
        ("text", "安" * 2001),
        ("text", "half \ud800 a pair"),
        ("business_date", "2026-02-30"),
        ("business_date", "20261124"),
        ("business_date", 20261124),
        ("reported_at", "2026-11-24T01:02:03"),
        ("reported_at", "ten o'clock"),
        ("region_code", 610526),
        ("hazardous_work", []),
    ],
)
def test_a_fact_that_does_not_fit_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(Untranslatable) as no:
        translated(**{name: value})
    assert no.value.fact == name
    assert isinstance(no.value, ValueError)


def test_texts_at_their_limit_are_sent_whole() -> None:
    sent = translated(text="安" * 2000, promiser="名" * 50, enterprise_name="名" * 200)
    assert (len(sent["commitContent"]), len(sent["commitment"]), len(sent["extCompanyName"])) == (
        2000,
        50,
        200,
    )
    assert RULES[COMMITMENT].verdict(sent) is None


def test_missing_and_spare_facts_are_refused() -> None:
    short = {name: value for name, value in facts().items() if name != "late"}
    with pytest.raises(Untranslatable, match=r"missing \['late'\], unknown \['mood'\]"):
        commitment_record(ID, {**short, "mood": "good"}, DEFAULT_PROFILE)
    work = {**facts()["hazardous_work"], "diving": 1}
    with pytest.raises(Untranslatable, match=r"hazardous_work.*diving"):
        translated(hazardous_work=work)
    with pytest.raises(Untranslatable, match=r"hazardous_work\.maintenance"):
        translated(hazardous_work={**facts()["hazardous_work"], "maintenance": -1})


def test_another_profile_names_and_writes_things_otherwise() -> None:
    profile = changed(
        outbound__records__COMMITMENT__fields__text="content",
        day_format="yyyy-MM-dd",
        outbound__longest__text=5,
    )
    sent = commitment_record(ID, facts(text="五个字以内"), profile)
    assert (sent["content"], sent["commitDate"]) == ("五个字以内", "2026-11-24")
    with pytest.raises(Untranslatable, match="6 characters, the ministry takes 5"):
        commitment_record(ID, facts(text="不止五个字了"), profile)


def test_the_message_id_follows_from_the_composition_alone() -> None:
    one, two, three = (record(revision=number).id for number in (1, 2, 3))
    assert message_id([one, two]) == message_id([two, one])
    assert len({message_id(ids) for ids in ([one], [two], [one, two], [one, two, three])}) == 4
    assert UUID(message_id([one])).version == 5


def test_the_envelope_and_the_enquiry_carry_what_the_profile_names() -> None:
    sent_at = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    assert envelope(COMMITMENT, "m", [{"id": "x"}], sent_at, DEFAULT_PROFILE) == {
        "msgId": "m",
        "msgType": "COMMITMENT",
        "areaCode": "610000",
        "sendTime": "20261124120000",
        "data": [{"id": "x"}],
    }
    assert enquiry(COMMITMENT, DAY, 2, DEFAULT_PROFILE) == {
        "msgType": "COMMITMENT",
        "date": "20261124000000",
        "pageNo": 2,
        "pageSize": 500,
    }


def test_the_digest_is_sm3_over_the_canonical_record_and_survives_json() -> None:
    sent = translated()
    there = json.loads(json.dumps(dict(reversed(list(sent.items()))), indent=2))
    assert canonical(sent).startswith(b'{"areaCode":"610526","commitContent":"\xe4\xbb\x8a')
    assert digest(there) == digest(sent) == sm3(canonical(sent))
    assert digest({**sent, "firesNumber": 12}) != digest(sent)


def test_a_batch_lets_go_of_what_does_not_fit_and_keeps_the_rest() -> None:
    good, bad = record(), record(revision=2, risk_grade=9)
    batch = prepare(COMMITMENT, [good, bad], DEFAULT_PROFILE)
    assert set(batch.records) == {good.id}
    assert batch.message_id == message_id([good.id])
    (refusal,) = batch.refused
    assert (refusal.id, refusal.code, refusal.may_succeed_later) == (bad.id, "UNTRANSLATABLE", False)
    assert "risk_grade" in refusal.sentence


@pytest.mark.parametrize(
    "records",
    [[], [record(revision=number) for number in range(1, 22)], [record(), OutboundRecord(record().id, {})]],
    ids=["none", "too many", "twice"],
)
def test_a_batch_that_is_none_is_refused(records: list[OutboundRecord]) -> None:
    with pytest.raises(ValueError, match="batch"):
        prepare(COMMITMENT, records, DEFAULT_PROFILE)
