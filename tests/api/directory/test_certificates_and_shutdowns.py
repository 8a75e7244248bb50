"""Certificates and shutdown periods over the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ...support.asking import TODAY, World, a_world, id_of, region_id
from ...support.dates import in_days

TOMORROW = TODAY + timedelta(days=1)
NODE = """... on DirectorySaved { id node { __typename id
    ... on Certificate { number issuedOn expiresOn numberIsUsual valid daysLeft trade holder { name } }
    ... on ShutdownPeriod { firstDay lastDay reason note cancelled kind enterprise { name } region { code } } } }"""


@pytest.fixture
def world() -> World:
    return a_world()


# ---------------------------------------------------------------- certificates


CERTIFICATE = """mutation($id: ID, $number: String!, $issued: Date!, $expires: Date!, $enterprise: ID!, $person: ID,
    $kind: CertificateKind!, $trade: Trade) { saveCertificate(id: $id, kind: $kind, number: $number,
    enterpriseId: $enterprise, personId: $person, issuedOn: $issued, expiresOn: $expires, trade: $trade) @ }"""


def certificate(world: World, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "PRODUCTION_PERMIT",
        "number": "（陕）YH安许证字〔2026〕000123",
        "issued": f"{TODAY}",
        "expires": f"{in_days(1095)}",
        "enterprise": id_of(world.red),
    } | changes


def test_a_renewed_permit_is_a_new_certificate_and_comes_first(world: World) -> None:
    node = world("county-head").change(CERTIFICATE, NODE, **certificate(world))["node"]
    assert (node["valid"], node["daysLeft"], node["numberIsUsual"]) == (True, 1095, True)
    listed = world("enterprise-head").ask("{ viewer { enterprise { certificates { number expiresOn } } } }")
    numbers = [c["number"] for c in listed["viewer"]["enterprise"]["certificates"]]
    assert "（陕）YH安许证字〔2026〕000123" in numbers and len(numbers) > 1


def test_an_odd_number_warns_and_is_kept(world: World) -> None:
    node = world("county-head").change(CERTIFICATE, NODE, **certificate(world, number="陕YH-7"))["node"]
    assert node["numberIsUsual"] is False


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expires": f"{TODAY}"}, "expiresOn"),
        ({"expires": "2020-01-01"}, "expiresOn"),
        ({"number": ""}, "number"),
        ({"number": "号" * 61}, "number"),
    ],
)
def test_a_certificate_that_makes_no_sense_is_refused(
    world: World, changes: dict[str, str], field: str
) -> None:
    refused = world("county-head").refusal(CERTIFICATE, **certificate(world, **changes))
    assert refused[::2] == ("BAD_USER_INPUT", field)


def test_a_special_operation_card_names_its_trade(world: World) -> None:
    card = certificate(world, kind="SPECIAL_OPERATION_CARD", number="T610526", trade="BLACK_POWDER")
    assert world("county-head").change(CERTIFICATE, NODE, **card)["node"]["trade"] == "BLACK_POWDER"


def test_a_permit_has_no_trade(world: World) -> None:
    refused = world("county-head").refusal(CERTIFICATE, **certificate(world, trade="FUSE"))
    assert refused == ("BAD_USER_INPUT", "安全生产许可证没有作业类别，请不要填写。", "trade")


def test_the_holder_must_work_there(world: World) -> None:
    other = next(p for p in world.state.people.values() if p.enterprise_id == world.enterprises[17].id)
    code, _, field = world("county-head").refusal(
        CERTIFICATE, **certificate(world, kind="HEAD_QUALIFICATION", person=id_of(other))
    )
    assert (code, field) == ("BAD_USER_INPUT", "personId")


# ---------------------------------------------------------------- shutdown periods


SHUTDOWN = """mutation($id: ID, $target: ShutdownTargetInput!, $first: Date!, $last: Date!, $reason: StopReason!,
    $kind: EnterpriseKind, $note: String!) { saveShutdownPeriod(id: $id, target: $target, firstDay: $first,
    lastDay: $last, reason: $reason, kind: $kind, note: $note) @ }"""
CANCEL = "mutation($id: ID!) { cancelShutdownPeriod(id: $id) @ }"


def shutdown(target: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "target": target,
        "first": f"{TODAY}",
        "last": f"{TOMORROW}",
        "reason": "HIGH_TEMPERATURE",
        "kind": None,
        "note": "按通知停产",
    } | changes


def test_a_period_for_an_enterprise_shows_in_its_form_until_it_is_cancelled(world: World) -> None:
    county, head = world("county-head"), world("enterprise-head")
    saved = county.change(SHUTDOWN, NODE, **shutdown({"enterpriseId": id_of(world.red)}))
    assert saved["node"]["enterprise"] == {"name": world.red.name}
    prefill = f'{{ commitmentPrefill(enterpriseId: "{id_of(world.red)}") {{ form {{ status }} }} }}'
    assert head.ask(prefill)["commitmentPrefill"]["form"]["status"] == "STOPPED"
    county.change(CANCEL, NODE, id=saved["id"])
    assert head.ask(prefill)["commitmentPrefill"]["form"]["status"] == "IN_PRODUCTION"
    (period,) = head.ask("{ shutdownPeriods(first: 5) { nodes { cancelled } } }")["shutdownPeriods"]["nodes"]
    assert period == {"cancelled": True}, "cancelled ones stay to be seen"


def test_a_period_for_a_region_and_kind(world: World) -> None:
    target = {"regionId": region_id("610526")}
    saved = world("county-head").change(SHUTDOWN, NODE, **shutdown(target, kind="PRODUCTION"))
    assert (saved["node"]["region"], saved["node"]["kind"]) == ({"code": "610526"}, "PRODUCTION")
    assert world.system.app.commitments.report_shutdowns(TODAY) >= 2


@pytest.mark.parametrize(
    "target", [{}, {"enterpriseId": "a", "regionId": "b"}, {"enterpriseId": None}, {"regionId": None}]
)
def test_a_period_has_exactly_one_target(world: World, target: dict[str, Any]) -> None:
    code, sentence, field = world("county-head").refusal(SHUTDOWN, **shutdown(target))
    assert (code, field) == ("BAD_USER_INPUT", "target")
    assert sentence.endswith("须在“企业”、“区域”中填写一项，且只能填写一项。")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"last": f"{TODAY - timedelta(days=1)}"}, "BAD_USER_INPUT", "lastDay"),
        ({"first": f"{TOMORROW}", "last": f"{TODAY}"}, "BAD_USER_INPUT", "lastDay"),
        ({"last": f"{in_days(403)}"}, "BAD_USER_INPUT", "lastDay"),
        ({"note": "注" * 201}, "BAD_USER_INPUT", "note"),
        ({"target": {"regionId": region_id("610100")}}, "NOT_FOUND", "regionId"),
        ({"target": {"regionId": region_id("610000")}}, "NOT_FOUND", "regionId"),
    ],
    ids=str,
)
def test_a_period_that_makes_no_sense_is_refused(
    world: World, changes: dict[str, Any], code: str, field: str
) -> None:
    given = shutdown({"enterpriseId": id_of(world.red)}) | changes
    before = len(world.state.shutdown_periods)
    assert world("county-head").refusal(SHUTDOWN, **given)[::2] == (code, field)
    assert len(world.state.shutdown_periods) == before
