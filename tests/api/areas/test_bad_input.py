"""Whatever arrives, the answer has a code and a sentence, nothing breaks inside, and nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yanbao.graphql.errors import Code

from .asking import (
    CORRECT,
    REOPEN,
    SUBMIT,
    TODAY,
    Scene,
    Somebody,
    a_scene,
    commitment_of,
    form_for,
    id_of,
    region_id,
    stopped_form,
    unknown,
)

SCENE = a_scene()
HEAD = SCENE("enterprise-head")
RED = SCENE.red
WHOLESALER = SCENE.enterprises[5]
SELLER = SCENE.head_of(WHOLESALER)
SCENE("county-duty")  # Logging in leaves its line: before anything is compared.

QUICK = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)


@contextmanager
def nothing_stored() -> Iterator[None]:
    """Every table is the same afterwards, but for when a session was last seen."""
    before = {entry.name: dict(getattr(SCENE.state, entry.name)) for entry in fields(SCENE.state)}
    yield
    for entry in fields(SCENE.state):
        if entry.name != "sessions":
            assert dict(getattr(SCENE.state, entry.name)) == before[entry.name], entry.name


def codes_of(answer: dict[str, Any]) -> list[str]:
    """The codes of errors and of refusals in an answer; fails where one carries no sentence."""
    found = []
    for error in answer.get("errors", ()):
        assert error["message"] and error["extensions"]["sentence"], error
        found.append(error["extensions"]["code"])
        assert error["extensions"]["code"] in Code.__members__
    for result in (answer.get("data") or {}).values():
        if isinstance(result, dict) and "code" in result:
            assert result["message"] and "traceback" not in result["message"].lower()
            found.append(result["code"])
    return found


def refused(answer: dict[str, Any]) -> list[str]:
    """The codes of an answer that must be a no, and must not be our own failure."""
    found = codes_of(answer)
    assert found, answer
    assert "INTERNAL_SERVER_ERROR" not in found, answer
    return found


REFUSAL = "{ __typename ... on Refusal { code message field } }"


def submit(form: Any, of: Any = RED, who: Somebody = HEAD, day: Any = f"{TODAY}") -> dict[str, Any]:
    return who.send(SUBMIT.replace("@", REFUSAL), id=id_of(of), day=day, form=form)


def put(form: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of the form with one field changed; "production.presentPersons"."""
    head, _, rest = path.partition(".")
    return form | {head: put(form.get(head) or {}, rest, value) if rest else value}


# ---------------------------------------------------------------- every field out of range

TOO_MUCH = 2_147_483_647
JOBS = (
    *("hotWorkSpecial", "hotWorkFirst", "hotWorkSecond", "temporaryElectricity", "workAtHeight"),
    *("confinedSpace", "maintenance", "powderDisposal", "contractorWork"),
)
COUNTS = {
    "production.workshopsInUse": len(RED.workshops),
    "production.powderWorkshopsInUse": RED.powder_workshops,
    "production.presentPersons": 5_000,
    "riskGrade": 4,
    "topTemperature": 60,
    **{f"hazardousWork.{job}": 999 for job in JOBS},
}
STOCK = {
    "wholesale.warehousesInUse": len(WHOLESALER.warehouses),
    "wholesale.presentPersons": 5_000,
}
AMOUNTS = ("wholesale.stockBoxes", "wholesale.stockKg", "wholesale.boxesIn", "wholesale.boxesOut")
TEXTS = {"dutyLeader": 30, "text": 1000, "promiser": 30, "explanation": 500}
BAD_AMOUNTS = (
    "-0.001",
    "-1",
    "1.2345",
    "10000000.001",
    "1e20",
    "1e999999999",
    "NaN",
    "-Infinity",
    "abc",
    "",
    "1,5",
    True,
    [],
    {"a": 1},
    1e308,
)


