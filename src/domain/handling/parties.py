"""What somebody is to a matter that is handled: addressee, issuer, ministry or onlooker."""

from __future__ import annotations

from enum import Enum
from typing import Final, Protocol

from ..values import DepartmentId, EnterpriseId


class Party(Enum):
    """What somebody is to a problem. The ministry reviews nothing here: the province does it in its place."""

    ADDRESSEE = "ADDRESSEE"
    ISSUER = "ISSUER"
    MINISTRY = "MINISTRY"
    ONLOOKER = "ONLOOKER"


PARTY_NAMES: Final = {
    Party.ADDRESSEE: "被检查单位",
    Party.ISSUER: "下发部门",
    Party.MINISTRY: "部级平台",
    Party.ONLOOKER: "其他查看者",
}


class _Addressed(Protocol):
    """What is addressed to a department or to an enterprise: an addressee, or a row of a list."""

    @property
    def department_id(self) -> DepartmentId | None: ...

    @property
    def enterprise_id(self) -> EnterpriseId | None: ...


def parties_of(
    addressee: _Addressed,
    issuer_id: DepartmentId,
    department_id: DepartmentId | None,
    enterprise_id: EnterpriseId | None,
) -> frozenset[Party]:
    """What people of a department or of an enterprise are to a problem; the province can be two things at once."""
    found = set()
    if department_id is not None and department_id == addressee.department_id:
        found.add(Party.ADDRESSEE)
    if enterprise_id is not None and enterprise_id == addressee.enterprise_id:
        found.add(Party.ADDRESSEE)
    if department_id is not None and department_id == issuer_id:
        found.add(Party.ISSUER)
    return frozenset(found or {Party.ONLOOKER})
