"""Days, ids, keys and queries that make no sense get a code and a sentence, and nothing is stored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ..support.asking import (
    CORRECT,
    REOPEN,
    SUBMIT,
    TODAY,
    commitment_of,
    form_for,
    id_of,
    region_id,
    unknown,
)
from .refusing import HEAD, QUICK, RED, REFUSAL, SCENE, TOO_MUCH, nothing_stored, refused, submit

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


@pytest.mark.parametrize("key", [" " * 8, " " * 10, "report 1", " report-1", "report-1 "])
def test_a_key_with_spaces_is_not_taken(key: str) -> None:
    with nothing_stored():
        answer = HEAD.change(SUBMIT, id=id_of(RED), day=f"{TODAY}", form=form_for(RED), key=key)
    assert (answer["code"], answer["field"]) == ("BAD_USER_INPUT", "clientMutationKey")
    assert answer["message"] == "clientMutationKey应为8至64个可见字符。"


@given(
    key=st.text(max_size=80).filter(lambda k: not (8 <= len(k) <= 64 and k.isprintable() and " " not in k))
)
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
        '{ commitmentStatistics(firstDay: "2026-11-31") { whole { firstDay } } }',
        "{ commitmentStatistics(regionLevel: VILLAGE) { whole { firstDay } } }",
        "{ commitmentStatistics(step: YEAR) { whole { firstDay } } }",
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