@pytest.mark.parametrize("path", COUNTS)
@given(data=st.data())
@QUICK
def test_a_count_outside_its_limits_is_refused(path: str, data: st.DataObject) -> None:
    most = COUNTS[path]
    least = {"riskGrade": 1, "topTemperature": -50}.get(path, 0)
    outside = st.integers(-TOO_MUCH, least - 1) | st.integers(most + 1, TOO_MUCH)
    with nothing_stored():
        assert set(refused(submit(put(form_for(RED), path, data.draw(outside))))) <= {
            "BAD_USER_INPUT",
            "INVALID_FORM",
            "EXCESS_UNEXPLAINED",
        }


@pytest.mark.parametrize("path", STOCK)
@given(data=st.data())
@QUICK
def test_a_count_of_a_wholesaler_outside_its_limits_is_refused(path: str, data: st.DataObject) -> None:
    outside = st.integers(-TOO_MUCH, -1) | st.integers(STOCK[path] + 1, TOO_MUCH)
    with nothing_stored():
        refused(submit(put(form_for(WHOLESALER), path, data.draw(outside)), WHOLESALER, SELLER))


@pytest.mark.parametrize("value", [2_147_483_648, 10**30, 1.5, "3", True, None, [], {}, [1]], ids=repr)
@pytest.mark.parametrize("path", ["production.presentPersons", "riskGrade", "hazardousWork.workAtHeight"])
def test_what_is_no_whole_number_is_refused(path: str, value: Any) -> None:
    with nothing_stored():
        assert refused(submit(put(form_for(RED), path, value))) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("value", BAD_AMOUNTS, ids=repr)
@pytest.mark.parametrize("path", AMOUNTS)
def test_an_amount_that_is_none_is_refused(path: str, value: Any) -> None:
    with nothing_stored():
        codes = refused(submit(put(form_for(WHOLESALER), path, value), WHOLESALER, SELLER))
    assert set(codes) <= {"BAD_USER_INPUT", "INVALID_FORM", "EXCESS_UNEXPLAINED"}


@pytest.mark.parametrize("value", [*BAD_AMOUNTS, "100000.001"], ids=repr)
def test_an_amount_of_powder_that_is_none_is_refused(value: Any) -> None:
    with nothing_stored():
        refused(submit(put(form_for(RED), "production.presentPowderKg", value)))


@given(value=st.decimals(allow_nan=False).filter(lambda amount: not 0 <= amount <= 100_000))
@QUICK
def test_no_decimal_outside_its_limits_passes(value: Any) -> None:
    with nothing_stored():
        refused(submit(put(form_for(RED), "production.presentPowderKg", str(value))))


@pytest.mark.parametrize("path", TEXTS)
@given(data=st.data())
@QUICK
def test_a_text_that_is_too_long_or_has_control_characters_is_refused(path: str, data: st.DataObject) -> None:
    too_long = st.integers(TEXTS[path] + 1, TEXTS[path] * 3).map(lambda length: "字" * length)
    control = st.sampled_from("\x00\x01\x07\x08\x0b\x1b\x7f\x85").map(lambda c: f"今天各项措施{c}落实到位")
    with nothing_stored():
        refused(submit(put(form_for(RED), path, data.draw(too_long | control))))


@pytest.mark.parametrize("value", ["", "   ", "\n\n", 5, True, None, [], {}], ids=repr)
@pytest.mark.parametrize("path", ["dutyLeader", "text", "promiser"])
def test_a_text_that_is_empty_or_no_text_is_refused(path: str, value: Any) -> None:
    with nothing_stored():
        refused(submit(put(form_for(RED), path, value)))


@given(value=st.text(max_size=30).filter(lambda t: not t.strip().startswith(("1", "+", "8", "１", "＋"))))
@QUICK
def test_what_is_no_phone_number_is_refused(value: str) -> None:
    with nothing_stored():
        refused(submit(put(form_for(RED), "dutyPhone", value)))


@pytest.mark.parametrize(
    "value", ["12345678901", "1390000000", "139000000012", "139-0000-000x", "", None, 13900000001]
)
def test_what_looks_like_a_phone_number_and_is_none_is_refused(value: Any) -> None:
    with nothing_stored():
        refused(submit(put(form_for(RED), "dutyPhone", value)))


