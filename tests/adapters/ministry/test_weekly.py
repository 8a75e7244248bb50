"""The rows of the weekly push at the ministry's: in its words, checked, stored, refused and troubled like commitments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final, Protocol
from uuid import UUID

import pytest

from yanbao.adapters.ministry.facts import Untranslatable
from yanbao.adapters.ministry.messages import NEWER_FIGURES, WEEKLY_FACTS, weekly_record
from yanbao.adapters.ministry.push import HttpMinistry
from yanbao.adapters.ministry.shipped import DEFAULT_PROFILE
from yanbao.adapters.ministry.simulator.rules import RULES
from yanbao.adapters.ministry.twin import TwinMinistry
from yanbao.application.ports.exchange import MinistryPlatform, OutboundRecord, PushFailed, RecordKind

from .support import COMMITMENT, DAY, Simulator, changed, record, weekly_facts, weekly_row

ID: Final = UUID("0a0b0c0d-0000-5000-8000-000000000001")
PATROL: Final = RecordKind.PATROL
SPOT_CHECK: Final = RecordKind.SPOT_CHECK
FRIDAY: Final = date(2026, 11, 20)
BEFORE: Final = date(2026, 11, 13)
each_kind = pytest.mark.parametrize("kind", [PATROL, SPOT_CHECK])

COMMON: Final = {
    "id": str(ID),
    "genAreaCode": "610500",
    "extLocalAreaCode": "610500",
    "extAreaName": "渭南市",
    "extWeekStart": "20261113140000",
    "extWeekEnd": "20261120140000",
    "extInspectedNumber": 15,
    "extAutomaticNumber": 11,
    "extWithProblemsNumber": 4,
    "extRectifiedOnSiteNumber": 5,
    "extIssuedNumber": 6,
    "extWithdrawnNumber": 1,
    "extFedBackNumber": 3,
    "extUnfedBackNumber": 7,
    "extOverdueNumber": 2,
}


def translated(kind: RecordKind = PATROL, **changes: Any) -> dict[str, Any]:
    return weekly_record(kind, ID, weekly_facts(**changes), DEFAULT_PROFILE)


# ---------------------------------------------------------------- in their words


def test_a_patrol_row_fills_its_fields_and_flags_the_blocks_that_it_does_not_know() -> None:
    assert translated(PATROL) == COMMON | {
        "inspectDate": "20261120000000",
        "areaCode": "610500",
        "needOnlineRate": "0",
        "onlineRate": None,
        "needVideoOnlineRate": "0",
        "videoOnlineRate": None,
        "needPromiseRate": "0",
        "promiseRate": None,
        "needWarnCount": "0",
        "warnCount": None,
        "needWarnNoRespCount": "0",
        "warnNoRespCount": None,
        "needOtherContent": "1",
        "otherContent": "本周检查情况。",
        "needFeedbackTime": "0",
        "feedbackTime": None,
        "needContactor": "0",
        "contactor": None,
    }


def test_a_spot_check_row_fills_its_fields_and_flags_the_blocks_that_it_does_not_know() -> None:
    assert translated(SPOT_CHECK) == COMMON | {
        "patrolDate": "20261120000000",
        "extContent": "本周检查情况。",
        "needCompanyCode": "0",
        "companyCode": None,
        "needCommitStatus": "0",
        "commitStatus": None,
        "needWarnRank": "0",
        "warnRank": None,
        "needLastWeekWarnRank": "0",
        "lastWeekWarnRank": None,
        "needPatrolledBy": "0",
        "patrolledBy": None,
    }


@each_kind
def test_what_is_translated_is_what_the_ministry_takes(kind: RecordKind) -> None:
    assert RULES[kind].verdict(translated(kind)) is None


@each_kind
def test_every_fact_is_sent(kind: RecordKind) -> None:
    assert set(weekly_facts()) == WEEKLY_FACTS
    assert set(DEFAULT_PROFILE.outbound.records[kind].fields) == WEEKLY_FACTS | {"id", "local_region_code"}


@pytest.mark.parametrize(("local", "gb"), [("611100", "610403"), ("616900", "610100"), ("610500", "610500")])
def test_local_regions_of_city_rank_go_up_under_a_code_of_gb_t_2260_and_are_told_beside(
    local: str, gb: str
) -> None:
    for kind in (PATROL, SPOT_CHECK):
        sent = translated(kind, region_code=local)
        assert (sent["genAreaCode"], sent["extLocalAreaCode"]) == (gb, local)
    assert translated(PATROL, region_code=local)["areaCode"] == gb


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("closes_on", "20261120"),
        ("closes_on", "2026-11-31"),
        ("since", "2026-11-13T14:00:00"),
        ("until", "Friday"),
        ("inspected", -1),
        ("overdue", "2"),
        ("unfed_back", True),
        ("region_name", "名" * 51),
        ("text", "安" * 2001),
        ("text", None),
    ],
)
def test_what_does_not_fit_is_refused_and_never_cut(name: str, value: object) -> None:
    with pytest.raises(Untranslatable) as no:
        translated(**{name: value})
    assert no.value.fact == name


@each_kind
def test_a_row_frozen_by_an_earlier_release_is_sent_again_as_it_was(kind: RecordKind) -> None:
    facts = {name: value for name, value in weekly_facts().items() if name not in NEWER_FIGURES}
    sent = weekly_record(kind, ID, facts, DEFAULT_PROFILE)
    newer = {"extAutomaticNumber", "extRectifiedOnSiteNumber", "extWithdrawnNumber"}
    assert not newer & sent.keys() and newer < translated(kind).keys()
    assert RULES[kind].verdict(sent) is None
    half = weekly_facts()
    del half["withdrawn"]
    with pytest.raises(Untranslatable):
        weekly_record(kind, ID, half, DEFAULT_PROFILE)


def test_missing_and_spare_facts_are_refused() -> None:
    short = {name: value for name, value in weekly_facts().items() if name != "issued"}
    with pytest.raises(Untranslatable, match=r"missing \['issued'\], unknown \['mood'\]"):
        weekly_record(PATROL, ID, {**short, "mood": "good"}, DEFAULT_PROFILE)


# ---------------------------------------------------------------- what the ministry checks


@each_kind
@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"extWeekEnd": None}, "R101", "extWeekEnd"),
        ({"extAreaName": ""}, "R101", "extAreaName"),
        ({"extIssuedNumber": -1}, "R102", "extIssuedNumber"),
        ({"extAutomaticNumber": -1}, "R102", "extAutomaticNumber"),
        ({"extWithdrawnNumber": None}, "R101", "extWithdrawnNumber"),
        ({"extIssuedNumber": "6"}, "R102", "extIssuedNumber"),
        ({"genAreaCode": "6105"}, "R102", "genAreaCode"),
        ({"extWeekEnd": "20261131140000"}, "R102", "extWeekEnd"),
        ({"extWeekEnd": "20261113135959"}, "R105", "extWeekStart"),
        ({"extWithProblemsNumber": 16}, "R105", "extWithProblemsNumber"),
        ({"extOverdueNumber": 8}, "R105", "extOverdueNumber"),
        ({"extAreaName": "名" * 51}, "R104", "extAreaName"),
    ],
)
def test_a_row_that_breaks_their_rules_is_refused_by_field(
    kind: RecordKind, change: dict[str, Any], code: str, field: str
) -> None:
    verdict = RULES[kind].verdict(translated(kind) | change)
    assert verdict is not None
    assert verdict.code == code and field in verdict.sentence


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"needOnlineRate": "1"}, "R105"),
        ({"onlineRate": "97.5"}, "R105"),
        ({"otherContent": None}, "R105"),
        ({"needContactor": "2"}, "R103"),
        ({"needContactor": None}, "R101"),
    ],
)
def test_a_flag_must_say_what_its_block_holds(change: dict[str, Any], code: str) -> None:
    verdict = RULES[PATROL].verdict(translated(PATROL) | change)
    assert verdict is not None and verdict.code == code


# ---------------------------------------------------------------- both ways, on the twin and over HTTP


class World(Protocol):
    """A platform, and how to trouble it and look into it."""

    ministry: MinistryPlatform

    def fail_next(self, answered: int, retry_after: float) -> None: ...
    def lose_next(self) -> None: ...
    def refuse(self, areas: Sequence[str], code: str, times: int | None) -> None: ...
    def push_and_have_it_altered(self, kind: RecordKind, rows: Sequence[OutboundRecord]) -> None: ...
    def held(self, kind: RecordKind, closes_on: date) -> list[dict[str, Any]]: ...


class TwinWorld:
    def __init__(self) -> None:
        self.ministry = TwinMinistry()

    def fail_next(self, answered: int, retry_after: float) -> None:
        self.ministry.fail_next(answered=answered, reason=f"HTTP {answered}", retry_after=retry_after)

    def lose_next(self) -> None:
        self.ministry.lose_next()

    def refuse(self, areas: Sequence[str], code: str, times: int | None) -> None:
        self.ministry.refuse(areas, code=code, times=times)

    def push_and_have_it_altered(self, kind: RecordKind, rows: Sequence[OutboundRecord]) -> None:
        self.ministry.push(kind, rows)
        for row in rows:
            self.ministry.alter(row.id)

    def held(self, kind: RecordKind, closes_on: date) -> list[dict[str, Any]]:
        return self.ministry.weekly(kind, closes_on)


class HttpWorld:
    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.ministry: HttpMinistry = simulator.ministry()

    def fail_next(self, answered: int, retry_after: float) -> None:
        self.simulator.fault(f"http_{answered}", retry_after=retry_after)

    def lose_next(self) -> None:
        self.simulator.fault("lose")

    def refuse(self, areas: Sequence[str], code: str, times: int | None) -> None:
        self.simulator.refuse(areas, code, "拒收", times)

    def push_and_have_it_altered(self, kind: RecordKind, rows: Sequence[OutboundRecord]) -> None:
        self.simulator.fault("alter")
        self.ministry.push(kind, rows)

    def held(self, kind: RecordKind, closes_on: date) -> list[dict[str, Any]]:
        rows = self.simulator.weekly(closes_on)
        return [row["record"] for row in rows if row["kind"] == kind.value]


@pytest.fixture(params=["twin", pytest.param("http", marks=pytest.mark.process)])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "twin":
        yield TwinWorld()
        return
    over_http = HttpWorld(request.getfixturevalue("simulator"))
    yield over_http
    over_http.ministry.close()


@each_kind
def test_rows_are_accepted_held_as_sent_and_receipted_by_kind_and_week(
    world: World, kind: RecordKind
) -> None:
    rows = [weekly_row(kind, region_code=code) for code in ("610100", "610500", "611100")]
    earlier = weekly_row(kind, closes_on=BEFORE.isoformat())
    answer = world.ministry.push(kind, [*rows, earlier])
    assert answer.accepted == {row.id for row in (*rows, earlier)} and answer.refused == ()
    sent = [weekly_record(kind, row.id, row.facts, DEFAULT_PROFILE) for row in rows]
    assert world.held(kind, FRIDAY) == sent
    assert [one["id"] for one in world.held(kind, BEFORE)] == [str(earlier.id)]
    expected = {row.id: world.ministry.digest(kind, row) for row in rows}
    assert {one.id: one.digest for one in world.ministry.receipts(kind, FRIDAY)} == expected


def test_patrols_spot_checks_and_commitments_are_kept_apart(world: World) -> None:
    friday = {"business_date": FRIDAY.isoformat()}
    pushed = {PATROL: weekly_row(PATROL), SPOT_CHECK: weekly_row(SPOT_CHECK), COMMITMENT: record(**friday)}
    for kind, row in pushed.items():
        assert world.ministry.push(kind, [row]).accepted == {row.id}
    for kind, row in pushed.items():
        assert [one.id for one in world.ministry.receipts(kind, FRIDAY)] == [row.id]
    assert world.ministry.receipts(COMMITMENT, DAY) == []


@each_kind
def test_the_same_row_twice_is_held_once(world: World, kind: RecordKind) -> None:
    first = world.ministry.push(kind, [weekly_row(kind)])
    assert world.ministry.push(kind, [weekly_row(kind)]) == first
    assert len(world.held(kind, FRIDAY)) == len(world.ministry.receipts(kind, FRIDAY)) == 1


@each_kind
def test_a_refused_region_does_not_hold_up_the_others(world: World, kind: RecordKind) -> None:
    good, bad = weekly_row(kind), weekly_row(kind, region_code="611100")
    world.refuse(["611100"], "R103", None)
    answer = world.ministry.push(kind, [good, bad])
    assert answer.accepted == {good.id}
    assert [(no.id, no.code, no.may_succeed_later) for no in answer.refused] == [(bad.id, "R103", False)]
    assert [one["extLocalAreaCode"] for one in world.held(kind, FRIDAY)] == ["610500"]


@each_kind
def test_a_region_refused_for_now_is_taken_later(world: World, kind: RecordKind) -> None:
    world.refuse(["610500"], "R501", 1)
    (refusal,) = world.ministry.push(kind, [weekly_row(kind)]).refused
    assert (refusal.code, refusal.may_succeed_later) == ("R501", True)
    assert world.ministry.push(kind, [weekly_row(kind)]).accepted == {weekly_row(kind).id}


@each_kind
@pytest.mark.parametrize("answered", [429, 503])
def test_an_outage_keeps_nothing_and_tells_the_servers_wish(
    world: World, kind: RecordKind, answered: int
) -> None:
    world.fail_next(answered, 30)
    with pytest.raises(PushFailed) as failed:
        world.ministry.push(kind, [weekly_row(kind)])
    assert (failed.value.answered, failed.value.retry_after) == (answered, 30.0)
    assert world.held(kind, FRIDAY) == []
    answer = world.ministry.push(kind, [weekly_row(kind)])
    assert answer.message_id == failed.value.message_id and len(answer.accepted) == 1


@each_kind
def test_what_was_lost_or_changed_in_silence_shows_in_the_receipts(world: World, kind: RecordKind) -> None:
    world.lose_next()
    assert world.ministry.push(kind, [weekly_row(kind)]).accepted == {weekly_row(kind).id}
    assert world.ministry.receipts(kind, FRIDAY) == []
    world.push_and_have_it_altered(kind, [weekly_row(kind)])
    (receipt,) = world.ministry.receipts(kind, FRIDAY)
    assert receipt.digest != world.ministry.digest(kind, weekly_row(kind))


# ---------------------------------------------------------------- the stand-in alone


@pytest.mark.process
def test_the_page_shows_the_rows_as_they_were_received(simulator: Simulator) -> None:
    platform = simulator.ministry()
    platform.push(PATROL, [weekly_row(PATROL, region_name="<b>渭南市</b>")])
    platform.push(SPOT_CHECK, [weekly_row(SPOT_CHECK, inspected=321)])
    platform.push(SPOT_CHECK, [weekly_row(SPOT_CHECK, inspected=321)])
    platform.push(PATROL, [weekly_row(PATROL, region_code="611100", region_name="杨凌示范区")])
    simulator.refuse(["611100"], "R501", "稍后再报", 1)
    platform.push(SPOT_CHECK, [weekly_row(SPOT_CHECK, region_code="611100")])
    page = simulator.client.get("/").text
    week = "2026-11-13 14:00 至 2026-11-20 14:00"
    for expected in (
        "每周巡查抽查情况",
        f"每周巡查：{week}，2个区域",
        f"每周抽查：{week}，1个区域",
        "610403（本地611100）",
        "本周检查情况。",
        ">321<",
        '<span class="tag again">2</span>',
        "接收0条，拒收1条：R501 稍后再报",
    ):
        assert expected in page, expected
    assert "&lt;b&gt;渭南市" in page and "<b>" not in page
    assert [row["times"] for row in simulator.weekly(FRIDAY)] == [1, 1, 2]
    assert simulator.client.get("/_control/weekly").status_code == 400


@pytest.mark.process
def test_a_message_of_another_kind_than_its_path_is_refused_whole(simulator: Simulator) -> None:
    crossed = changed(
        outbound__records__PATROL__path="/spot-check", outbound__records__SPOT_CHECK__path="/patrol"
    )
    with pytest.raises(PushFailed, match="A404: 报文类型与路径不符"):
        simulator.ministry(profile=crossed).push(PATROL, [weekly_row(PATROL)])
    assert simulator.weekly(FRIDAY) == []
