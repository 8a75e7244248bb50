"""Tickets for files: good once, for one person, one way and five minutes; and who gets one for what."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.domain.files.attachment import MediaType

from ...support.asking import Somebody, World, a_world
from ...support.dates import in_days
from ...support.samples import SAMPLES, a_pdf, a_photo, a_picture, stored
from ...support.settling import settle_in
from ..problem.issuing import department_of, to_the_factory
from ..problem.test_problems import step
from .filing import (
    INVALID,
    NOTHING,
    REQUEST_DOWNLOAD,
    REQUEST_UPLOAD,
    address_of,
    call,
    download,
    kept,
    refusal,
    ticket,
    upload,
)


@pytest.fixture
def world() -> World:
    return a_world(enterprises=6)


@pytest.fixture
def inspector(world: World) -> Somebody:
    return world("city-inspector")


def report_progress(world: World, problem: str, *ids: str) -> None:
    """The factory's head takes the problem up and shows the files."""
    head = world("enterprise-head")
    form = {"situation": "属实", "measures": "加固", "progress": "过半", "plannedOn": f"{in_days(6)}"}
    step(head, "acknowledgeProblem", problem, 1)
    step(head, "rectifyProblem", problem, 2)
    saved = step(head, "reportProblemProgress", problem, 3, feedback=form | {"attachments": list(ids)})
    assert saved["__typename"] == "ProblemSaved", saved


# ---------------------------------------------------------------- tickets


def test_a_ticket_is_used_once(world: World, inspector: Somebody) -> None:
    url, id = ticket(inspector)
    assert call(inspector, "PUT", url, SAMPLES[MediaType.PNG]).status_code == 201
    before = kept(world.system)
    assert refusal(call(inspector, "PUT", url, SAMPLES[MediaType.JPEG])) == (403, *INVALID)
    assert kept(world.system) == before
    out = address_of(inspector, id)
    assert call(inspector, "GET", out).status_code == 200
    assert refusal(call(inspector, "GET", out)) == (403, *INVALID)


def test_a_ticket_belongs_to_the_session_that_asked_and_ends_with_it(
    world: World, inspector: Somebody
) -> None:
    url, _ = ticket(inspector)
    out = address_of(inspector, upload(inspector))
    inspector.change("mutation { logOut @ }")
    again = World(world.system)("city-inspector")
    assert again.token != inspector.token
    assert refusal(call(again, "PUT", url, SAMPLES[MediaType.PNG])) == (403, *INVALID)
    assert refusal(call(again, "GET", out)) == (403, *INVALID)
    assert call(inspector, "GET", out).status_code == 401


def test_a_ticket_is_of_no_use_to_another(world: World, inspector: Somebody) -> None:
    url, _ = ticket(inspector)
    for username in ("county-head", "province-head", "enterprise-head"):
        assert refusal(call(world(username), "PUT", url, SAMPLES[MediaType.PNG])) == (403, *INVALID)
    assert kept(world.system) == NOTHING
    assert call(inspector, "PUT", url, SAMPLES[MediaType.PNG]).status_code == 201


def test_without_a_session_a_ticket_is_nothing(world: World, inspector: Somebody) -> None:
    url, _ = ticket(inspector)
    for method in ("PUT", "GET"):
        assert refusal(call(world.nobody, method, url, b"x")) == (401, "UNAUTHENTICATED", "请先登录。")
    assert refusal(call(Somebody(world.system, "no-such-token"), "PUT", url, b"x"))[1] == "UNAUTHENTICATED"
    inspector.change("mutation { logOut @ }")
    assert refusal(call(inspector, "PUT", url, b"x"))[:2] == (401, "UNAUTHENTICATED")
    assert kept(world.system) == NOTHING


def test_a_way_out_ends_with_the_session_it_was_given_in(world: World, inspector: Somebody) -> None:
    out = address_of(inspector, upload(inspector))
    inspector.change("mutation { logOut @ }")
    assert refusal(call(inspector, "GET", out))[:2] == (401, "UNAUTHENTICATED")


def test_who_has_lost_sight_of_a_file_since_the_ticket_gets_nothing(world: World) -> None:
    """Between ticket and fetch the county's duty person moves to another city."""
    head, duty = world("enterprise-head"), world("county-duty")
    id = upload(head)
    report_progress(world, to_the_factory(world), id)
    out, small = address_of(duty, id), address_of(duty, id, thumbnail=True)
    account = next(one for one in world.state.accounts.values() if one.username == "county-duty")
    elsewhere = department_of(world, "610425").id
    moved = replace(world.state.people[account.person_id], department_id=elsewhere)
    settle_in(world.system.storage, SYSTEM, moved)
    trail = len(world.state.audit)
    for address in (out, small):
        answer = refusal(call(duty, "GET", address))
        assert answer == (404, "NOT_FOUND", "没有找到附件，或您无权查看。")
    assert len(world.state.audit) == trail, "nothing was handed out"
    assert download(head, id).status_code == 200


def test_a_ticket_expires(world: World, inspector: Somebody) -> None:
    url, _ = ticket(inspector)
    world.system.clock.moment += timedelta(minutes=5)
    assert refusal(call(inspector, "PUT", url, SAMPLES[MediaType.PNG])) == (403, *INVALID)


