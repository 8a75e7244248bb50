"""All faults of a form of the directory come together: of values, of parts, and of what the directory holds."""

from __future__ import annotations

from typing import Any

import pytest

from yanbao.domain.directory.certificate import Certificate
from yanbao.domain.directory.enterprise import Enterprise

from ...support.asking import Somebody, World, a_world, id_of, region_id
from ...support.dates import TODAY, in_days

ITEMS = "... on InvalidFormRefusal { items { code message field } } ... on Refusal { code message field }"
PERSON = """mutation($id: ID, $name: String!, $phone: String!, $role: Role!, $employer: EmployerInput!) {
    savePerson(id: $id, name: $name, phone: $phone, role: $role, employer: $employer) @ }"""
DEPARTMENT = """mutation($id: ID, $name: String!, $level: Level!, $over: [ID!]!, $parent: ID) {
    saveDepartment(id: $id, name: $name, level: $level, jurisdiction: $over, parentId: $parent) @ }"""
ENTERPRISE = """mutation($code: String!, $name: String!, $region: ID!, $address: String!,
        $workshops: [WorkshopInput!]!, $warehouses: [WarehouseInput!]!) {
    saveEnterprise(creditCode: $code, name: $name, kind: PRODUCTION, regionId: $region, address: $address,
        workshops: $workshops, warehouses: $warehouses) @ }"""
CERTIFICATE = """mutation($id: ID, $number: String!, $of: ID!, $person: ID, $from: Date!, $until: Date!) {
    saveCertificate(id: $id, kind: HEAD_QUALIFICATION, number: $number, enterpriseId: $of, personId: $person,
        issuedOn: $from, expiresOn: $until) @ }"""
ACCOUNT = """mutation($name: String!, $person: ID!, $password: String!) {
    createAccount(username: $name, personId: $person, password: $password) @ }"""

REGION = """mutation($code: String!, $name: String!, $level: Level!, $parent: ID, $gb: String) {
    saveRegion(code: $code, name: $name, level: $level, parentId: $parent, gbCode: $gb) @ }"""
SHUTDOWN = """mutation($id: ID, $target: ShutdownTargetInput!, $first: Date!, $last: Date!, $note: String!) {
    saveShutdownPeriod(id: $id, target: $target, firstDay: $first, lastDay: $last, reason: HOLIDAY, note: $note) @ }"""
SETTING = """mutation($region: ID!, $key: SettingKey!, $value: String!, $from: Date!) {
    setSetting(regionId: $region, key: $key, value: $value, effectiveFrom: $from) @ }"""


@pytest.fixture
def world() -> World:
    return a_world()


def faults(who: Somebody, mutation: str, **variables: Any) -> list[tuple[str | None, str]]:
    """Field and sentence of every item of the form's refusal."""
    answer = who.send(mutation.replace("@", f"{{ __typename {ITEMS} }}"), **variables)
    (refusal,) = answer["data"].values()
    assert (refusal["__typename"], refusal["code"]) == ("InvalidFormRefusal", "INVALID_FORM"), refusal
    return [(item["field"], item["message"]) for item in refusal["items"]]


def test_a_person(world: World) -> None:
    head = next(p for p in world.state.people.values() if p.enterprise_id == world.red.id)
    other = world.enterprises[1]
    assert faults(
        world("county-head"),
        PERSON,
        id=id_of(head),
        name="李\n红",
        phone="1390000",
        role="INSPECTOR",
        employer={"enterpriseId": id_of(world.red)},
    ) == [
        ("name", "姓名不得换行或含有制表符。"),
        ("phone", "手机号码应为11位数字，以13至19开头。"),
        ("role", "角色“检查人员”不能用于企业人员。"),
    ]
    assert other.region_id != world.red.region_id or faults(
        world("county-head"),
        PERSON,
        id=id_of(head),
        name="李红",
        phone="1",
        role="ENTERPRISE_HEAD",
        employer={"enterpriseId": id_of(other)},
    ) == [
        ("departmentId", "人员的所属单位不能更改，请停用后在新单位新增。"),
        ("phone", "手机号码应为11位数字，以13至19开头。"),
    ]