@pytest.mark.parametrize("path", ["stormWarning", "majorHazard"])
@pytest.mark.parametrize("value", [None, 0, 1, "true", "是", [], {}], ids=repr)
def test_what_is_neither_yes_nor_no_is_refused(path: str, value: Any) -> None:
    with nothing_stored():
        assert refused(submit(put(form_for(RED), path, value))) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("status", "在产"),
        ("status", "in_production"),
        ("status", ""),
        ("status", 1),
        ("status", None),
        ("status", ["STOPPED"]),
        ("production.powderProcesses", ["MIXING", "MIXING"]),
        ("production.powderProcesses", ["COOKING"]),
        ("production.powderProcesses", [None]),
        ("production.powderProcesses", "COOKING"),
        ("production.powderProcesses", None),
        ("stoppage", {"reason": "BORED"}),
        ("stoppage", {"reason": None}),
        ("stoppage", {}),
        ("stoppage", {"reason": "HOLIDAY"}),
        ("stoppage", "HOLIDAY"),
        ("production", None),
        ("production", {}),
        ("production", []),
        ("wholesale", {"warehousesInUse": 1}),
        ("wholesale", form_for(WHOLESALER)["wholesale"]),
        ("hazardousWork", None),
        ("hazardousWork", {"juggling": 1}),
        ("unknownField", 1),
    ],
    ids=str,
)
def test_unknown_words_and_missing_or_surplus_parts_are_refused(path: str, value: Any) -> None:
    with nothing_stored():
        refused(submit(put(form_for(RED), path, value)))


@pytest.mark.parametrize("name", sorted(form_for(RED)))
def test_every_field_that_must_be_there_must_be_there(name: str) -> None:
    form = form_for(RED)
    del form[name]
    with nothing_stored():
        refused(submit(form))


@pytest.mark.parametrize(
    "stoppage",
    [
        None,
        {"reason": "OTHER", "note": "短"},
        {"reason": "OTHER"},
        {"reason": "HOLIDAY", "note": "注" * 201},
        {"reason": "HOLIDAY", "expectedResumption": f"{TODAY}"},
        {"reason": "HOLIDAY", "expectedResumption": "2020-01-01"},
        {"reason": "HOLIDAY", "expectedResumption": "0001-01-01"},
        {"reason": "HOLIDAY", "expectedResumption": "2026-13-01"},
        {"reason": "HOLIDAY", "expectedResumption": 20261201},
    ],
    ids=str,
)
def test_a_stoppage_that_makes_no_sense_is_refused(stoppage: Any) -> None:
    with nothing_stored():
        refused(submit(stopped_form(stoppage=stoppage)))


@pytest.mark.parametrize("form", [None, [], "form", 7, {}, [form_for(RED)], {"status": "STOPPED"}], ids=repr)
def test_what_is_no_form_is_refused(form: Any) -> None:
    with nothing_stored():
        refused(submit(form))


# ---------------------------------------------------------------- days, ids, keys


@pytest.mark.parametrize(
    "day",
    [
        f"{TODAY - timedelta(days=1)}",
        f"{TODAY + timedelta(days=1)}",
        "0001-01-01",
        "9999-12-31",
        "2026-02-29",
        "2026-13-01",
        "2026-11-24T08:30:00",
        "2026-11-24T08:30:00+08:00",
        "20261124",
        "2026-W48-2",
        "24.11.2026",
        "2026/11/24",
        "２０２６-11-24",
        "今天",
        "",
        None,
        20261124,
        1764000000,
        True,
        ["2026-11-24"],
    ],
    ids=repr,
)
def test_another_day_and_what_is_no_day_are_refused(day: Any) -> None:
    with nothing_stored():
        assert set(refused(submit(form_for(RED), day=day))) <= {"BAD_USER_INPUT", "NOT_TODAY"}


