"""Importing people of departments and enterprises."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

from ....domain.directory.organisation import Person, Role
from ....domain.values import DepartmentId, EnterpriseId, PersonId, Phone
from ..rules import check_role
from .columns import PEOPLE_SHEET
from .lookups import Change, Lookups, fate_of
from .rows import Once, Reading, Rows


def check_people(rows: Rows, lookups: Lookups) -> Iterator[Change]:
    changes: list[Change] = []
    known = Once()
    for reading in rows.of(PEOPLE_SHEET):
        change = _change(reading, lookups, known)
        if change is not None and not reading.errors:
            changes.append(change)
    return iter(changes)


def _employer(reading: Reading, lookups: Lookups) -> tuple[DepartmentId | None, EnterpriseId | None] | None:
    department_name, code = reading.text("所属部门"), reading.text("所属企业代码")
    if bool(department_name) == bool(code):
        reading.refuse("所属部门", "所属部门和所属企业代码应填且只填一个。")
        return None
    if code:
        enterprise = lookups.enterprise(reading, "所属企业代码", code)
        return None if enterprise is None else (None, enterprise.id)
    department = lookups.department(department_name)
    if department is None:
        reading.refuse("所属部门", "没有找到该部门，或您无权管理。")
        return None
    return department.id, None


def _change(reading: Reading, lookups: Lookups, known: Once) -> Change | None:
    name, raw_phone = reading.text("姓名"), reading.text("手机号码")
    phone = reading.parse(lambda: Phone.parse(raw_phone)) if raw_phone else None
    role = reading.choice("角色", Role)
    active = reading.choice("状态", bool)
    employer = _employer(reading, lookups)
    if phone is None or role is None or employer is None or reading.errors:
        return None
    department_id, enterprise_id = employer
    draft = reading.parse(
        lambda: Person.parse(
            id=PersonId(uuid4()),
            name=name,
            phone=phone.text,
            role=role,
            department_id=department_id,
            enterprise_id=enterprise_id,
        )
    )
    if draft is None or not known.passes(reading, (employer, draft.name, draft.phone), "姓名"):
        return None
    before = lookups.work.people.find_in(
        name=draft.name, phone=draft.phone.text, department_id=department_id, enterprise_id=enterprise_id
    )
    reading.parse(lambda: check_role(lookups.work, lookups.actor, before, role, department_id))
    if reading.errors:
        return None
    after = reading.parse(
        lambda: Person.parse(
            id=draft.id if before is None else before.id,
            name=draft.name,
            phone=draft.phone.text,
            role=role,
            department_id=department_id,
            enterprise_id=enterprise_id,
            active=active if active is not None else before is None or before.active,
        )
    )
    if after is None:
        return None
    return Change(
        what="Person",
        subject=after.id,
        summary=after.role.value,
        fate=fate_of(before, after),
        save=lambda: lookups.work.people.save(after),
    )