def test_a_department_with_its_place(world: World) -> None:
    county = next(d for d in world.state.departments.values() if d.name == "蒲城县应急管理局")
    assert faults(
        world("system-admin"),
        DEPARTMENT,
        name="",
        level="COUNTY",
        over=[region_id("610500"), region_id("610526")],
        parent=id_of(county),
    ) == [
        ("name", "部门名称不能为空。"),
        ("parentId", "县级部门的上级应为市级或省级部门，蒲城县应急管理局为县级部门。"),
        ("jurisdiction", "县级部门不能管辖市级区域“渭南市”。"),
    ]
    assert faults(world("system-admin"), DEPARTMENT, name=" ", level="COUNTY", over=[], parent=None) == [
        ("name", "部门名称不能为空。"),
        ("jurisdiction", "部门至少要有一个管辖区域。"),
        ("parentId", "县级部门必须有上级部门。"),
    ]


def test_an_enterprise_with_its_workshops_and_warehouses(world: World) -> None:
    shop = {"number": "1", "name": "混药", "powder": False, "approvedPersons": 2, "approvedPowderKg": "0"}
    store = {"number": "1", "name": "库", "approvedBoxes": "1", "approvedKg": "1", "approvedPersons": 1}
    assert faults(
        world("county-head"),
        ENTERPRISE,
        code="91610526MA6Y0000",
        name="",
        region=region_id("610526"),
        address="x" * 201,
        workshops=[shop, shop | {"name": "", "approvedPersons": -1, "approvedPowderKg": "3"}, shop],
        warehouses=[store | {"approvedBoxes": "-1", "approvedKg": "1e9"}],
    ) == [
        ("creditCode", "统一社会信用代码应为18位，现为16位。"),
        ("name", "企业名称不能为空。"),
        ("address", "地址最多200个字，现有201个。"),
        ("workshops.1.name", "工房名称不能为空。"),
        ("workshops.1.approvedPersons", "核定人数应在0至5000之间，现为-1。"),
        ("workshops.1.approvedPowderKg", "非涉药工房的核定药量应为0。"),
        ("warehouses.0.approvedBoxes", "核定箱数应在0至10000000箱之间，现为-1箱。"),
        ("warehouses.0.approvedKg", "核定存量应在0至10000000千克之间，现为1000000000千克。"),
        ("workshops", "工房编号“1”重复。"),
    ]


def test_a_credit_code_that_is_taken_comes_with_the_rest(world: World) -> None:
    taken: Enterprise = world.red
    assert faults(
        world("county-head"),
        ENTERPRISE,
        code=taken.credit_code.text,
        name="",
        region=region_id("610526"),
        address="县城",
        workshops=[],
        warehouses=[],
    ) == [
        ("name", "企业名称不能为空。"),
        ("creditCode", f"统一社会信用代码{taken.credit_code}已被另一家企业使用。"),
    ]


def test_a_certificate_with_its_holder(world: World) -> None:
    theirs = next(c for c in world.state.certificates.values() if c.enterprise_id not in (None, world.red.id))
    of: Certificate = theirs
    stranger = next(
        p
        for p in world.state.people.values()
        if p.enterprise_id is not None and p.enterprise_id != world.red.id
    )
    assert faults(
        world("province-head"),
        CERTIFICATE,
        id=id_of(of),
        number="",
        of=id_of(world.red),
        person=id_of(stranger),
        **{"from": f"{TODAY}", "until": f"{TODAY}"},
    ) == [
        ("personId", "持证人不属于该企业。"),
        ("enterpriseId", "证书不能转给另一家企业。"),
        ("number", "证书编号不能为空。"),
        ("expiresOn", f"有效期至{TODAY}应晚于发证日期{TODAY}。"),
    ]


def test_an_account_with_its_first_password(world: World) -> None:
    head = next(p for p in world.state.people.values() if p.enterprise_id == world.red.id)
    assert faults(world("system-admin"), ACCOUNT, name="ab", person=id_of(head), password="abc") == [
        ("username", "用户名至少3个字，现有2个。"),
        (
            "password",
            "密码应为10至128个字符，现为3个。密码应包含大写字母、小写字母、数字、符号中的至少三类，现有1类。"
            "密码不得包含用户名。",
        ),
        ("personId", "此人已有账号。"),
    ]


