"""All faults of a form of the directory come together: of values, of parts, and of what the directory holds."""

from __future__ import annotations

from typing import Any

import pytest

from yanbao.domain.directory.certificate import Certificate
from yanbao.domain.directory.enterprise import Enterprise

from ...support.asking import Somebody, World, a_world, id_of, region_id
from ...support.dates import TODAY

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
