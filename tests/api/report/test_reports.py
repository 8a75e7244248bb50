"""Reports over the API: listed by kind and region, fetched by ticket over HTTP, seen by the province and the own city."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import unquote

import docx
import pytest

from yanbao.adapters.word.writer import DocxWriter
from yanbao.domain.report.report import ReportKind
from yanbao.graphql.parts.ids import global_id

from ...support.asking import TODAY, Somebody, World, a_world, region_id, unknown
from ..files.filing import INVALID, call, refusal

ALL = """query($kind: ReportKind, $region: ID) { reports(kind: $kind, regionId: $region, first: 50) {
    totalCount nodes { id kind kindName title region { code } departmentName firstDay lastDay asOf asOfText madeAt fileName size } } }"""
TICKET = "mutation($id: ID!) { reportTicket(id: $id) @ }"


@pytest.fixture(scope="module")
def world() -> World:
    made = a_world().at("12:31")
    made.system.reports.instead = DocxWriter()
    made.system.app.report_making.make(ReportKind.DAILY, TODAY)
    return made


def listed(who: Somebody, **variables: Any) -> list[dict[str, Any]]:
    found = who.ask(ALL, **variables)["reports"]
    assert found["totalCount"] == len(found["nodes"])
    nodes: list[dict[str, Any]] = found["nodes"]
    return nodes


def of(world: World, code: str) -> dict[str, Any]:
    (found,) = listed(world("province-head"), region=region_id(code))
    return found


def fetch(who: Somebody, id: str) -> Any:
    ready = who.change(TICKET, "... on DownloadReady { url expiresAt }", id=id)
    assert ready["__typename"] == "DownloadReady", ready
    return call(who, "GET", ready["url"])


def test_the_province_sees_all_and_a_city_its_own(world: World) -> None:
    codes = [node["region"]["code"] for node in listed(world("province-head"))]
    assert codes[0] == "610000" and len(codes) == 13 and codes == sorted(codes)
    assert [node["region"]["code"] for node in listed(world("city-head"))] == ["610500"]


def test_a_report_says_what_it_is(world: World) -> None:
    found = of(world, "610500")
    day = f"{TODAY.year}年{TODAY.month}月{TODAY.day}日"
    assert found["title"] == f"渭南市烟花爆竹安全承诺日报（{day}）"
    assert (found["kind"], found["kindName"]) == ("DAILY", "日报")
    assert (found["firstDay"], found["lastDay"]) == (f"{TODAY}", f"{TODAY}")
    assert found["asOf"] == f"{TODAY}T12:30:00+08:00"
    assert found["asOfText"] == f"{TODAY.month}月{TODAY.day}日12:30"
    assert found["departmentName"] == "渭南市应急管理局"


def test_they_are_found_by_kind(world: World) -> None:
    assert listed(world("province-head"), kind="WEEKLY") == []
    assert len(listed(world("province-head"), kind="DAILY")) == 13


def test_a_document_comes_over_http_under_its_name_once(world: World) -> None:
    head, found = world("city-head"), of(world, "610500")
    ready = head.change(TICKET, "... on DownloadReady { url expiresAt }", id=found["id"])
    answer = call(head, "GET", ready["url"])
    assert answer.status_code == 200 and len(answer.content) == found["size"]
    assert answer.headers["content-type"].endswith("wordprocessingml.document")
    name = unquote(answer.headers["content-disposition"].partition("UTF-8''")[2])
    assert name == found["fileName"] == f"{found['title']}.docx"
    assert answer.headers["content-disposition"].startswith("attachment; ")
    word = docx.Document(BytesIO(answer.content))
    assert word.paragraphs[0].text.endswith("全市\n烟花爆竹企业安全承诺情况的通报")
    assert refusal(call(head, "GET", ready["url"])) == (403, *INVALID)


def test_a_ticket_is_for_the_session_that_asked(world: World) -> None:
    ready = world("city-head").change(
        TICKET, "... on DownloadReady { url expiresAt }", id=of(world, "610500")["id"]
    )
    assert refusal(call(world("province-head"), "GET", ready["url"])) == (403, *INVALID)
    assert call(world("city-head"), "GET", ready["url"]).status_code == 200


def test_every_download_is_in_the_audit_trail(world: World) -> None:
    found = of(world, "610000")
    world.system.clock.moment += timedelta(minutes=1)  # Later than everything else in the trail.
    assert fetch(world("province-head"), found["id"]).status_code == 200
    asked = '{ auditEntries(first: 50, text: "ReportDownloaded") { nodes { action subject } } }'
    subjects = [entry["subject"] for entry in world("audit-admin").ask(asked)["auditEntries"]["nodes"]]
    assert any(subject.startswith("RegionReport:") for subject in subjects)


@pytest.mark.parametrize("code", ["610000", "610100"])
def test_a_city_finds_none_of_another_or_of_the_province(world: World, code: str) -> None:
    head, id = world("city-head"), of(world, code)["id"]
    assert head.error(ALL, region=region_id(code))["code"] == "NOT_FOUND"
    assert head.ask("query($id: ID!) { report(id: $id) { title } }", id=id) == {"report": None}
    assert head.refusal(TICKET, id=id)[::2] == ("NOT_FOUND", "id")
    assert head.refusal(TICKET, id=id) == head.refusal(TICKET, id=unknown("RegionReport"))


@pytest.mark.parametrize("id", [unknown("RegionReport"), "x", region_id("610000")])
def test_an_unknown_id_is_null(world: World, id: str) -> None:
    assert world("province-head").ask("query($id: ID!) { report(id: $id) { title } }", id=id) == {
        "report": None
    }


def test_one_report_is_found_by_its_id(world: World) -> None:
    found = of(world, "610500")
    query = "query($id: ID!) { report(id: $id) { id title } }"
    assert world("city-head").ask(query, id=found["id"])["report"] == {
        "id": found["id"],
        "title": found["title"],
    }


@pytest.mark.parametrize("who", ["county-head", "enterprise-head", "system-admin", "audit-admin"])
def test_nobody_else_has_any(world: World, who: str) -> None:
    somebody, id = world(who), of(world, "610500")["id"]
    assert somebody.error(ALL)["code"] == "FORBIDDEN"
    assert somebody.error("query($id: ID!) { report(id: $id) { title } }", id=id)["code"] == "FORBIDDEN"
    assert somebody.refusal(TICKET, id=id)[0] == "FORBIDDEN"


def test_the_message_to_the_head_links_to_the_report(world: World) -> None:
    (message,) = [
        node
        for node in world("city-head").ask(
            "{ viewer { messages(first: 50) { nodes { kind subject { __typename id } } } } }"
        )["viewer"]["messages"]["nodes"]
        if node["kind"] == "REPORT_READY"
    ]
    assert message["subject"] == {"__typename": "RegionReport", "id": of(world, "610500")["id"]}


def test_a_position_of_another_list_is_refused(world: World) -> None:
    query = "query($after: String) { reports(first: 1, after: $after, orderBy: OLDEST) { pageInfo { endCursor } } }"
    foreign = world("province-head").ask("{ departments(first: 1) { pageInfo { endCursor } } }")
    after = foreign["departments"]["pageInfo"]["endCursor"]
    assert world("province-head").error(query, after=after)["code"] == "BAD_USER_INPUT"
    assert global_id("RegionReport", "x") != after
