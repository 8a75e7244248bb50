"""Settings over the API: from when and for whom they hold, and which are refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ...support.asking import TODAY, World, a_world, region_id

TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def world() -> World:
    return a_world()


SET = """mutation($region: ID!, $key: SettingKey!, $value: String!, $from: Date!) {
    setSetting(regionId: $region, key: $key, value: $value, effectiveFrom: $from) @ }"""


def policy(world: World, code: str, username: str = "province-head") -> dict[str, Any]:
    query = f"""{{ policy(regionId: "{region_id(code)}") {{ commitmentDeadline reminderStages smsDailyCap
        settings {{ key name value effectiveFrom region {{ code }} }} }} }}"""
    return dict(world(username).ask(query)["policy"])


def test_a_setting_holds_from_its_day_on_for_everything_below(world: World) -> None:
    world("city-head").change(
        SET, region=region_id("610500"), key="COMMITMENT_DEADLINE", value="09:00", **{"from": f"{TOMORROW}"}
    )
    for code in ("610500", "610526"):
        assert policy(world, code)["commitmentDeadline"] == "10:00"
        (pending,) = policy(world, code)["settings"]
        assert pending == {
            "key": "COMMITMENT_DEADLINE",
            "name": "每日承诺上报时限",
            "value": "09:00",
            "effectiveFrom": f"{TOMORROW}",
            "region": {"code": "610500"},
        }
    world.at("00:10", TOMORROW)
    assert [
        policy(world, code)["commitmentDeadline"] for code in ("610500", "610526", "610100", "610000")
    ] == [
        "09:00",
        "09:00",
        "10:00",
        "10:00",
    ]
    world.system.app.commitments.open_day(TOMORROW)
    due = {c.due_at.hour for c in world.state.commitments.values() if c.business_date == TOMORROW}
    assert due == {1, 2}, "09:00 and 10:00 in Shanghai"


def test_a_countys_stricter_setting_goes_before_its_citys(world: World) -> None:
    for username, code, value in (("city-head", "610500", "09:00"), ("county-head", "610526", "08:45")):
        world(username).change(
            SET, region=region_id(code), key="COMMITMENT_DEADLINE", value=value, **{"from": f"{TOMORROW}"}
        )
    world.at("08:00", TOMORROW)
    found = policy(world, "610526")
    assert found["commitmentDeadline"] == "08:45"
    assert {s["region"]["code"] for s in found["settings"]} == {"610500", "610526"}
    assert policy(world, "610528")["commitmentDeadline"] == "09:00"


def test_what_is_inherited_from_above_is_seen_below_where_above_is_not(world: World) -> None:
    world("province-head").change(
        SET, region=region_id("610000"), key="SMS_DAILY_CAP", value="5", **{"from": f"{TOMORROW}"}
    )
    world.at("08:00", TOMORROW)
    for username in ("county-head", "enterprise-head"):
        assert policy(world, "610526", username)["smsDailyCap"] == 5
        assert [s["region"]["code"] for s in policy(world, "610526", username)["settings"]] == ["610000"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("COMMITMENT_DEADLINE", "25:00"),
        ("COMMITMENT_DEADLINE", "ten"),
        ("COMMITMENT_DEADLINE", "10"),
        ("COMMITMENT_DEADLINE", "T10:00"),
        ("COMMITMENT_DEADLINE", "10:00:30"),
        ("COMMITMENT_DEADLINE", "10:00+08:00"),
        ("COMMITMENT_DEADLINE", ""),
        ("REMINDER_STAGES", "120,0"),
        ("REMINDER_STAGES", "0,0"),
        ("REMINDER_STAGES", "-5"),
        ("REMINDER_STAGES", "1,2,3,4,5,6"),
        ("PUSH_EVERY_MINUTES", "0"),
        ("PUSH_EVERY_MINUTES", "1e3"),
        ("SMS_DAILY_CAP", "51"),
        ("SMS_DAILY_CAP", "٣"),
        ("SMS_DAILY_CAP", "9" * 5000),
    ],
)
def test_a_value_that_does_not_fit_its_key_is_refused(world: World, key: str, value: str) -> None:
    refused = world("province-head").refusal(
        SET, region=region_id("610000"), key=key, value=value, **{"from": f"{TOMORROW}"}
    )
    assert refused[::2] == ("BAD_USER_INPUT", "value")
    assert len(world.state.settings) == 0


def test_a_deadline_with_which_the_reminders_would_reach_past_midnight_is_refused(world: World) -> None:
    code, sentence, field = world("province-head").refusal(
        SET,
        region=region_id("610000"),
        key="REMINDER_STAGES",
        value="0,120,840",
        **{"from": f"{TOMORROW}"},
    )
    assert (code, field) == ("REMINDER_PAST_MIDNIGHT", "value")
    assert "上报时限为10:00" in sentence and "其后840分钟，即次日00:00" in sentence
    assert len(world.state.settings) == 0


@pytest.mark.parametrize("day", [TODAY, TODAY - timedelta(days=1)])
def test_what_holds_today_is_not_changed_any_more(world: World, day: Any) -> None:
    refused = world("province-head").refusal(
        SET, region=region_id("610000"), key="SMS_DAILY_CAP", value="5", **{"from": f"{day}"}
    )
    assert refused[::2] == ("BAD_USER_INPUT", "effectiveFrom")


@pytest.mark.parametrize(
    ("username", "code"),
    [
        ("county-head", "NOT_FOUND"),
        ("city-head", "NOT_FOUND"),
        ("county-duty", "FORBIDDEN"),
        ("enterprise-head", "FORBIDDEN"),
        ("audit-admin", "FORBIDDEN"),
    ],
)
def test_nobody_sets_anything_above_themselves(world: World, username: str, code: str) -> None:
    refused = world(username).refusal(
        SET, region=region_id("610000"), key="SMS_DAILY_CAP", value="5", **{"from": f"{TOMORROW}"}
    )
    assert refused[0] == code
