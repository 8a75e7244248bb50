"""Exports by the API: asked for, listed, cancelled and fetched by their owner, and by nobody else."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from yanbao.application.access import SYSTEM
from yanbao.domain.export.job import ExportFile, export_key
from yanbao.domain.export.kind import EXPORT_KIND_NAMES, ExportKind
from yanbao.domain.values import ExportId, RegionId
from yanbao.graphql.export.inputs import CONVERTERS, ExportInput
from yanbao.graphql.parts.ids import uuid_of

from ...support.asking import TODAY, World, a_world, region_id, unknown
from ...support.dates import FRIDAY, in_days
from ..files.filing import INVALID, call, refusal
from .asking import (
    CANCEL,
    DAYS,
    ONE,
    REQUEST,
    TICKET,
    address_of,
    all_in_the_queue,
    download,
    export,
    requested,
)

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FOREIGN = region_id("610115")
"""In another city than 渭南."""


@pytest.fixture
def world() -> World:
    return a_world()


def cells(content: bytes) -> list[Any]:
    sheet = load_workbook(BytesIO(content), read_only=True).active
    assert sheet is not None
    return [cell for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]


# ---------------------------------------------------------------- the whole way


def test_a_small_list_is_asked_for_and_fetched(world: World) -> None:
    world.submit(world.red)
    who = world("county-duty")
    made = requested(who)
    assert (made["kind"], made["state"], made["failure"]) == ("COMMITMENTS", "READY", None)
    assert (made["kindName"], made["stateName"]) == ("安全承诺", "可下载")
    assert made["rowsDone"] == made["rowsTotal"] >= 1 and made["allowedActions"] == ["DOWNLOAD"]
    answer = download(who, made["id"])
    assert answer.status_code == 200 and answer.headers["content-type"] == EXCEL
    assert len(answer.content) == made["size"] == int(answer.headers["content-length"])
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert answer.headers["cache-control"] == "private, no-store"
    assert made["fileName"] == f"安全承诺（{TODAY}）.xlsx"
    shown = cells(answer.content)
    assert world.red.name in shown and not any(isinstance(c, str) and c.startswith("=") for c in shown)


def test_a_large_one_is_queued_seen_and_fetched_later(world: World) -> None:
    who = all_in_the_queue(world)("city-duty")
    queued = requested(who)
    assert (queued["state"], queued["size"], queued["allowedActions"]) == ("QUEUED", None, ["CANCEL"])
    assert who.refusal(TICKET, id=queued["id"]) == ("ACTION_NOT_ALLOWED", "该导出排队中，不能下载。", None)
    world.system.app.export_runs.run_due()
    ready = export(who, queued["id"])
    assert (ready["state"], ready["rowsDone"]) == ("READY", queued["rowsTotal"])
    assert download(who, queued["id"]).status_code == 200


WHAT: dict[ExportKind, tuple[str, dict[str, Any]]] = {
    ExportKind.COMMITMENTS: ("province-head", DAYS),
    ExportKind.INSPECTIONS: ("province-head", DAYS),
    ExportKind.WEEKLY_FIGURES: ("province-head", {"weekEnding": f"{in_days(-7, FRIDAY)}"}),
    ExportKind.PROBLEMS: ("province-head", {"overdue": True}),
    ExportKind.ALERTS: ("province-head", {"overdue": True}),
    ExportKind.ENTERPRISES: ("province-head", {}),
    ExportKind.CERTIFICATES: ("province-head", {}),
    ExportKind.SHUTDOWN_PERIODS: ("province-head", {"cancelled": False}),
    ExportKind.DEPARTMENTS: ("system-admin", {"level": "COUNTY"}),
    ExportKind.PEOPLE: ("system-admin", {}),
    ExportKind.SMS_RECORDS: ("province-duty", {"businessDate": f"{TODAY}"}),
    ExportKind.EXCHANGE_ENTRIES: ("province-duty", {"businessDate": f"{TODAY}"}),
    ExportKind.INBOX_MESSAGES: ("province-duty", {}),
    ExportKind.INBOX_RECORDS: ("province-duty", {}),
    ExportKind.AUDIT_ENTRIES: ("audit-admin", {"text": "LoggedIn"}),
    ExportKind.COMMITMENT_STATISTICS: ("province-duty", {**DAYS, "step": "DAY", "regionLevel": "CITY"}),
    ExportKind.INSPECTION_STATISTICS: ("province-duty", {**DAYS, "kind": "PATROL", "step": "WEEK"}),
    ExportKind.PROBLEM_STATISTICS: ("province-duty", {"where": {**DAYS, "overdue": True}, "by": "REGION"}),
    ExportKind.ALERT_STATISTICS: ("province-duty", {"where": DAYS, "by": "LEVEL", "step": "MONTH"}),
}
"""Of each kind who asks for it, and by which filter."""


def test_every_kind_has_its_input() -> None:
    named = {field.python_name for field in ExportInput.__strawberry_definition__.fields}  # type: ignore[attr-defined]
    assert set(WHAT) == set(CONVERTERS) == set(ExportKind)
    assert named == {kind.name.lower() for kind in ExportKind}


@pytest.mark.parametrize("kind", ExportKind)
def test_every_list_is_a_workbook_with_its_rows(world: World, kind: ExportKind) -> None:
    username, where = WHAT[kind]
    first, *rest = kind.name.lower().split("_")
    what = {first + "".join(word.capitalize() for word in rest): where}
    who = world(username)
    made = requested(who, what)
    assert (made["state"], made["kind"]) == ("READY", kind.name), made
    assert made["kindName"] == EXPORT_KIND_NAMES[kind]
    assert cells(download(who, made["id"]).content)
    # A worker that makes it later has the same filter from its stored form.
    later = requested(all_in_the_queue(world)(username), what)
    world.system.app.export_runs.run_due()
    after = export(who, later["id"])
    assert (after["state"], after["failure"]) == ("READY", None)


# ---------------------------------------------------------------- bad input is refused before work begins


def nothing_has_begun(world: World) -> bool:
    return not world.state.exports and not world.system.files.keys


@pytest.mark.parametrize(
    ("what", "code", "field"),
    [
        (
            {"commitments": {"firstDay": f"{TODAY}", "lastDay": f"{in_days(-1)}"}},
            "BAD_USER_INPUT",
            "lastDay",
        ),
        (
            {"commitments": {"firstDay": f"{in_days(-5 * 366)}", "lastDay": f"{TODAY}"}},
            "BAD_USER_INPUT",
            "lastDay",
        ),
        ({"problems": {"firstDay": f"{TODAY}", "lastDay": f"{in_days(-1)}"}}, "BAD_USER_INPUT", "lastDay"),
        ({"problems": {"text": "离线"}}, "BAD_USER_INPUT", "firstDay"),
        ({"commitments": {**DAYS, "regionId": FOREIGN}}, "NOT_FOUND", "regionId"),
        ({"problems": {"regionId": unknown("Region")}}, "NOT_FOUND", "regionId"),
        ({"problems": {"enterpriseId": unknown("Enterprise")}}, "NOT_FOUND", "enterpriseId"),
        ({"alerts": {"enterpriseId": "nonsense"}}, "NOT_FOUND", "enterpriseId"),
    ],
)
def test_a_filter_that_the_list_refuses_is_refused(
    world: World, what: dict[str, Any], code: str, field: str
) -> None:
    refused = world("county-duty").refusal(REQUEST, what=what)
    assert (refused[0], refused[2]) == (code, field)
    assert nothing_has_begun(world)


@pytest.mark.parametrize("what", [{}, {"commitments": DAYS, "problems": {}}, {"problems": None}])
def test_exactly_one_list_is_named(world: World, what: dict[str, Any]) -> None:
    assert world("county-duty").error("mutation($what: ExportInput!) { requestExport(what: $what) { __typename } }", what=what)["code"] == "BAD_USER_INPUT"  # fmt: skip
    assert nothing_has_begun(world)


def test_two_million_rows_are_refused_with_their_number(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        world.system.app.exports._catalogue, "count", lambda actor, kind, selection: 2_000_000
    )
    code, sentence, _ = world("county-duty").refusal(REQUEST, what={"commitments": DAYS})
    assert code == "EXPORT_TOO_LARGE" and "共2000000行，一次最多1000000行" in sentence
    assert nothing_has_begun(world)


def test_a_fourth_one_has_to_wait(world: World) -> None:
    who = all_in_the_queue(world)("county-duty")
    ids = [requested(who)["id"] for _ in range(3)]
    assert who.refusal(REQUEST, what={"commitments": DAYS})[0] == "TOO_MANY_EXPORTS"
    assert who.change(CANCEL, id=ids[0])["__typename"] == "ExportCancelled"
    assert requested(who)["state"] == "QUEUED"


@pytest.mark.parametrize("username", ["enterprise-head", "security-admin"])
def test_who_has_no_lists_exports_nothing(world: World, username: str) -> None:
    assert world(username).refusal(REQUEST, what={"commitments": DAYS})[0] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("username", "what"),
    [
        ("system-admin", {"commitments": DAYS}),
        ("audit-admin", {"problems": {}}),
        ("province-head", {"auditEntries": {}}),
        ("county-duty", {"exchangeEntries": {}}),
    ],
)
def test_a_list_that_the_role_may_not_read_is_not_exported_either(
    world: World, username: str, what: dict[str, Any]
) -> None:
    assert world(username).refusal(REQUEST, what=what)[0] == "FORBIDDEN"
    assert nothing_has_begun(world)


# ---------------------------------------------------------------- once, and nobody else's


def test_the_same_key_gives_the_same_export(world: World) -> None:
    who = world("county-duty")
    first = requested(who, key="export-key-1")
    assert requested(who, key="export-key-1") == first and len(world.state.exports) == 1
    assert who.refusal(REQUEST, what={"problems": {}}, key="export-key-1")[0] == "CONFLICT"


def test_somebody_elses_export_is_not_found(world: World) -> None:
    id = requested(world("county-duty"))["id"]
    for username in ("city-duty", "province-head", "audit-admin"):
        other = world(username)
        for answer in (other.refusal(TICKET, id=id), other.refusal(CANCEL, id=id)):
            assert answer == ("NOT_FOUND", "没有找到导出，或您无权查看。", "id")
        assert other.error(ONE, id=id)["code"] == "NOT_FOUND"
        assert other.ask("{ exports(first: 5) { totalCount nodes { id } } }") == {
            "exports": {"totalCount": 0, "nodes": []}
        }
        assert other.ask("query($id: ID!) { node(id: $id) { id } }", id=id) == {"node": None}


def test_ones_own_are_listed_by_state(world: World) -> None:
    who = world("county-duty")
    ready = requested(who)["id"]
    queued = requested(all_in_the_queue(world)("county-duty"))["id"]
    listed = "query($s: [ExportState!]) { exports(first: 5, states: $s) { totalCount nodes { id } } }"
    assert who.ask(listed)["exports"]["totalCount"] == 2
    assert who.ask(listed, s=["READY"])["exports"]["nodes"] == [{"id": ready}]
    assert who.ask(listed, s=["QUEUED"])["exports"]["nodes"] == [{"id": queued}]


# ---------------------------------------------------------------- tickets


def test_a_ticket_is_good_once_and_for_its_session_only(world: World) -> None:
    who = world("county-duty")
    id = requested(who)["id"]
    url = address_of(who, id)
    fellow = world("city-duty")
    assert refusal(call(fellow, "GET", url)) == (403, *INVALID)
    again = world.at("08:31")("county-duty")
    assert refusal(call(again, "GET", url)) == (403, *INVALID), "another session of the same person"
    assert call(who, "GET", url).status_code == 200
    assert refusal(call(who, "GET", url)) == (403, *INVALID)
    assert call(world.nobody, "GET", address_of(who, id)).status_code == 401


def test_a_ticket_is_worth_nothing_once_its_session_has_ended(world: World) -> None:
    who = world("county-duty")
    url = address_of(who, requested(who)["id"])
    who.ask("mutation { logOut { __typename } }")
    assert call(who, "GET", url).status_code == 401


def test_who_has_lost_a_region_since_does_not_get_the_file(world: World) -> None:
    who = world("county-duty")
    id = requested(who)["id"]
    url = address_of(who, id)
    with world.system.storage.work(SYSTEM) as work:
        job = next(iter(world.state.exports.values()))
        office = work.departments.get(job.owner.department_id, within=SYSTEM.scope)
        work.departments.save(replace(office, jurisdiction=frozenset({RegionId("610527")})))
        work.commit()
    status, code, sentence = refusal(call(who, "GET", url))
    assert (status, code) == (403, "EXPORT_OUTDATED") and "请重新导出" in sentence
    assert who.refusal(TICKET, id=id)[0] == "EXPORT_OUTDATED"


def test_after_a_day_the_file_is_gone(world: World) -> None:
    who = world("county-duty")
    id = requested(who)["id"]
    url = address_of(who, id)
    job = world.state.exports[ExportId(uuid_of("Export", id))]
    state = world.state.fork()
    expired = replace(job, file=replace(job.file or _no_file(), name="旧.xlsx"), events=[])
    expired.expire(at=world.now)
    state.exports.put(job.id, expired)
    world.system.storage.landed = state  # type: ignore[attr-defined]
    assert refusal(call(who, "GET", url)) == (410, "ACTION_NOT_ALLOWED", "该导出已过期，不能下载。")
    assert who.refusal(TICKET, id=id)[0] == "ACTION_NOT_ALLOWED"
    assert export(who, id)["allowedActions"] == []


def test_a_lost_file_is_said_to_be_lost(world: World) -> None:
    who = world("county-duty")
    url = address_of(who, requested(who)["id"])
    (key,) = world.system.files.keys
    world.system.files.delete(key)
    assert refusal(call(who, "GET", url)) == (404, "NOT_FOUND", "文件已丢失，请联系系统管理员。")


def _no_file() -> ExportFile:
    return ExportFile(export_key(ExportId(uuid_of("Export", unknown("Export"))), 1), "", 0, "", 0)
