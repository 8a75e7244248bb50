"""Who and what inspections need in a storage."""

from __future__ import annotations

from dataclasses import replace

from yanbao.application.access import SYSTEM
from yanbao.application.ports.storage import Storage
from yanbao.domain.organisation import Role

from ..domain.inspections import COLLEAGUE, INSPECTOR
from ..support.builders import a_department_tree, a_person, an_enterprise, settle_in

PROVINCE_BUREAU, CITY_BUREAU, _, _, COUNTY_BUREAU, *_ = a_department_tree()


def settle_inspectors(storage: Storage) -> None:
    """Two inspectors of the city's bureau, and the factory, beside the trees of `builders`."""
    inspectors = {INSPECTOR: "赵检查", COLLEAGUE: "钱同事"}
    people = [
        replace(a_person(name, Role.INSPECTOR, of=CITY_BUREAU), id=id) for id, name in inspectors.items()
    ]
    settle_in(storage, SYSTEM, *people, an_enterprise())