def test_a_ticket_is_one_way(world: World, inspector: Somebody) -> None:
    url, _ = ticket(inspector)
    assert refusal(call(inspector, "GET", url)) == (403, *INVALID)
    out = address_of(inspector, upload(inspector))
    before = kept(world.system)
    assert refusal(call(inspector, "PUT", out, SAMPLES[MediaType.JPEG])) == (403, *INVALID)
    assert kept(world.system) == before


def test_looking_at_the_head_does_not_use_a_ticket_up(inspector: Somebody) -> None:
    out = address_of(inspector, upload(inspector))
    head = call(inspector, "HEAD", out)
    assert (head.status_code, head.headers["allow"]) == (405, "GET, PUT")
    assert call(inspector, "GET", out).status_code == 200


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"])
def test_every_other_method_is_refused_like_everything_else(inspector: Somebody, method: str) -> None:
    url, _ = ticket(inspector)
    answer = call(inspector, method, url, b"x" if method == "POST" else None)
    assert refusal(answer) == (405, "METHOD_NOT_ALLOWED", "只支持 GET 和 PUT 请求。")
    assert answer.headers["allow"] == "GET, PUT"
    assert call(inspector, "PUT", url, SAMPLES[MediaType.PNG]).status_code == 201, "the ticket is still good"


@pytest.mark.parametrize("token", ["%00", "..%5C..%5Cetc", "%2e%2e", "图", "a" * 8000, "%FF"])
@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_whatever_stands_in_the_address_is_no_ticket(inspector: Somebody, method: str, token: str) -> None:
    body = SAMPLES[MediaType.PNG] if method == "PUT" else None
    assert refusal(call(inspector, method, f"/files/{token}", body)) == (403, *INVALID)


@pytest.mark.parametrize("path", ["/files/", "/files/x/y", "/files"])
def test_beside_a_ticket_there_is_nothing(inspector: Somebody, path: str) -> None:
    assert call(inspector, "GET", path).status_code == 404


# ---------------------------------------------------------------- who may


def test_a_loose_file_is_its_uploaders_alone(world: World, inspector: Somebody) -> None:
    id = upload(inspector)
    for username in ("city-head", "province-head", "county-head", "enterprise-head"):
        other = world(username)
        assert other.refusal(REQUEST_DOWNLOAD, id=id, thumbnail=False) == (
            "NOT_FOUND",
            "没有找到附件，或您无权查看。",
            "id",
        )
        assert other.ask("query($id: ID!) { node(id: $id) { id } }", id=id) == {"node": None}


@pytest.mark.parametrize("username", ["system-admin", "security-admin", "audit-admin"])
def test_administrators_have_nothing_to_do_with_files(world: World, username: str) -> None:
    assert world(username).refusal(REQUEST_UPLOAD, name="a.png", size=1)[0] == "FORBIDDEN"


def test_the_files_of_a_feedback_are_fetched_by_whoever_sees_its_problem(world: World) -> None:
    problem, head = to_the_factory(world), world("enterprise-head")
    ids = [upload(head, content) for content in (a_photo(), a_picture("PNG"))]
    report_progress(world, problem, *ids)
    query = """query($id: ID!) { node(id: $id) { ... on Problem {
        attachments { id } feedbacks { attachments { id name mediaType thumbnail } } } } }"""
    for username in ("enterprise-head", "county-duty", "city-head", "province-head"):
        found = world(username).ask(query, id=problem)["node"]
        assert found["attachments"] == []
        assert [file["id"] for file in found["feedbacks"][0]["attachments"]] == ids
        assert download(world(username), ids[0]).content == stored(a_photo())
    for username in ("ent-0002", "ent-0003"):
        assert world(username).refusal(REQUEST_DOWNLOAD, id=ids[0], thumbnail=True)[0] == "NOT_FOUND"


def test_a_feedback_with_somebody_elses_file_is_refused_and_nothing_of_it_is_kept(world: World) -> None:
    problem, head = to_the_factory(world), world("enterprise-head")
    mine, theirs = upload(head), upload(world("ent-0002"))
    form = {"situation": "属实", "measures": "加固", "outcome": "已整改"}
    step(head, "acknowledgeProblem", problem, 1)
    step(head, "rectifyProblem", problem, 2)
    answer = step(head, "feedBackProblem", problem, 3, feedback=form | {"attachments": [mine, theirs]})
    assert (answer["code"], answer["field"]) == ("NOT_FOUND", "attachments")
    assert all(file.loose for file in world.state.attachments.values())
    state = head.ask("query($id: ID!) { node(id: $id) { ... on Problem { state } } }", id=problem)
    assert state["node"] == {"state": "RECTIFYING"}


def test_a_document_has_no_thumbnail(inspector: Somebody) -> None:
    id = upload(inspector, a_pdf(), name="a.pdf")
    assert inspector.refusal(REQUEST_DOWNLOAD, id=id, thumbnail=True) == (
        "BAD_USER_INPUT",
        "该附件不是图片，没有缩略图。",
        "thumbnail",
    )
