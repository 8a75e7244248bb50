"""The part that somebody has in a matter: addressee, issuer, ministry or onlooker."""

from __future__ import annotations

from enum import Enum
from typing import Final, Protocol

from ..values import DepartmentId, EnterpriseId


class Party(Enum):
    """The part somebody has in a problem. The province reviews problems of the ministry in its place."""

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
    """Anything addressed to a department or an enterprise: an Addressee, or a row of a list."""

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
    """The parts that people of a department or an enterprise have; the province can have two at once."""
    found = set()
    if department_id is not None and department_id == addressee.department_id:
        found.add(Party.ADDRESSEE)
    if enterprise_id is not None and enterprise_id == addressee.enterprise_id:
        found.add(Party.ADDRESSEE)
    if department_id is not None and department_id == issuer_id:
        found.add(Party.ISSUER)
    return frozenset(found or {Party.ONLOOKER})