@pytest.mark.parametrize(
    "id",
    [
        id_of(SCENE.enterprises[1]),
        unknown("Enterprise"),
        commitment_of(RED),
        region_id("610526"),
        str(RED.id),
        "",
        " ",
        "%",
        "=" * 100,
        "RW50ZXJwcmlzZTo",
        "不是编号",
        "a" * 100_000,
        "\x00",
        "' OR 1=1 --",
    ],
    ids=lambda value: value[:24],
)
def test_for_every_id_that_is_not_ones_own_enterprise_the_answer_is_not_found(id: str) -> None:
    with nothing_stored():
        for query, variables in (
            (SUBMIT, {"day": f"{TODAY}", "form": form_for(RED)}),
            (CORRECT, {"revision": 1, "form": form_for(RED)}),
        ):
            if query == CORRECT and id == commitment_of(RED):
                continue
            assert refused(HEAD.send(query.replace("@", REFUSAL), id=id, **variables)) == ["NOT_FOUND"]


@pytest.mark.parametrize("id", [None, [], {}, True, 1.5], ids=repr)
def test_what_is_no_id_at_all_is_refused(id: Any) -> None:
    with nothing_stored():
        answer = HEAD.send(SUBMIT.replace("@", REFUSAL), id=id, day=f"{TODAY}", form=form_for(RED))
        assert refused(answer) == ["BAD_USER_INPUT"]


@given(id=st.text(max_size=60))
@QUICK
def test_no_text_at_all_is_anybodys_id(id: str) -> None:
    with nothing_stored():
        assert HEAD.send("query($id: ID!) { node(id: $id) { id } }", id=id) == {"data": {"node": None}}
        answer = SCENE("county-duty").send(REOPEN.replace("@", REFUSAL), id=id, reason="数字有误")
        assert refused(answer) == ["NOT_FOUND"]


@given(key=st.text(max_size=80).filter(lambda k: not (8 <= len(k) <= 64 and k.isprintable())))
@QUICK
def test_no_odd_key_is_taken(key: str) -> None:
    with nothing_stored():
        answer = HEAD.send(
            SUBMIT.replace("@", REFUSAL), id=id_of(RED), day=f"{TODAY}", form=form_for(RED), key=key
        )
        assert refused(answer) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("revision", [-1, 0, 1, 2, TOO_MUCH])
def test_what_was_not_reported_cannot_be_corrected_whatever_the_revision(revision: int) -> None:
    with nothing_stored():
        answer = HEAD.send(
            CORRECT.replace("@", REFUSAL), id=commitment_of(RED), revision=revision, form=form_for(RED)
        )
        assert set(refused(answer)) <= {"CONFLICT", "ACTION_NOT_ALLOWED"}


# ---------------------------------------------------------------- other queries


@pytest.mark.parametrize(
    "query",
    [
        '{ commitments(where: {firstDay: "x", lastDay: "y"}, first: 1) { totalCount } }',
        "{ commitments(where: {firstDay: 1, lastDay: 2}, first: 1) { totalCount } }",
        "{ commitments(where: null, first: 1) { totalCount } }",
        "{ commitments(where: {}, first: 1) { totalCount } }",
        f'{{ commitments(where: {{firstDay: "{TODAY}", lastDay: "{TODAY}", statuses: [X]}}, first: 1)'
        " { totalCount } }",
        f'{{ commitments(where: {{firstDay: "{TODAY}", lastDay: "{TODAY}", text: "{"x" * 51}"}}, first: 1)'
        " { totalCount } }",
        f'{{ commitments(where: {{firstDay: "{TODAY}", lastDay: "{TODAY}", regionId: "x"}}, first: 1)'
        " { totalCount } }",
        f'{{ commitments(where: {{firstDay: "{TODAY}", lastDay: "{TODAY}", enterpriseId: "x"}}, first: 1)'
        " { totalCount } }",
        '{ enterprises(first: 1, where: {text: "\\u0000"}) { totalCount } }',
        '{ enterprises(first: 1, where: {kinds: ["PRODUCTION"]}) { totalCount } }',
        '{ enterprises(first: "1") { totalCount } }',
        "{ enterprises(first: 1.5) { totalCount } }",
        "{ enterprises(first: null) { totalCount } }",
        "{ enterprises(first: 1, after: 5) { totalCount } }",
        '{ policy(regionId: "x") { smsDailyCap } }',
        '{ commitmentOverview(firstDay: "2026-11-31") { whole { firstDay } } }',
        "{ nothing }",
        "{ viewer { password } }",
        "{",
        "",
        "mutation { submitCommitment }",
        "subscription { nothing }",
        "query A { viewer { name } } query B { viewer { name } }",
    ],
    ids=lambda query: query[:60],
)
def test_a_query_that_makes_no_sense_is_refused(query: str) -> None:
    with nothing_stored():
        refused(SCENE("county-duty").send(query))


