"""A body that is no request, or one of nobody who is logged in, gets a code and a sentence, and nothing is stored."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from ..support.asking import SUBMIT, TODAY, Somebody, World, a_world, form_for, id_of
from .refusing import HEAD, RED, REFUSAL, SCENE, nothing_stored, refused


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
    form = form_for(RED, supplement="字" * 700_000)
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
    world: World = a_world()
    head = world("enterprise-head")
    world.system.clock.moment += timedelta(minutes=31)
    before = len(world.state.duties), len(world.state.reports), len(world.state.audit)
    answer = head.send(SUBMIT.replace("@", REFUSAL), id=id_of(RED), day=f"{TODAY}", form=form_for(RED))
    assert refused(answer) == ["UNAUTHENTICATED"]
    assert (len(world.state.duties), len(world.state.reports), len(world.state.audit)) == before


@pytest.mark.parametrize("token", ["", "x", "Bearer", "a" * 10_000])
def test_with_no_session_at_all_it_is_the_same(token: str) -> None:
    with nothing_stored():
        answer = Somebody(SCENE.system, token).send(
            SUBMIT.replace("@", REFUSAL), id=id_of(RED), day=f"{TODAY}", form=form_for(RED)
        )
        assert refused(answer) == ["UNAUTHENTICATED"]


def test_after_all_that_the_enterprise_can_still_report() -> None:
    world = a_world()
    world.submit(world.red)
    assert len(world.state.reports) == 1
