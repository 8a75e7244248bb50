"""The archives over the API: what keepers and administrators change, and what looking at an enterprise leaves behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ...support.builders import a_credit_code
from .asking import TODAY, Scene, a_scene, id_of, region_id, unknown

TOMORROW = TODAY + timedelta(days=1)
KEY = "desk-1-00001"
NODE = """... on DirectorySaved { id node { __typename id
    ... on Region { code name parent { code } } ... on Department { name jurisdiction { code } parent { name } }
    ... on Person { name role active phone department { name } enterprise { name } }
    ... on Enterprise { name creditCode active workshopsTotal powderWorkshopsTotal approvedPersons approvedPowderKg
        updatedAt seat: region { code } workshops { number name powder approvedPersons approvedPowderKg } }
    ... on Certificate { number issuedOn expiresOn numberIsUsual valid daysLeft holder { name } }
    ... on ShutdownPeriod { firstDay lastDay reason note cancelled kind enterprise { name } region { code } } } }"""


@pytest.fixture
def scene() -> Scene:
    return a_scene()


# ---------------------------------------------------------------- regions and departments

REGION = """mutation($code: String!, $name: String!, $level: Level!, $parent: ID, $key: String) {
    saveRegion(code: $code, name: $name, level: $level, parentId: $parent, clientMutationKey: $key) @ }"""
DEPARTMENT = """mutation($id: ID, $name: String!, $level: Level!, $over: [ID!]!, $parent: ID) {
    saveDepartment(id: $id, name: $name, level: $level, jurisdiction: $over, parentId: $parent) @ }"""


def test_a_new_region_is_there_at_once_and_can_be_renamed(scene: Scene) -> None:
    admin = scene("system-admin")
    new = {"code": "610599", "level": "COUNTY", "parent": region_id("610500")}
    saved = admin.change(REGION, NODE, name="高新区", **new)
    assert saved["id"] == region_id("610599")
    assert saved["node"]["parent"] == {"code": "610500"}
    admin.change(REGION, name="渭南高新区", **new)
    names = {r["code"]: r["name"] for r in scene("county-duty").ask("{ regions { code name } }")["regions"]}
    assert names["610599"] == "渭南高新区" and len(names) == 121


def test_a_region_below_one_of_the_wrong_level_is_refused(scene: Scene) -> None:
    for level, parent, sentence in (
        ("COUNTY", "610526", "县级区域的上级应为市级或省级区域，蒲城县为县级区域。"),
        ("CITY", "610500", "市级区域的上级应为省级区域，渭南市为市级区域。"),
    ):
        assert scene("system-admin").refusal(
            REGION, code="610599", name="高新区", level=level, parent=region_id(parent)
        ) == ("BAD_USER_INPUT", sentence, "parentId")
    assert len(scene.state.regions) == 120


def test_regions_and_departments_are_the_system_administrators(scene: Scene) -> None:
    for username in ("province-head", "county-head", "security-admin", "audit-admin", "enterprise-head"):
        code, _, _ = scene(username).refusal(
            REGION, code="610599", name="高新区", level="COUNTY", parent=region_id("610500")
        )
        assert code == "FORBIDDEN"
        code, _, _ = scene(username).refusal(
            DEPARTMENT, name="新局", level="COUNTY", over=[region_id("610526")], parent=None
        )
        assert code == "FORBIDDEN"


def test_a_department_gets_its_jurisdiction_and_its_people_see_it_from_the_next_request_on(
    scene: Scene,
) -> None:
    before = scene("county-duty").ask("{ enterprises(first: 1) { totalCount } }")["enterprises"]["totalCount"]
    office = next(d for d in scene.state.departments.values() if d.name == "蒲城县应急管理局")
    saved = scene("system-admin").change(
        DEPARTMENT,
        NODE,
        id=id_of(office),
        name=office.name,
        level="COUNTY",
        over=[region_id("610526"), region_id("610528")],
        parent=_id_of_parent(scene, office),
    )
    assert [r["code"] for r in saved["node"]["jurisdiction"]] == ["610526", "610528"]
    after = scene("county-duty").ask("{ enterprises(first: 1) { totalCount } }")["enterprises"]["totalCount"]
    assert after == before + sum(of.region_id == "610528" for of in scene.enterprises) > before


def _id_of_parent(scene: Scene, office: Any) -> str:
    return id_of(scene.state.departments[office.parent_id])


# ---------------------------------------------------------------- people

PERSON = """mutation($id: ID, $name: String!, $phone: String!, $role: Role!, $employer: EmployerInput!, $active: Boolean,
    $key: String) { savePerson(id: $id, name: $name, phone: $phone, role: $role, employer: $employer,
    active: $active, clientMutationKey: $key) @ }"""


def test_a_county_registers_a_new_safety_manager_of_an_enterprise(scene: Scene) -> None:
    saved = scene("county-head").change(
        PERSON,
        NODE,
        name="许新来",
        phone="+86 139-0000-0077",
        role="SAFETY_MANAGER",
        employer={"enterpriseId": id_of(scene.red)},
        active=True,
    )
    assert saved["node"] == {
        "__typename": "Person",
        "id": saved["id"],
        "name": "许新来",
        "role": "SAFETY_MANAGER",
        "active": True,
        "phone": "139****0077",
        "department": None,
        "enterprise": {"name": scene.red.name},
    }


@pytest.mark.parametrize(
    ("employer", "word"),
    [
        ({}, "EmployerInput"),
        ({"departmentId": "a", "enterpriseId": "b"}, "EmployerInput"),
        ({"departmentId": None}, "departmentId"),
    ],
)
def test_a_person_has_exactly_one_employer(scene: Scene, employer: dict[str, Any], word: str) -> None:
    answer = scene("county-head").send(
        PERSON.replace("@", "{ __typename }"),
        name="许新来",
        phone="13900000077",
        role="INSPECTOR",
        employer=employer,
        active=True,
    )
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT" and word in error["message"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"phone": "12345"}, "phone"),
        ({"phone": ""}, "phone"),
        ({"name": ""}, "name"),
        ({"name": "名" * 31}, "name"),
        ({"role": "INSPECTOR"}, "role"),
    ],
)
def test_a_person_that_makes_no_sense_is_refused_at_its_field(
    scene: Scene, changes: dict[str, str], field: str
) -> None:
    good = {"name": "许新来", "phone": "13900000077", "role": "SAFETY_MANAGER"}
    before = len(scene.state.people)
    code, _, where = scene("county-head").refusal(
        PERSON, **(good | changes), employer={"enterpriseId": id_of(scene.red)}, active=True
    )
    assert (code, where) == ("BAD_USER_INPUT", field)
    assert len(scene.state.people) == before


def test_nobody_makes_themselves_an_administrator(scene: Scene) -> None:
    head = scene("province-inspector")
    me = head.ask("{ viewer { person { id name phone } department { id } } }")["viewer"]
    code, sentence, field = head.refusal(
        PERSON,
        id=me["person"]["id"],
        name=me["person"]["name"],
        phone=me["person"]["phone"],
        role="SYSTEM_ADMINISTRATOR",
        employer={"departmentId": me["department"]["id"]},
        active=True,
    )
    assert (code, field) == ("FORBIDDEN", "role") and "自己的角色" in sentence
    assert head.ask("{ viewer { role } }")["viewer"]["role"] == "INSPECTOR"


# ---------------------------------------------------------------- enterprises

ENTERPRISE = """mutation($id: ID, $code: String!, $name: String!, $kind: EnterpriseKind!, $region: ID!, $address: String!,
    $workshops: [WorkshopInput!]!, $warehouses: [WarehouseInput!]!, $active: Boolean, $key: String) {
    saveEnterprise(id: $id, creditCode: $code, name: $name, kind: $kind, regionId: $region, address: $address,
        workshops: $workshops, warehouses: $warehouses, active: $active, clientMutationKey: $key) @ }"""
SHOP = {"number": "01", "name": "混药工房", "powder": True, "approvedPersons": 2, "approvedPowderKg": "7.5"}


def new_enterprise(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "code": a_credit_code("新厂"),
        "name": "蒲城县新厂",
        "kind": "PRODUCTION",
        "region": region_id("610526"),
        "address": "蒲城县新路1号",
        "workshops": [SHOP, SHOP | {"number": "02", "powder": False, "approvedPowderKg": 0}],
        "warehouses": [],
        "active": True,
    }
    return given | changes


def test_a_new_enterprise_comes_with_its_workshops_and_totals(scene: Scene) -> None:
    saved = scene("county-head").change(ENTERPRISE, NODE, **new_enterprise())
    node = saved["node"]
    assert (node["workshopsTotal"], node["powderWorkshopsTotal"]) == (2, 1)
    assert (node["approvedPersons"], node["approvedPowderKg"]) == (4, "7.5")
    assert node["updatedAt"] == "2026-11-24T08:30:00+08:00"
    assert [shop["number"] for shop in node["workshops"]] == ["01", "02"]


def test_a_double_click_makes_one_enterprise(scene: Scene) -> None:
    county = scene("county-head")
    first = county.change(ENTERPRISE, NODE, **new_enterprise(), key=KEY)
    assert county.change(ENTERPRISE, NODE, **new_enterprise(), key=KEY) == first
    code, _, field = county.refusal(ENTERPRISE, **new_enterprise(name="另一家"), key=KEY)
    assert (code, field) == ("CONFLICT", "clientMutationKey")
    assert len(scene.state.enterprises) == 25


def test_a_credit_code_belongs_to_one_enterprise(scene: Scene) -> None:
    code, sentence, field = scene("county-head").refusal(
        ENTERPRISE, **new_enterprise(code=scene.red.credit_code.text)
    )
    assert (code, field) == ("CONFLICT", "creditCode") and scene.red.credit_code.text in sentence


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"code": "123"}, "BAD_USER_INPUT", "creditCode"),
        ({"code": "91610000000000000I"}, "BAD_USER_INPUT", "creditCode"),
        ({"name": " "}, "BAD_USER_INPUT", "name"),
        ({"name": "名" * 81}, "BAD_USER_INPUT", "name"),
        ({"address": ""}, "BAD_USER_INPUT", "address"),
        ({"address": "址\x07"}, "BAD_USER_INPUT", "address"),
        ({"region": region_id("610100")}, "NOT_FOUND", "regionId"),
        ({"region": region_id("610199")}, "NOT_FOUND", "regionId"),
        ({"region": "x"}, "NOT_FOUND", "regionId"),
        ({"workshops": [SHOP, SHOP]}, "BAD_USER_INPUT", "workshops"),
        ({"workshops": [SHOP | {"approvedPersons": -1}]}, "BAD_USER_INPUT", "approvedPersons"),
        ({"workshops": [SHOP | {"approvedPowderKg": "1.2345"}]}, "BAD_USER_INPUT", "approvedPowderKg"),
        ({"workshops": [SHOP | {"powder": False}]}, "BAD_USER_INPUT", "approvedPowderKg"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else str(value),
)
def test_an_enterprise_that_makes_no_sense_is_refused_at_its_field(
    scene: Scene, changes: dict[str, Any], code: str, field: str
) -> None:
    refused = scene("county-head").refusal(ENTERPRISE, **new_enterprise(**changes))
    assert refused[::2] == (code, field)
    assert len(scene.state.enterprises) == 24


def test_a_closed_enterprise_leaves_the_list_but_not_the_archive(scene: Scene) -> None:
    county = scene("county-head")
    saved = county.change(ENTERPRISE, NODE, **new_enterprise())
    county.change(ENTERPRISE, NODE, **new_enterprise(active=False), id=saved["id"])
    listed = county.ask("{ enterprises(first: 50) { nodes { name } } }")["enterprises"]["nodes"]
    assert {"name": "蒲城县新厂"} not in listed
    closed = county.ask("{ enterprises(first: 50, where: {active: false}) { nodes { name } } }")
    assert closed["enterprises"]["nodes"] == [{"name": "蒲城县新厂"}]


def test_enterprises_are_found_by_text_kind_and_region(scene: Scene) -> None:
    who = scene("province-head")

    def found(where: str) -> set[str]:
        query = f"{{ enterprises(first: 50, where: {{{where}}}) {{ nodes {{ name }} totalCount }} }}"
        page = who.ask(query)["enterprises"]
        assert page["totalCount"] == len(page["nodes"])
        return {node["name"] for node in page["nodes"]}

    assert found('text: "红光"') == {scene.red.name}
    assert found(f'text: "{scene.red.credit_code.text[4:]}"') == {scene.red.name}
    assert found("kinds: [PRODUCTION]") == {of.name for of in scene.enterprises if of.workshops}
    assert found(f'regionId: "{region_id("610500")}"') == {
        of.name for of in scene.enterprises if of.region_id.startswith("6105")
    }


@pytest.mark.parametrize("username", ["county-duty", "enterprise-head", "system-admin", "audit-admin"])
def test_enterprises_are_kept_by_heads_and_inspectors_only(scene: Scene, username: str) -> None:
    assert scene(username).refusal(ENTERPRISE, **new_enterprise())[0] == "FORBIDDEN"


# ---------------------------------------------------------------- looking at an enterprise


def test_a_department_that_opens_an_enterprises_page_is_remembered_once(scene: Scene) -> None:
    who = scene("county-duty")
    asked = f'{{ enterprise(id: "{id_of(scene.red)}") {{ name commitment {{ state }} people {{ name }} }} }}'
    assert who.ask(asked)["enterprise"]["commitment"] == {"state": "OWED"}
    (view,) = scene.state.views.values()
    me = next(p for p in scene.state.people.values() if p.name == "周振梅")
    assert (view.enterprise_id, view.person_id, view.client.value) == (scene.red.id, me.id, "APP")
    assert view.department_id == me.department_id and view.at == scene.now


@pytest.mark.parametrize("username", ["enterprise-head", "enterprise-manager"])
def test_an_enterprise_that_looks_at_itself_is_not_remembered(scene: Scene, username: str) -> None:
    assert scene(username).ask(f'{{ enterprise(id: "{id_of(scene.red)}") {{ name }} }}')["enterprise"]
    assert len(scene.state.views) == 0


def test_lists_nodes_and_what_is_not_found_leave_nothing_behind(scene: Scene) -> None:
    who = scene("county-duty")
    who.ask("{ enterprises(first: 5) { nodes { name } } }")
    who.ask(f'{{ node(id: "{id_of(scene.red)}") {{ id }} }}')
    who.error(f'{{ enterprise(id: "{id_of(scene.enterprises[1])}") {{ name }} }}')
    who.error(f'{{ enterprise(id: "{unknown("Enterprise")}") {{ name }} }}')
    assert len(scene.state.views) == 0


# ---------------------------------------------------------------- certificates

CERTIFICATE = """mutation($id: ID, $number: String!, $issued: Date!, $expires: Date!, $enterprise: ID!, $person: ID,
    $kind: CertificateKind!) { saveCertificate(id: $id, kind: $kind, number: $number, enterpriseId: $enterprise,
    personId: $person, issuedOn: $issued, expiresOn: $expires) @ }"""


def certificate(scene: Scene, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "PRODUCTION_PERMIT",
        "number": "（陕）YH安许证字〔2026〕000123",
        "issued": "2026-11-24",
        "expires": "2029-11-23",
        "enterprise": id_of(scene.red),
    } | changes


def test_a_renewed_permit_is_a_new_certificate_and_comes_first(scene: Scene) -> None:
    node = scene("county-head").change(CERTIFICATE, NODE, **certificate(scene))["node"]
    assert (node["valid"], node["daysLeft"], node["numberIsUsual"]) == (True, 1095, True)
    listed = scene("enterprise-head").ask("{ viewer { enterprise { certificates { number expiresOn } } } }")
    numbers = [c["number"] for c in listed["viewer"]["enterprise"]["certificates"]]
    assert "（陕）YH安许证字〔2026〕000123" in numbers and len(numbers) > 1


def test_an_odd_number_warns_and_is_kept(scene: Scene) -> None:
    node = scene("county-head").change(CERTIFICATE, NODE, **certificate(scene, number="陕YH-7"))["node"]
    assert node["numberIsUsual"] is False


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expires": "2026-11-24"}, "expiresOn"),
        ({"expires": "2020-01-01"}, "expiresOn"),
        ({"number": ""}, "number"),
        ({"number": "号" * 61}, "number"),
    ],
)
def test_a_certificate_that_makes_no_sense_is_refused(
    scene: Scene, changes: dict[str, str], field: str
) -> None:
    refused = scene("county-head").refusal(CERTIFICATE, **certificate(scene, **changes))
    assert refused[::2] == ("BAD_USER_INPUT", field)


def test_the_holder_must_work_there(scene: Scene) -> None:
    other = next(p for p in scene.state.people.values() if p.enterprise_id == scene.enterprises[17].id)
    code, _, field = scene("county-head").refusal(
        CERTIFICATE, **certificate(scene, kind="HEAD_QUALIFICATION", person=id_of(other))
    )
    assert (code, field) == ("BAD_USER_INPUT", "personId")


# ---------------------------------------------------------------- shutdown periods

SHUTDOWN = """mutation($id: ID, $target: ShutdownTargetInput!, $first: Date!, $last: Date!, $reason: StopReason!,
    $kind: EnterpriseKind, $note: String!) { saveShutdownPeriod(id: $id, target: $target, firstDay: $first,
    lastDay: $last, reason: $reason, kind: $kind, note: $note) @ }"""
CANCEL = "mutation($id: ID!) { cancelShutdownPeriod(id: $id) @ }"


def shutdown(target: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "target": target,
        "first": f"{TODAY}",
        "last": f"{TOMORROW}",
        "reason": "HIGH_TEMPERATURE",
        "kind": None,
        "note": "按通知停产",
    } | changes


def test_a_period_for_an_enterprise_shows_in_its_form_until_it_is_cancelled(scene: Scene) -> None:
    county, head = scene("county-head"), scene("enterprise-head")
    saved = county.change(SHUTDOWN, NODE, **shutdown({"enterpriseId": id_of(scene.red)}))
    assert saved["node"]["enterprise"] == {"name": scene.red.name}
    prefill = f'{{ commitmentPrefill(enterpriseId: "{id_of(scene.red)}") {{ form {{ status }} }} }}'
    assert head.ask(prefill)["commitmentPrefill"]["form"]["status"] == "STOPPED"
    county.change(CANCEL, NODE, id=saved["id"])
    assert head.ask(prefill)["commitmentPrefill"]["form"]["status"] == "IN_PRODUCTION"
    (period,) = head.ask("{ shutdownPeriods(first: 5) { nodes { cancelled } } }")["shutdownPeriods"]["nodes"]
    assert period == {"cancelled": True}, "cancelled ones stay to be seen"


def test_a_period_for_a_region_and_kind(scene: Scene) -> None:
    target = {"regionId": region_id("610526")}
    saved = scene("county-head").change(SHUTDOWN, NODE, **shutdown(target, kind="PRODUCTION"))
    assert (saved["node"]["region"], saved["node"]["kind"]) == ({"code": "610526"}, "PRODUCTION")
    assert scene.world.app.commitments.report_shutdowns(TODAY) >= 2


@pytest.mark.parametrize(
    "target", [{}, {"enterpriseId": "a", "regionId": "b"}, {"enterpriseId": None}, {"regionId": None}]
)
def test_a_period_has_exactly_one_target(scene: Scene, target: dict[str, Any]) -> None:
    answer = scene("county-head").send(SHUTDOWN.replace("@", "{ __typename }"), **shutdown(target))
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"last": f"{TODAY - timedelta(days=1)}"}, "BAD_USER_INPUT", "lastDay"),
        ({"first": f"{TOMORROW}", "last": f"{TODAY}"}, "BAD_USER_INPUT", "lastDay"),
        ({"last": "2028-01-01"}, "BAD_USER_INPUT", "lastDay"),
        ({"note": "注" * 201}, "BAD_USER_INPUT", "note"),
        ({"target": {"regionId": region_id("610100")}}, "NOT_FOUND", "regionId"),
        ({"target": {"regionId": region_id("610000")}}, "NOT_FOUND", "regionId"),
    ],
    ids=str,
)
def test_a_period_that_makes_no_sense_is_refused(
    scene: Scene, changes: dict[str, Any], code: str, field: str
) -> None:
    given = shutdown({"enterpriseId": id_of(scene.red)}) | changes
    before = len(scene.state.shutdown_periods)
    assert scene("county-head").refusal(SHUTDOWN, **given)[::2] == (code, field)
    assert len(scene.state.shutdown_periods) == before


# ---------------------------------------------------------------- settings

SET = """mutation($region: ID!, $key: SettingKey!, $value: String!, $from: Date!) {
    setSetting(regionId: $region, key: $key, value: $value, effectiveFrom: $from) @ }"""


def policy(scene: Scene, code: str, username: str = "province-head") -> dict[str, Any]:
    query = f"""{{ policy(regionId: "{region_id(code)}") {{ commitmentDeadline reminderStages smsDailyCap
        settings {{ key name value effectiveFrom region {{ code }} }} }} }}"""
    return dict(scene(username).ask(query)["policy"])


def test_a_setting_holds_from_its_day_on_for_everything_below(scene: Scene) -> None:
    scene("city-head").change(
        SET, region=region_id("610500"), key="COMMITMENT_DEADLINE", value="09:00", **{"from": f"{TOMORROW}"}
    )
    for code in ("610500", "610526"):
        assert policy(scene, code)["commitmentDeadline"] == "10:00"
        (pending,) = policy(scene, code)["settings"]
        assert pending == {
            "key": "COMMITMENT_DEADLINE",
            "name": "每日承诺上报时限",
            "value": "09:00",
            "effectiveFrom": f"{TOMORROW}",
            "region": {"code": "610500"},
        }
    scene.at("00:10", TOMORROW)
    assert [
        policy(scene, code)["commitmentDeadline"] for code in ("610500", "610526", "610100", "610000")
    ] == [
        "09:00",
        "09:00",
        "10:00",
        "10:00",
    ]
    scene.world.app.commitments.open_day(TOMORROW)
    due = {c.due_at.hour for c in scene.state.commitments.values() if c.business_date == TOMORROW}
    assert due == {1, 2}, "09:00 and 10:00 in Shanghai"


def test_a_countys_own_setting_goes_before_its_citys(scene: Scene) -> None:
    for username, code, value in (("city-head", "610500", "09:00"), ("county-head", "610526", "08:45")):
        scene(username).change(
            SET, region=region_id(code), key="COMMITMENT_DEADLINE", value=value, **{"from": f"{TOMORROW}"}
        )
    scene.at("08:00", TOMORROW)
    found = policy(scene, "610526")
    assert found["commitmentDeadline"] == "08:45"
    assert {s["region"]["code"] for s in found["settings"]} == {"610500", "610526"}
    assert policy(scene, "610528")["commitmentDeadline"] == "09:00"


def test_what_is_inherited_from_above_is_seen_below_where_above_is_not(scene: Scene) -> None:
    scene("province-head").change(
        SET, region=region_id("610000"), key="SMS_DAILY_CAP", value="5", **{"from": f"{TOMORROW}"}
    )
    scene.at("08:00", TOMORROW)
    for username in ("county-head", "enterprise-head"):
        assert policy(scene, "610526", username)["smsDailyCap"] == 5
        assert [s["region"]["code"] for s in policy(scene, "610526", username)["settings"]] == ["610000"]


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
def test_a_value_that_does_not_fit_its_key_is_refused(scene: Scene, key: str, value: str) -> None:
    refused = scene("province-head").refusal(
        SET, region=region_id("610000"), key=key, value=value, **{"from": f"{TOMORROW}"}
    )
    assert refused[::2] == ("BAD_USER_INPUT", "value")
    assert len(scene.state.settings) == 0


def test_a_deadline_with_which_the_reminders_would_reach_past_midnight_is_refused(scene: Scene) -> None:
    code, sentence, field = scene("province-head").refusal(
        SET,
        region=region_id("610000"),
        key="COMMITMENT_DEADLINE",
        value="23:00",
        **{"from": f"{TOMORROW}"},
    )
    assert (code, field) == ("REMINDER_PAST_MIDNIGHT", "value")
    assert "上报时限为23:00" in sentence and "其后120分钟，即次日01:00" in sentence
    assert len(scene.state.settings) == 0


@pytest.mark.parametrize("day", [TODAY, TODAY - timedelta(days=1)])
def test_what_holds_today_is_not_changed_any_more(scene: Scene, day: Any) -> None:
    refused = scene("province-head").refusal(
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
def test_nobody_sets_anything_above_themselves(scene: Scene, username: str, code: str) -> None:
    refused = scene(username).refusal(
        SET, region=region_id("610000"), key="SMS_DAILY_CAP", value="5", **{"from": f"{TOMORROW}"}
    )
    assert refused[0] == code