def test_a_region_with_its_place(world: World) -> None:
    wrong = {"code": "61x", "name": "区\n域", "gb": "6105260"}
    county = region_id("610526")
    assert faults(world("system-admin"), REGION, level="COUNTY", parent=county, **wrong) == [
        ("code", "行政区划代码应为6位数字，现为“61x”。"),
        ("name", "区域名称不得换行或含有制表符。"),
        ("parentId", "县级区域的上级应为市级或省级区域，蒲城县为县级区域。"),
        ("gbCode", "行政区划代码应为6位数字，现为“6105260”。"),
    ]
    for nowhere in ("x", region_id("999999")):
        assert faults(
            world("system-admin"), REGION, code="610500", name="", level="COUNTY", parent=nowhere
        ) == [
            ("parentId", "没有找到上级区域，或您无权查看。"),
            ("name", "区域名称不能为空。"),
            ("level", "有下级的区域不能更改级别。"),
        ]


@pytest.mark.parametrize("target", [{"regionId": region_id("610100")}, {"enterpriseId": "x"}], ids=str)
def test_a_shutdown_period(world: World, target: dict[str, str]) -> None:
    days = {"first": f"{TODAY}", "last": f"{in_days(-1)}"}
    (kind,) = target
    what = "区域" if kind == "regionId" else "企业"
    assert faults(world("county-head"), SHUTDOWN, target=target, note="注" * 201, **days) == [
        (kind, f"没有找到{what}，或您无权查看。"),
        ("lastDay", f"停产期的结束日期{days['last']}早于开始日期{days['first']}。"),
        ("note", "说明最多200个字，现有201个。"),
    ]
    assert faults(
        world("county-head"),
        SHUTDOWN,
        id="x",
        target={"enterpriseId": id_of(world.red)},
        first=f"{in_days(-3)}",
        last=f"{in_days(-1)}",
        note="注" * 201,
    ) == [
        ("id", "没有找到停产期，或您无权查看。"),
        ("note", "说明最多200个字，现有201个。"),
        ("lastDay", f"停产期不能在今日之前结束，现为{in_days(-1)}。"),
    ]


def test_a_setting(world: World) -> None:
    for nowhere in ("x", region_id("610100")):
        asked = {"region": nowhere, "key": "SMS_DAILY_CAP", "value": "viele", "from": f"{TODAY}"}
        assert faults(world("county-head"), SETTING, **asked) == [
            ("regionId", "没有找到区域，或您无权查看。"),
            ("effectiveFrom", f"生效日期应晚于今日（{TODAY}），现为{TODAY}。"),
            ("value", "应为1至50之间的整数，现为“viele”。"),
        ]
    asked = {"region": region_id("610526"), "key": "PUSH_FIRST", "value": "25:00", "from": f"{TODAY}"}
    assert faults(world("county-head"), SETTING, **asked) == [
        ("regionId", "每日首次推送部级平台时间全省统一，只能设在省级。"),
        ("effectiveFrom", f"生效日期应晚于今日（{TODAY}），现为{TODAY}。"),
        ("value", "时间应写作“HH:MM”，现为“25:00”。"),
    ]


def test_what_is_not_found_comes_with_the_rest(world: World) -> None:
    assert faults(
        world("county-head"),
        PERSON,
        id="x",
        name="",
        phone="1",
        role="INSPECTOR",
        employer={"departmentId": "y"},
    ) == [
        ("departmentId", "没有找到部门，或您无权查看。"),
        ("id", "没有找到人员，或您无权查看。"),
        ("name", "姓名不能为空。"),
        ("phone", "手机号码应为11位数字，以13至19开头。"),
    ]
    assert faults(
        world("system-admin"), DEPARTMENT, id="x", name="", level="COUNTY", over=["y"], parent="z"
    ) == [
        ("jurisdiction", "没有找到管辖区域，或您无权查看。"),
        ("parentId", "没有找到部门，或您无权查看。"),
        ("id", "没有找到部门，或您无权查看。"),
        ("name", "部门名称不能为空。"),
    ]