# ---------------------------------------------------------------- over HTTP


def coded(response: Any) -> str:
    """The code of the one error of a plain HTTP answer."""
    (error,) = response.json()["errors"]
    assert error["extensions"]["sentence"]
    return str(error["extensions"]["code"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'"text"',
        b"\xff\xfe",
        b'{"query": 7}',
        b"{}",
        b"[{}]",
        b"[" * 100_000,
    ],
    ids=lambda body: repr(body[:12]),
)
def test_a_body_that_is_no_request_is_refused(body: bytes) -> None:
    with nothing_stored():
        response = HEAD.post(content=body)
    assert 400 <= response.status_code < 500 and coded(response) == "BAD_USER_INPUT"


@pytest.mark.parametrize("variables", ["x", 7, [], True])
def test_variables_that_are_no_object_are_refused(variables: Any) -> None:
    response = HEAD.post({"query": "{ viewer { name } }", "variables": variables})
    assert response.status_code == 400 and coded(response) == "BAD_USER_INPUT"


def test_two_mebibytes_are_too_much() -> None:
    form = form_for(RED, text="字" * 700_000)
    body = {
        "query": SUBMIT.replace("@", REFUSAL),
        "variables": {"id": id_of(RED), "day": f"{TODAY}", "form": form},
    }
    content = json.dumps(body, ensure_ascii=False).encode()
    assert len(content) > 2 * 1024 * 1024
    with nothing_stored():
        response = HEAD.post(content=content)
    assert response.status_code == 413 and coded(response) == "PAYLOAD_TOO_LARGE"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_only_json_is_read(content_type: str) -> None:
    with nothing_stored():
        response = HEAD.post(content=b'{"query": "{ viewer { name } }"}', content_type=content_type)
    assert response.status_code == 415 and coded(response) == "BAD_USER_INPUT"


def test_an_ended_session_is_told_to_log_in_and_stores_nothing() -> None:
    scene: Scene = a_scene()
    head = scene("enterprise-head")
    scene.world.clock.moment += timedelta(minutes=31)
    before = len(scene.state.duties), len(scene.state.reports), len(scene.state.audit)
    answer = head.send(SUBMIT.replace("@", REFUSAL), id=id_of(RED), day=f"{TODAY}", form=form_for(RED))
    assert refused(answer) == ["UNAUTHENTICATED"]
    assert (len(scene.state.duties), len(scene.state.reports), len(scene.state.audit)) == before


@pytest.mark.parametrize("token", ["", "x", "Bearer", "a" * 10_000])
def test_with_no_session_at_all_it_is_the_same(token: str) -> None:
    with nothing_stored():
        answer = Somebody(SCENE.world, token).send(
            SUBMIT.replace("@", REFUSAL), id=id_of(RED), day=f"{TODAY}", form=form_for(RED)
        )
        assert refused(answer) == ["UNAUTHENTICATED"]


def test_after_all_that_the_enterprise_can_still_report() -> None:
    scene = a_scene()
    scene.submit(scene.red)
    assert len(scene.state.reports) == 1
