"""Changes of problems and alerts in the ministry's words: every fact in its field, nothing cut or guessed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from yanbao.adapters.ministry.facts import Untranslatable
from yanbao.adapters.ministry.results import ALERT_FACTS, PROBLEM_FACTS, result_record
from yanbao.adapters.ministry.samples import COMPANY, SAMPLE_FACTS
from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.adapters.ministry.simulator.rules import RULES
from yanbao.application.ports.exchange import RecordKind
from yanbao.domain.alert.form import AlertLevel, Verification
from yanbao.domain.alert.workflow import AlertAction, AlertState
from yanbao.domain.problem.workflow import ProblemAction, ProblemState

from .support import changed

ID = UUID("0a0b0c0d-0000-5000-8000-000000000001")
PROBLEM, ALERT = RecordKind.PROBLEM, RecordKind.ALERT
LOCAL = "0a0b0c0d-0000-5000-8000-000000000002"


def translated(kind: RecordKind, /, **changes: Any) -> dict[str, Any]:
    return result_record(kind, ID, {**SAMPLE_FACTS[kind], **changes}, DEFAULT_PROFILE)


def test_a_change_of_a_problem_has_every_fact_in_its_field() -> None:
    assert translated(
        PROBLEM,
        region_code="611100",
        note="已核查",
        progress="一路已恢复",
        delay_info="等待备件",
        delay_date="2026-12-10",
        late=True,
    ) == {
        "id": str(ID),
        "problemId": "BJ-2026-000001",
        "problemType": "1",
        "version": 5,
        "action": "05",
        "state": "4",
        "operateTime": "20261130100000",
        "handler": "渭南市应急管理局",
        "areaCode": "610403",
        "extLocalAreaCode": "611100",
        "companyCode": COMPANY,
        "remark": "已核查",
        "rectifyTime": "20261206000000",
        "situation": "现场核实，两路视频离线。",
        "measure": "已更换交换机并恢复在线。",
        "extProgress": "一路已恢复",
        "planDate": "20261202000000",
        "isFinish": "1",
        "delayInfo": "等待备件",
        "delayDate": "20261210000000",
        "extLate": "1",
    }


def test_a_change_of_an_alert_has_every_fact_in_its_field() -> None:
    assert translated(
        ALERT,
        external_id=None,
        local_id=LOCAL,
        origin="WATCH",
        kind="CERTIFICATE",
        verification=None,
        certificate_number="（陕）YH安许证字〔2023〕000123",
        plan_date=None,
        is_finish=None,
    ) == {
        "id": str(ID),
        "warnId": None,
        "extLocalId": LOCAL,
        "extOrigin": "2",
        "warnType": "1",
        "version": 5,
        "action": "05",
        "state": "4",
        "rank": "1",
        "operateTime": "20261130100000",
        "handler": "渭南市应急管理局",
        "areaCode": "610526",
        "extLocalAreaCode": "610526",
        "companyCode": COMPANY,
        "remark": "",
        "verifyResult": None,
        "situation": "现场核实，两路视频离线。",
        "measure": "已更换交换机并恢复在线。",
        "extProgress": None,
        "planDate": None,
        "isFinish": None,
        "extLate": "0",
        "extCertificateNumber": "（陕）YH安许证字〔2023〕000123",
    }


@pytest.mark.parametrize(("kind", "facts"), [(PROBLEM, PROBLEM_FACTS), (ALERT, ALERT_FACTS)])
def test_the_facts_are_exactly_the_agreed_ones(kind: RecordKind, facts: frozenset[str]) -> None:
    assert set(SAMPLE_FACTS[kind]) == facts
    for name in facts:
        with pytest.raises(Untranslatable, match=rf"missing \['{name}'\]"):
            short = {key: value for key, value in SAMPLE_FACTS[kind].items() if key != name}
            result_record(kind, ID, short, DEFAULT_PROFILE)
    with pytest.raises(Untranslatable, match=r"unknown \['mood'\]"):
        translated(kind, mood="good")


@pytest.mark.parametrize(
    ("kind", "name", "values"),
    [
        (PROBLEM, "action", ["RECEIVED", *(one.value for one in ProblemAction)]),
        (PROBLEM, "state", [one.value for one in ProblemState]),
        (PROBLEM, "kind", ["PATROL", "SPOT_CHECK"]),
        (ALERT, "action", ["OPENED", *(one.value for one in AlertAction)]),
        (ALERT, "state", [one.value for one in AlertState]),
        (ALERT, "level", [one.value for one in AlertLevel]),
        (ALERT, "verification", [one.value for one in Verification]),
    ],
)
def test_every_value_has_a_code_of_its_own_that_the_ministry_takes(
    kind: RecordKind, name: str, values: list[str]
) -> None:
    field = DEFAULT_PROFILE.outbound.records[kind].fields[name][0]
    records = [translated(kind, **{name: value}) for value in values]
    assert len({record[field] for record in records}) == len(values)
    assert [RULES[kind].verdict(record) for record in records] == [None] * len(values)


@pytest.mark.parametrize("kind", [PROBLEM, ALERT])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("revision", 0),
        ("revision", True),
        ("action", "SING"),
        ("state", "MOODY"),
        ("state", None),
        ("kind", "OTHER"),
        ("at", "2026-11-30T10:00:00"),
        ("at", None),
        ("handler", None),
        ("handler", "名" * 101),
        ("region_code", 610526),
        ("credit_code", COMPANY + "0"),
        ("note", None),
        ("note", "字" * 1001),
        ("situation", 7),
        ("plan_date", "20261202"),
        ("is_finish", "yes"),
        ("late", None),
    ],
)
def test_a_fact_that_does_not_fit_is_refused_by_name(kind: RecordKind, name: str, value: object) -> None:
    with pytest.raises(Untranslatable) as no:
        translated(kind, **{name: value})
    assert no.value.fact == name


def test_a_fact_without_a_field_is_not_sent_and_another_may_have_two() -> None:
    profile = changed(
        outbound__records__PROBLEM__fields__late=None,
        outbound__records__PROBLEM__fields__note=["remark", "memo"],
    )
    record = result_record(PROBLEM, ID, {**SAMPLE_FACTS[PROBLEM], "note": "x"}, profile)
    assert "extLate" not in record
    assert (record["remark"], record["memo"]) == ("x", "x")
