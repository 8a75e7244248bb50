"""Settings over the API: from when and for whom they hold, and which are refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from yanbao.domain.policy import SettingKey

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


# ---------------------------------------------------------------- stricter only, locks, history

LOCK = "mutation($region: ID!, $key: SettingKey!) { lockSetting(regionId: $region, key: $key) @ }"
UNLOCK = "mutation($region: ID!, $key: SettingKey!) { unlockSetting(regionId: $region, key: $key) @ }"
CHANGES = """query($region: ID!, $first: Int!, $after: String) {
    settingChanges(regionId: $region, key: COMMITMENT_DEADLINE, first: $first, after: $after) {
        nodes { kind name before after effectiveFrom changedBy changedAt department authority region { code } }
        pageInfo { hasNextPage endCursor } } }"""
ITEMS = """query($region: ID!) { policy(regionId: $region) { items {
    key name value startingValue sourceLevel since form direction levels maySet obstacle
    sourceRegion { code } lock { department lockedBy lockedAt authority region { code } }
    bounds { least most required mostNumbers } limits { least most required mostNumbers } } } }"""


def set_to(world: World, who: str, code: str, value: str, key: str = "COMMITMENT_DEADLINE") -> dict[str, Any]:
    detail = {"region": region_id(code), "key": key, "value": value, "from": f"{TOMORROW}"}
    return world(who).change(SET, **detail)


def test_a_county_that_loosens_its_citys_deadline_is_refused_with_the_figures(world: World) -> None:
    assert set_to(world, "city-head", "610500", "09:00")["__typename"] == "DirectorySaved"
    refused = set_to(world, "county-head", "610526", "09:30")
    assert (refused["__typename"], refused["code"], refused["field"]) == (
        "RuleRefusal",
        "LOOSER_THAN_ABOVE",
        "value",
    )
    assert "上级规定为09:00（市级对渭南市设置" in refused["message"] and "现为09:30" in refused["message"]


def test_several_faults_of_a_setting_come_together(world: World) -> None:
    world("city-head").change(LOCK, region=region_id("610500"), key="SMS_DAILY_CAP")
    refused = world("county-head").change(
        SET.replace("@", "{ ... on InvalidFormRefusal { items { code field } } }"),
        region=region_id("610526"),
        key="SMS_DAILY_CAP",
        value="1",
        **{"from": f"{TODAY}"},
    )
    assert [item["code"] for item in refused["items"]] == [
        "SETTING_LOCKED",
        "BAD_USER_INPUT",
        "LOOSER_THAN_ABOVE",
    ]


def test_a_form_can_be_drawn_from_the_policy_alone(world: World) -> None:
    set_to(world, "city-head", "610500", "09:00")
    world("city-head").change(LOCK, region=region_id("610500"), key="RECTIFY_DAYS_MAJOR")
    world.at("08:00", TOMORROW)
    items = world("county-head").ask(ITEMS, region=region_id("610526"))["policy"]["items"]
    by_key = {item["key"]: item for item in items}
    assert len(by_key) == len(SettingKey)
    deadline = by_key["COMMITMENT_DEADLINE"]
    assert (deadline["value"], deadline["startingValue"]) == ("09:00", "10:00")
    assert (deadline["sourceLevel"], deadline["sourceRegion"]["code"]) == ("CITY", "610500")
    assert (deadline["since"], deadline["form"], deadline["direction"]) == (f"{TOMORROW}", "TIME", "EARLIER")
    assert (deadline["maySet"], deadline["obstacle"], deadline["lock"]) == (True, None, None)
    assert deadline["bounds"] == {"least": "06:00", "most": "18:00", "required": [], "mostNumbers": 1}
    assert deadline["limits"] == {"least": "06:00", "most": "09:00", "required": [], "mostNumbers": 1}
    stages = by_key["REMINDER_STAGES"]
    assert (stages["sourceLevel"], stages["since"], stages["direction"]) == (None, None, "MORE")
    assert stages["limits"] == {"least": "0", "most": "840", "required": [0, 120], "mostNumbers": 5}
    locked = by_key["RECTIFY_DAYS_MAJOR"]
    assert (locked["maySet"], locked["limits"], locked["lock"]["region"]["code"]) == (False, None, "610500")
    assert locked["lock"]["authority"] == "CITY" and locked["lock"]["department"] in locked["obstacle"]
    assert by_key["PUSH_FIRST"]["levels"] == ["PROVINCE"] and not by_key["PUSH_FIRST"]["maySet"]
    of_head = world("enterprise-head").ask(ITEMS, region=region_id("610526"))["policy"]["items"]
    assert {item["maySet"] for item in of_head} == {False}


def test_the_history_is_seen_by_those_whom_it_binds_and_above_and_by_nobody_beside(world: World) -> None:
    set_to(world, "city-head", "610500", "09:30")
    set_to(world, "county-head", "610526", "09:00")
    asked = {"region": region_id("610526"), "first": 1}
    first = world("enterprise-head").ask(CHANGES, **asked)["settingChanges"]
    after = first["pageInfo"]["endCursor"]
    second = world("enterprise-head").ask(CHANGES, **asked, after=after)["settingChanges"]
    rows = [*first["nodes"], *second["nodes"]]
    assert first["pageInfo"]["hasNextPage"] and not second["pageInfo"]["hasNextPage"]
    found = {(row["region"]["code"], row["authority"], row["before"], row["after"]) for row in rows}
    assert found == {("610500", "CITY", "10:00", "09:30"), ("610526", "COUNTY", "09:30", "09:00")}
    assert {(row["kind"], row["effectiveFrom"]) for row in rows} == {("SET", f"{TOMORROW}")}
    assert all(row["changedBy"] and row["changedAt"] and row["department"] for row in rows)
    assert (
        len(world("city-head").ask(CHANGES, region=region_id("610500"), first=9)["settingChanges"]["nodes"])
        == 2
    )
    for who, code in (("county-head", "610528"), ("county-head", "610500"), ("city-head", "610100")):
        error = world(who).error(CHANGES, region=region_id(code), first=9)
        assert error["code"] == "NOT_FOUND"


def test_a_city_locks_and_unlocks_a_setting_over_the_api(world: World) -> None:
    city, county = region_id("610500"), region_id("610526")
    key = "COMMITMENT_DEADLINE"
    assert world("city-head").change(LOCK, region=city, key=key)["__typename"] == "DirectorySaved"
    assert set_to(world, "county-head", "610526", "09:00")["code"] == "SETTING_LOCKED"
    assert world("county-head").refusal(UNLOCK, region=county, key=key)[0] == "FORBIDDEN"
    assert world("city-head").refusal(LOCK, region=city, key=key)[0] == "ACTION_NOT_ALLOWED"
    assert world("city-head").change(UNLOCK, region=city, key=key)["__typename"] == "DirectorySaved"
    assert set_to(world, "county-head", "610526", "09:00")["__typename"] == "DirectorySaved"
    names = world("system-admin").send("{ __schema { mutationType { fields { name } } } }")
    offered = {field["name"] for field in names["data"]["__schema"]["mutationType"]["fields"]}
    assert {name for name in offered if "etting" in name} == {"setSetting", "lockSetting", "unlockSetting"}
