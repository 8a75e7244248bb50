"""The wall screen through the API: one query, of the viewer's scope only, with sentences and links."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ...support.asking import TODAY, a_world, region_id, stopped_form

STOPPED = {**stopped_form(), "production": None, "wholesale": None}
SCENE = a_world(40)
SCENE.system.app.commitments.report_shutdowns(TODAY)
for number, of in enumerate(SCENE.enterprises[:12]):
    if number % 3:
        SCENE.submit(of, **STOPPED)
SCENE.at("10:30")
for of in SCENE.enterprises[12:16]:
    SCENE.submit(of, **STOPPED)

TALLY = "tally { expected inProduction stopped unreported onTime late onTimeRate }"
SCREEN = f"""query($region: ID) {{ wall(regionId: $region) {{ at
    today {{ region {{ code name }} {TALLY} }} yesterday {{ firstDay lastDay {TALLY} }}
    ranking {{ rank {{ place among }} figures {{ region {{ id code name }} {TALLY} }} }}
    days {{ date {TALLY} }}
    problems {{ severity severityName unfedBack overdue }} alerts {{ level levelName unfedBack overdue }}
    events {{ at sentence about {{ __typename id }} }}
    health {{ colour sentence }} }} }}"""


def wall(username: str, **variables: Any) -> dict[str, Any]:
    return dict(SCENE(username).ask(SCREEN, **variables)["wall"])


def test_one_query_has_everything_that_the_screen_shows() -> None:
    found = wall("province-duty")
    assert found["today"]["region"]["name"] == "陕西省"
    today = found["today"]["tally"]
    assert today["expected"] == 40 and today["late"] == 4
    assert today["inProduction"] + today["stopped"] + today["unreported"] == today["expected"]
    assert found["yesterday"]["firstDay"] == found["yesterday"]["lastDay"] == f"{TODAY - timedelta(days=1)}"
    assert [day["date"] for day in found["days"]] == [
        f"{TODAY - timedelta(days=back)}" for back in range(29, -1, -1)
    ]
    assert found["days"][-1]["tally"] == today
    assert [one["severityName"] for one in found["problems"]] == ["重大", "一般"]
    assert [one["level"] for one in found["alerts"]] == ["RED", "ORANGE", "YELLOW", "BLUE"]
    assert found["health"]["colour"] in {"GREEN", "YELLOW", "RED"} and found["health"]["sentence"]


def test_the_regions_below_are_ranked_by_their_rate_on_time() -> None:
    ranking = wall("province-head")["ranking"]
    assert sum(line["figures"]["tally"]["expected"] for line in ranking) == 40
    placed = [line for line in ranking if line["rank"] is not None]
    rates = [line["figures"]["tally"]["onTimeRate"] for line in placed]
    assert rates == sorted(rates, reverse=True) and rates[0] > 0
    assert [line["rank"]["place"] for line in placed] == [1 + rates.index(rate) for rate in rates]
    assert all(not line["figures"]["tally"]["onTimeRate"] for line in ranking[len(placed) :])


def test_events_are_chinese_sentences_that_lead_somewhere() -> None:
    events = wall("province-duty")["events"]
    late = [event for event in events if event["about"]["__typename"] == "Commitment"]
    assert len(late) == 4
    assert all("逾期30分钟上报安全承诺（停产）。" in event["sentence"] for event in late)
    linked = SCENE("province-duty").ask(
        "query($id: ID!) { node(id: $id) { ... on Commitment { late } } }", id=late[0]["about"]["id"]
    )
    assert linked["node"] == {"late": True}


def test_a_department_sees_its_own_region_and_not_the_link_to_the_ministry() -> None:
    found = wall("county-duty")
    assert found["today"]["region"]["code"] == "610526"
    assert found["health"] is None
    assert found["ranking"] == []
    city = wall("city-head", region=region_id("610526"))
    assert city["today"] == found["today"] and city["events"] == found["events"]


def test_outside_the_scope_there_is_no_wall() -> None:
    errors = [
        SCENE("county-duty").error(SCREEN, region=region_id("610500")),
        SCENE("city-duty").error(SCREEN, region=region_id("610100")),
        SCENE("city-duty").error(SCREEN, region=region_id("999999")),
    ]
    assert [error["code"] for error in errors] == ["NOT_FOUND"] * 3
    refused = SCENE("enterprise-head").error(SCREEN)
    assert refused["code"] == "FORBIDDEN"
