"""Every list: page by page without gap or double, with cursors of its own, counted only when asked."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from functools import cache
from itertools import permutations
from typing import Any

import pytest

from yanbao.application.ports.commitment import CommitmentReader
from yanbao.domain.inspection.inspection import InspectionState
from yanbao.domain.report.report import ReportKind

from ..support.asking import TODAY, Somebody, World, a_world, pages, region_id
from ..support.system import send_texts
from .alert.alerting import opened
from .exchange.inboxing import received
from .export.asking import requested
from .inspection.inspecting import a_patrol, open_patrol
from .problem.issuing import to_the_county


@cache
def scene() -> World:
    """Something for every list: reports, pushes, reminders, slots, the trail."""
    world = a_world(60)
    for of in world.enterprises[:9]:
        if of.region_id == "610526" or of.region_id.startswith("6101"):
            world.submit(of)
    world.at("09:30").system.app.schedule.tick()
    world.at("10:00").system.app.schedule.tick()
    send_texts(world.system.app.texts)
    for _ in range(3):
        world.at("12:00").system.ministry.fail_next()
        world.system.app.pushes.push_due()
        world.system.clock.moment = max(row.duty.due_at for row in world.state.duties.values())
    world.at("12:30").system.app.pushes.push_due()
    for number in range(7):
        to_the_county(world, number)
        opened(world, f"W-{number}")
        received(world, number)
        requested(world("province-head"))
        a_patrol(world("city-inspector"), key=f"record-{number}")
        open_patrol(world("city-inspector"), key=f"draft-{number:02}")
        a_setting_changed(world, f"09:{10 + number}")
    world.at("12:31").system.app.report_making.make(ReportKind.DAILY, TODAY)
    return world


def a_setting_changed(world: World, value: str) -> None:
    answer = world("province-head").change(
        """mutation($region: ID!, $value: String!, $from: Date!) {
            setSetting(regionId: $region, key: COMMITMENT_DEADLINE, value: $value, effectiveFrom: $from) @ }""",
        **{"region": region_id("610000"), "value": value, "from": f"{TODAY + timedelta(days=1)}"},
    )
    assert answer["__typename"] == "DirectorySaved", answer


DAY = f'where: {{firstDay: "{TODAY}", lastDay: "{TODAY}"}}'

LISTS: dict[str, tuple[str, str, str, str]] = {
    # name -> (who, arguments, what tells two entries apart, in which table they are)
    "enterprises": ("province-head", "", "id", "enterprises"),
    "departments": ("province-head", "", "id", "departments"),
    "people": ("province-head", "where: {active: null}", "id", "people"),
    "certificates": ("province-head", "where: {renewed: true}", "id", "certificates"),
    "commitments": ("province-head", DAY, "id", "commitments"),
    "inspections": ("province-head", DAY, "id", "inspections SUBMITTED"),
    "inspectionDrafts": ("city-inspector", "", "id", "inspections DRAFT"),
    "problems": ("province-head", "where: {}", "id", "problems"),
    "alerts": ("province-head", "where: {}", "id", "alerts"),
    "problemsToMe": ("county-head", "", "id", "problems"),
    "problemsByMe": ("city-head", "", "id", "problems"),
    "shutdownPeriods": ("province-head", "", "id", "shutdown_periods"),
    "exports": ("province-head", "", "id", "exports"),
    "settingChanges": (
        "province-head",
        f'regionId: "{region_id("610000")}"',
        "before after changedAt",
        "setting_changes",
    ),
    "reports": ("province-head", "", "id", "region_reports"),
    "smsRecords": ("province-head", "", "receiverName phone stage text createdAt businessDate", "texts"),
    "exchangeEntries": ("province-head", "", "id", "duties"),
    "inboxMessages": ("province-head", "", "id", "inbox_messages"),
    "inboxRecords": ("province-head", "", "id", "inbox_records"),
    "exchangeAttempts": ("province-head", "", "messageId at", "attempts"),
    "accounts": ("system-admin", "", "id", "accounts"),
    "scheduleSlots": ("system-admin", "", "job slotAt", "slots"),
    "auditEntries": ("audit-admin", "", "at action subject actorName", "audit"),
}


def entries(name: str) -> int:
    """How many there are."""
    table, _, state = LISTS[name][3].partition(" ")
    rows = getattr(scene().state, table).values()
    if state:
        return sum(row.inspection.state is InspectionState[state] for row in rows)
    return len(rows)


def who(name: str) -> Somebody:
    return scene()(LISTS[name][0])


def page(name: str, first: int, after: str | None = None) -> dict[str, Any]:
    _, arguments, selection, _ = LISTS[name]
    query = f"""query($first: Int!, $after: String) {{ list: {name}(first: $first, after: $after {arguments})
        {{ edges {{ cursor node {{ {selection} }} }} nodes {{ {selection} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
    found: dict[str, Any] = who(name).ask(query, first=first, after=after)["list"]
    return found


def test_no_list_is_missing_here() -> None:
    described = who("enterprises").ask(
        '{ __type(name: "Query") { fields { name type { ofType { name } } } } }'
    )
    connections = {
        field["name"]
        for field in described["__type"]["fields"]
        if ((field["type"]["ofType"] or {}).get("name") or "").endswith("Connection")
    }
    assert connections == set(LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_walking_through_a_list_meets_every_entry_once(name: str) -> None:
    username, arguments, selection, _ = LISTS[name]
    person, total = scene()(username), entries(name)
    size = max(2, total // 6)
    walked = list(pages(person, name, selection, first=size, arguments=arguments))
    assert len(walked) == total > 1
    in_one = list(pages(person, name, selection, first=100, arguments=arguments))
    assert walked == in_one, "the order does not depend on the size of the pages"


@pytest.mark.parametrize("name", LISTS)
def test_each_entry_has_its_own_cursor_and_the_last_one_ends_the_page(name: str) -> None:
    found = page(name, 3)
    cursors = [edge["cursor"] for edge in found["edges"]]
    assert [edge["node"] for edge in found["edges"]] == found["nodes"]
    assert len(set(cursors)) == len(cursors) > 1 and found["pageInfo"]["endCursor"] == cursors[-1]
    behind_first = page(name, 2, cursors[0])
    assert behind_first["nodes"][: len(cursors) - 1] == found["nodes"][1:]


@pytest.mark.parametrize("name", LISTS)
def test_behind_the_last_entry_there_is_nothing(name: str) -> None:
    after = None
    while (found := page(name, 100, after))["pageInfo"]["hasNextPage"]:
        after = found["pageInfo"]["endCursor"]
    beyond = page(name, 5, found["pageInfo"]["endCursor"])
    assert beyond["nodes"] == [] and beyond["edges"] == []
    assert beyond["pageInfo"] == {"hasNextPage": False, "endCursor": None}


@pytest.mark.parametrize("first", [0, -1, 101, 200])
@pytest.mark.parametrize("name", LISTS)
def test_pages_have_1_to_100_entries(name: str, first: int) -> None:
    query = f"query($first: Int!) {{ {name}(first: $first {LISTS[name][1]}) {{ totalCount }} }}"
    error = who(name).error(query, first=first)
    assert error["code"] == "BAD_USER_INPUT"
    assert error["field"] == "first" and "1至100" in error["sentence"]


def test_a_page_of_billions_is_stopped_before_anything_is_read() -> None:
    error = who("enterprises").error("{ enterprises(first: 2147483647) { nodes { id } } }")
    assert error["code"] in ("GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT")


@pytest.mark.parametrize("name", LISTS)
def test_first_must_be_said(name: str) -> None:
    arguments = f"({LISTS[name][1]})" if LISTS[name][1] else ""
    error = who(name).error(f"{{ {name}{arguments} {{ totalCount }} }}")
    assert error["code"] == "BAD_USER_INPUT"


def _cursor(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


BROKEN = {
    "no base64": "%%%",
    "not ascii": "翻页",
    "no json": "eHh4",
    "no list": _cursor({"a": 1}),
    "an empty list": _cursor([]),
    "a list of numbers": _cursor([1, 2]),
    "a list of lists": _cursor([["a"]]),
    "far too many parts": _cursor(["a"] * 50),
    "nested very deeply": base64.urlsafe_b64encode(b"[" * 50_000).decode().rstrip("="),
    "far too long": _cursor(["a" * 200_000]),
    "half a character": _cursor(["\ud800", "x"]),
    "a zero byte": _cursor(["\x00", "x"]),
    "empty": "",
}


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("name", LISTS)
def test_a_cursor_that_is_none_is_refused(name: str, broken: str) -> None:
    query = f"query($after: String) {{ {name}(first: 5, after: $after {LISTS[name][1]}) {{ totalCount }} }}"
    error = who(name).error(query, after=BROKEN[broken])
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", "after"), error


@pytest.mark.parametrize(
    ("name", "of"),
    # Lists of the same things in the same order share their cursors.
    [(name, of) for name, of in permutations(LISTS, 2) if LISTS[name][3] != LISTS[of][3]],
)
def test_a_cursor_of_another_list_is_refused(name: str, of: str) -> None:
    foreign = page(of, 1)["pageInfo"]["endCursor"]
    query = f"query($after: String) {{ {name}(first: 5, after: $after {LISTS[name][1]}) {{ totalCount }} }}"
    error = who(name).error(query, after=foreign)
    assert (error["code"], error["field"]) == ("BAD_USER_INPUT", "after"), error


def test_a_list_within_a_list_has_pages_of_its_own() -> None:
    query = """query($after: String) { commitmentOverview { whole { commitments(group: EXPECTED, first: 25, after: $after)
        { totalCount nodes { id } pageInfo { hasNextPage endCursor } } } } }"""
    seen: list[str] = []
    after = None
    while True:
        found = scene()("province-head").ask(query, after=after)["commitmentOverview"]["whole"]["commitments"]
        seen += [node["id"] for node in found["nodes"]]
        if not found["pageInfo"]["hasNextPage"]:
            break
        after = found["pageInfo"]["endCursor"]
    assert len(seen) == len(set(seen)) == found["totalCount"] == 60


# ---------------------------------------------------------------- counting


@pytest.mark.parametrize(
    ("selection", "counted"),
    [("nodes { id }", 0), ("pageInfo { hasNextPage }", 0), ("totalCount", 1), ("totalCount nodes { id }", 1)],
)
def test_a_list_is_counted_only_when_the_total_is_asked_for(
    selection: str, counted: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader: CommitmentReader = scene().system.app.commitments._readers.commitments
    calls: list[object] = []
    count = type(reader).count

    def counting(self: Any, *args: Any) -> int:
        calls.append(args)
        return count(self, *args)

    monkeypatch.setattr(type(reader), "count", counting)
    scene()("province-head").ask(f"{{ commitments({DAY}, first: 5) {{ {selection} }} }}")
    assert len(calls) == counted


def test_an_enterprise_list_is_counted_only_when_the_total_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = scene().system.app.browsing._directory
    calls: list[object] = []
    monkeypatch.setattr(type(reader), "enterprise_count", lambda self, *args: calls.append(args) or 60)
    scene()("province-head").ask("{ enterprises(first: 5) { nodes { id } } }")
    assert calls == []
    assert scene()("province-head").ask("{ enterprises(first: 5) { totalCount } }")["enterprises"] == {
        "totalCount": 60
    }
    assert len(calls) == 1


@pytest.mark.parametrize(
    "name",
    [
        *(
            "inspections",
            "inspectionDrafts",
            "problems",
            "alerts",
            "departments",
            "certificates",
            "smsRecords",
        ),
        *("exchangeEntries", "inboxMessages", "inboxRecords", "people", "accounts"),
    ],
)
def test_what_is_counted_is_what_there_is(name: str) -> None:
    arguments = LISTS[name][1]
    found = who(name).ask(f"{{ {name}(first: 2 {arguments}) {{ totalCount nodes {{ id }} }} }}")[name]
    counted = None if name == "inspectionDrafts" else entries(name)
    assert found["totalCount"] == counted and len(found["nodes"]) == 2


def test_a_total_is_that_of_the_filter_and_not_of_the_page() -> None:
    found = scene()("province-head").ask(
        f"{{ commitments({DAY}, first: 2) {{ totalCount nodes {{ id }} }} }}"
    )
    assert found["commitments"]["totalCount"] == 60 and len(found["commitments"]["nodes"]) == 2


def test_a_list_that_counts_nothing_says_null() -> None:
    for name in ("shutdownPeriods", "exchangeAttempts", "scheduleSlots"):
        assert who(name).ask(f"{{ {name}(first: 2) {{ totalCount }} }}")[name] == {"totalCount": None}
