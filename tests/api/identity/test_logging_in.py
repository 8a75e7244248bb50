"""Logging in over the API, who I am, and what nobody hears who is not logged in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ...support.asking import Somebody, World, a_world, id_of, region_id, unknown
from ...support.dates import FRIDAY, TODAY
from ...support.system import PASSWORD

LOG_IN = (
    """mutation($u: String!, $p: String!, $c: Client) { logIn(username: $u, password: $p, client: $c) @ }"""
)
IN = "... on LoggedIn { token viewer { name role level mustChangePassword } }"
CHANGE = "mutation($o: String!, $n: String!) { changePassword(oldPassword: $o, newPassword: $n) @ }"
NEW = "Another-horse-8-staple"


@pytest.fixture
def world() -> World:
    return a_world()


def cookie_of(world: World, client: str | None) -> str | None:
    """The Set-Cookie of logging in with this client."""
    body = {
        "query": LOG_IN.replace("@", "{ __typename }"),
        "variables": {"u": "county-head", "p": PASSWORD} | ({"c": client} if client else {}),
    }
    return world.nobody.post(body).headers.get("set-cookie")


# ---------------------------------------------------------------- logging in


def test_logging_in_answers_with_a_token_and_who_i_am(world: World) -> None:
    answer = world.nobody.change(LOG_IN, IN, u="county-head", p=PASSWORD, c="APP")
    assert answer["viewer"] == {
        "name": "袁俊龙",
        "role": "DEPARTMENT_HEAD",
        "level": "COUNTY",
        "mustChangePassword": False,
    }
    assert Somebody(world.system, answer["token"]).ask("{ viewer { name } }") == {
        "viewer": {"name": "袁俊龙"}
    }


@pytest.mark.parametrize("client", ["WEB", None])
def test_a_browser_gets_a_cookie_that_no_script_reads_and_no_other_site_sends(
    world: World, client: str | None
) -> None:
    cookie = cookie_of(world, client)
    assert cookie is not None
    name_and_value, *rest = cookie.split("; ")
    name, _, value = name_and_value.partition("=")
    assert name == "yanbao_session" and len(value) > 40
    assert {"Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=43200"} <= set(rest)
    browser = Somebody(world.system, None, cookies={name: value})
    assert browser.ask("{ viewer { name } }")["viewer"]["name"] == "袁俊龙"


def test_an_app_gets_no_cookie(world: World) -> None:
    assert cookie_of(world, "APP") is None


def test_logging_out_takes_the_cookie_back_and_ends_the_session(world: World) -> None:
    head = world("county-head")
    answer = head.post({"query": "mutation { logOut { __typename } }"})
    assert answer.json()["data"] == {"logOut": {"__typename": "Done"}}
    assert "yanbao_session=;" in answer.headers["set-cookie"] and "Max-Age=0" in answer.headers["set-cookie"]
    assert head.ask("{ viewer { name } }") == {"viewer": None}


REFUSED = "{ __typename ... on Refusal { code message field } }"


def test_a_wrong_password_is_a_refusal_like_a_locked_account_and_never_an_error(world: World) -> None:
    answers = [
        world.nobody.send(LOG_IN.replace("@", REFUSED), u=username, p=password)
        for username, password in (
            ("nobody-at-all", PASSWORD),
            *[("county-head", "wrong-Password-1")] * 6,
            ("county-head", PASSWORD),
        )
    ]
    assert all(answer == answers[0] for answer in answers)
    assert answers[0] == {
        "data": {
            "logIn": {
                "__typename": "RuleRefusal",
                "code": "LOG_IN_REFUSED",
                "message": "用户名或密码不正确，或账号已被锁定。连续输错5次密码，账号锁定30分钟；"
                "如需解锁，请联系安全管理员。",
                "field": None,
            }
        }
    }
    account = next(a for a in world.state.accounts.values() if a.username == "county-head")
    assert account.locked_until is not None


def test_one_request_tries_one_password(world: World) -> None:
    attempt = f'logIn(username: "county-head", password: "wrong-Password-1") {REFUSED}'
    aliases = " ".join(f"a{number}: {attempt}" for number in range(15))
    answers = list(world.nobody.ask(f"mutation {{ {aliases} }}").values())
    assert [answer["code"] for answer in answers] == ["LOG_IN_REFUSED"] + ["RATE_LIMITED"] * 14
    assert answers[1]["message"] == "一次请求只能登录一次。"
    failures = next(a.failures for a in world.state.accounts.values() if a.username == "county-head")
    assert failures == 1


def test_no_answer_says_how_a_password_is_stored(world: World) -> None:
    answer = world.nobody.post(
        {"query": LOG_IN.replace("@", f"{{ {IN} }}"), "variables": {"u": "x", "p": "y"}}
    )
    assert "plain:" not in answer.text and "argon2" not in answer.text


# ---------------------------------------------------------------- who I am


def test_nobody_is_nobody(world: World) -> None:
    assert world.nobody.ask("{ viewer { name } }") == {"viewer": None}


@pytest.mark.parametrize("token", ["", "unknown", "x" * 5000])
def test_an_unknown_token_is_nobody_too(world: World, token: str) -> None:
    assert Somebody(world.system, token).ask("{ viewer { name } }") == {"viewer": None}


def test_the_viewer_of_an_enterprise_sees_itself_and_todays_commitment(world: World) -> None:
    viewer = world("enterprise-head").ask(
        """{ viewer { name role level now person { name phone } department { name } enterprise { name }
             today { whole { tally { expected } } } commitmentToday { state allowedActions } } }"""
    )["viewer"]
    head = next(p for p in world.state.people.values() if p.name == viewer["name"])
    assert viewer["person"]["phone"] == head.phone.text, "one's own number is shown whole"
    assert (viewer["level"], viewer["department"], viewer["today"]) == (None, None, None)
    assert viewer["enterprise"]["name"] == world.red.name
    assert viewer["commitmentToday"] == {"state": "OWED", "allowedActions": ["SUBMIT"]}
    assert viewer["now"] == f"{TODAY}T08:30:00+08:00"


def test_the_viewer_of_a_department_sees_its_day(world: World) -> None:
    viewer = world("county-duty").ask(
        """{ viewer { department { name level } enterprise { name } commitmentToday { id }
             today { whole { region { code } tally { expected unreported } } } } }"""
    )["viewer"]
    assert viewer["department"] == {"name": "蒲城县应急管理局", "level": "COUNTY"}
    assert viewer["enterprise"] is viewer["commitmentToday"] is None
    expected = sum(of.region_id == "610526" for of in world.enterprises)
    assert viewer["today"]["whole"] == {
        "region": {"code": "610526"},
        "tally": {"expected": expected, "unreported": expected},
    }


@pytest.mark.parametrize("username", ["system-admin", "security-admin", "audit-admin"])
def test_an_administrator_sees_no_business_by_being_one(world: World, username: str) -> None:
    who = world(username)
    viewer = who.ask("{ viewer { today { whole { tally { expected } } } commands } }")["viewer"]
    assert viewer["today"] is None
    assert "READ_COMMITMENTS" not in viewer["commands"]
    asked = (
        f'{{ commitments(where: {{firstDay: "{TODAY}", lastDay: "{TODAY}"}}, first: 1) {{ totalCount }} }}'
    )
    assert who.error(asked)["code"] == "FORBIDDEN"


@pytest.mark.parametrize("username", ["security-admin", "audit-admin"])
def test_an_administrator_still_sees_the_own_name_and_department(world: World, username: str) -> None:
    viewer = world(username).ask("{ viewer { name person { name } department { name } } }")["viewer"]
    assert viewer["person"] == {"name": viewer["name"]}
    assert viewer["department"] == {"name": "陕西省应急管理厅"}


def test_commands_are_those_of_the_role(world: World) -> None:
    def commands(who: str) -> set[str]:
        return set(world(who).ask("{ viewer { commands } }")["viewer"]["commands"])

    assert "REOPEN_COMMITMENT" in commands("county-duty") - commands("province-duty")
    assert "RESEND_DEAD_LETTERS" in commands("province-duty") - commands("city-duty")
    assert {"SUBMIT_COMMITMENT", "CORRECT_COMMITMENT"} <= commands("enterprise-manager")
    assert commands("audit-admin") == {"CHANGE_OWN_PASSWORD", "LOG_OUT", "READ_OWN", "READ_AUDIT", "EXPORT"}


# ---------------------------------------------------------------- nobody hears anything

QUERIES = {
    "regions": "{ regions { name } }",
    "departments": "{ departments(first: 1) { totalCount } }",
    "people": "{ people(first: 1) { totalCount } }",
    "enterprises": "{ enterprises(first: 1) { totalCount } }",
    "certificates": "{ certificates(first: 1) { totalCount } }",
    "patrolTargets": "{ patrolTargets { patrolled } }",
    "enterprise": f'{{ enterprise(id: "{unknown("Enterprise")}") {{ name }} }}',
    "node": '{ node(id: "x") { id } }',
    "nodes": '{ nodes(ids: ["x"]) { id } }',
    "exports": "{ exports(first: 1) { totalCount } }",
    "export": f'{{ export(id: "{unknown("Export")}") {{ state }} }}',
    "shutdownPeriods": "{ shutdownPeriods(first: 1) { totalCount } }",
    "settingChanges": f'{{ settingChanges(regionId: "{region_id("610000")}", first: 1) {{ totalCount }} }}',
    "policy": f'{{ policy(regionId: "{region_id("610000")}") {{ smsDailyCap }} }}',
    "commitments": f'{{ commitments(where: {{firstDay: "{TODAY}", lastDay: "{TODAY}"}}, first: 1) {{ totalCount }} }}',
    "commitmentPrefill": f'{{ commitmentPrefill(enterpriseId: "{unknown("Enterprise")}")'
    " { suggestedGrade } }",
    "inspections": f'{{ inspections(where: {{firstDay: "{TODAY}", lastDay: "{TODAY}"}}, first: 1) {{ totalCount }} }}',
    "inspectionCounts": f'{{ inspectionCounts(where: {{firstDay: "{TODAY}", lastDay: "{TODAY}"}}) {{ manual }} }}',
    "inspectionDrafts": "{ inspectionDrafts(first: 1) { totalCount } }",
    "checklist": "{ checklist(kind: PRODUCTION) { code } }",
    "labels": "{ labels { name } }",
    "problems": "{ problems(where: {}, first: 1) { totalCount } }",
    "alerts": "{ alerts(where: {}, first: 1) { totalCount } }",
    "problemsToMe": "{ problemsToMe(first: 1) { totalCount } }",
    "problemsByMe": "{ problemsByMe(first: 1) { totalCount } }",
    "unfedBackProblems": "{ unfedBackProblems { patrol } }",
    "unfedBackAlerts": "{ unfedBackAlerts { risk } }",
    "weeklyFigures": f'{{ weeklyFigures(weekEnding: "{FRIDAY}") {{ frozenAt }} }}',
    "reports": "{ reports(first: 1) { totalCount } }",
    "report": f'{{ report(id: "{unknown("RegionReport")}") {{ title }} }}',
    "commitmentOverview": "{ commitmentOverview { whole { tally { expected } } } }",
    "commitmentStatistics": "{ commitmentStatistics { whole { tally { expected } } } }",
    **{
        name: f'{{ {name}(where: {{firstDay: "{TODAY}", lastDay: "{TODAY}"}}) {{ whole {{ label }} }} }}'
        for name in ("problemStatistics", "alertStatistics")
    },
    **{
        name: f'{{ {name}(firstDay: "{TODAY}", lastDay: "{TODAY}") {{ whole {{ label }} }} }}'
        for name in ("patrolStatistics", "spotCheckStatistics")
    },
    "wall": "{ wall { at } }",
    "commitmentDays": f'{{ commitmentDays(regionId: "{region_id("610000")}", firstDay: "{TODAY}",'
    f' lastDay: "{TODAY}") {{ date }} }}',
    "accounts": "{ accounts(first: 1) { totalCount } }",
    "smsRecords": "{ smsRecords(first: 1) { totalCount } }",
    "smsCounts": f'{{ smsCounts(businessDate: "{TODAY}") {{ count }} }}',
    "exchangeEntries": "{ exchangeEntries(first: 1) { totalCount } }",
    "exchangeAttempts": "{ exchangeAttempts(first: 1) { totalCount } }",
    "exchangeCounts": f'{{ exchangeCounts(topic: SMS, firstDay: "{TODAY}", lastDay: "{TODAY}") {{ count }} }}',
    "inboxMessages": "{ inboxMessages(first: 1) { totalCount } }",
    "inboxRecords": "{ inboxRecords(first: 1) { totalCount } }",
    "rawMessage": f'{{ rawMessage(id: "{unknown("InboxMessage")}") {{ text }} }}',
    "exchangeHealth": "{ exchangeHealth { colour } }",
    "exchangeOverdue": "{ exchangeOverdue(topic: SMS) }",
    "scheduleSlots": "{ scheduleSlots(first: 1) { totalCount } }",
    "auditEntries": "{ auditEntries(first: 1) { totalCount } }",
}


@pytest.mark.parametrize("name", QUERIES)
def test_who_is_not_logged_in_is_told_to_log_in_and_nothing_else(name: str) -> None:
    answer = SHARED.nobody.send(QUERIES[name])
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    assert not any((answer.get("data") or {}).values())


def test_every_query_is_in_the_list_above() -> None:
    fields = set(schema_fields("Query"))
    assert fields - set(QUERIES) - {"viewer"} == set()


def test_an_ended_session_is_said_to_have_ended(world: World) -> None:
    head = world("county-head")
    world.system.clock.moment += timedelta(minutes=31)
    error = head.error("{ regions { name } }")
    assert error["code"] == "UNAUTHENTICATED" and "登录已失效" in error["sentence"]


SHARED = a_world()


def schema_fields(type_name: str) -> list[str]:
    found = SHARED("province-head").ask(f'{{ __type(name: "{type_name}") {{ fields {{ name }} }} }}')
    fields: list[dict[str, Any]] = found["__type"]["fields"]
    return [field["name"] for field in fields]


# ---------------------------------------------------------------- passwords over the API


def test_a_password_is_changed_and_other_devices_are_out(world: World) -> None:
    here = world("enterprise-head")
    elsewhere = Somebody(
        world.system, world.nobody.change(LOG_IN, IN, u="enterprise-head", p=PASSWORD, c="APP")["token"]
    )
    assert here.change(CHANGE, o=PASSWORD, n=NEW) == {"__typename": "Done"}
    assert here.ask("{ viewer { name } }")["viewer"] is not None
    assert elsewhere.ask("{ viewer { name } }") == {"viewer": None}


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        ("wrong-Password-1", NEW, "BAD_USER_INPUT", "oldPassword"),
        (PASSWORD, "short", "WEAK_PASSWORD", "newPassword"),
        (PASSWORD, PASSWORD, "WEAK_PASSWORD", "newPassword"),
    ],
)
def test_a_password_that_cannot_be_is_refused_with_its_field(
    world: World, old: str, new: str, code: str, field: str
) -> None:
    assert world("enterprise-head").refusal(CHANGE, o=old, n=new)[::2] == (code, field)


# ---------------------------------------------------------------- accounts

CREATE = """mutation($u: String!, $person: ID!, $p: String!) {
    createAccount(username: $u, personId: $person, password: $p) @ }"""


def test_an_account_is_made_used_disabled_and_its_sessions_ended(world: World) -> None:
    admin, security = world("system-admin"), world("security-admin")
    with_account = {account.person_id for account in world.state.accounts.values()}
    unnamed = next(p for p in world.state.people.values() if p.id not in with_account)
    made = admin.change(
        CREATE, "... on AccountSaved { accountId }", u="fresh", person=id_of(unnamed), p=PASSWORD
    )
    token = world.nobody.change(LOG_IN, IN, u="fresh", p=PASSWORD, c="APP")
    assert token["viewer"]["mustChangePassword"] is True
    fresh = Somebody(world.system, token["token"])
    assert fresh.error("{ enterprises(first: 1) { totalCount } }")["code"] == "FORBIDDEN"
    looked_up = fresh.error("query($id: ID!) { node(id: $id) { id } }", id=id_of(world.red))
    assert (looked_up["code"], looked_up["sentence"]) == ("FORBIDDEN", "请先修改密码，再使用其他功能。")
    ended = security.change(
        "mutation($id: ID!) { revokeSessions(accountId: $id) @ }",
        "... on SessionsEnded { count }",
        id=made["accountId"],
    )
    assert ended["count"] == 1
    assert fresh.ask("{ viewer { name } }") == {"viewer": None}
    disabled = "mutation($id: ID!, $d: Boolean!) { disableAccount(accountId: $id, disabled: $d) @ }"
    assert security.change(disabled, id=made["accountId"], d=True) == {"__typename": "Done"}
    listed = admin.ask('{ accounts(first: 5, text: "fresh") { nodes { username disabled } } }')
    assert listed["accounts"]["nodes"] == [{"username": "fresh", "disabled": True}]


def test_unlocking_is_the_security_administrators(world: World) -> None:
    listed = world("security-admin").ask('{ accounts(first: 5, text: "county-head") { nodes { id } } }')
    (account,) = listed["accounts"]["nodes"]
    unlock = "mutation($id: ID!) { unlockAccount(accountId: $id) @ }"
    assert world("system-admin").refusal(unlock, id=account["id"])[0] == "FORBIDDEN"
    assert world("security-admin").change(unlock, id=account["id"]) == {"__typename": "Done"}
