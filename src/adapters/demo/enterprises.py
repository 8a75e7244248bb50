"""Makes the demo's enterprises and their people: producers in some counties, wholesalers in every county."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from ...domain.directory.enterprise import Enterprise, EnterpriseKind, Warehouse, Workshop
from ...domain.directory.organisation import Level, Person, Region, Role
from ...domain.values import EnterpriseId, PersonId, RegionId, fact_id
from . import names

_PRODUCERS_PER_COUNTY: Final = {
    "610526": 10,  # 渭南: 蒲城, 富平, 合阳, 白水, 澄城, 大荔, 临渭
    "610528": 6,
    "610524": 5,
    "610527": 2,
    "610525": 2,
    "610523": 2,
    "610502": 1,
    "610305": 2,  # 宝鸡: 凤翔, 岐山, 扶风, 陈仓
    "610323": 2,
    "610324": 2,
    "610304": 1,
    "610723": 3,  # 汉中: 洋县, 城固, 西乡
    "610722": 2,
    "610724": 1,
    "610424": 2,  # 咸阳: 乾县, 礼泉, 三原, 武功
    "610425": 2,
    "610422": 2,
    "610431": 1,
    "610922": 1,  # 安康: 石泉; 商洛: 山阳
    "611024": 1,
}
"""The number of producers per county among every fifty."""
SHOW_COUNTY: Final = RegionId("610526")
SHOW_NAME: Final = "蒲城县红光烟花爆竹有限公司"
_PRODUCERS_OF_SIXTEEN: Final = 5
_POWDER_SHOPS: Final = (
    "称量粉碎",
    "混药",
    "造粒",
    "引线制作",
    "装药",
    "筑压药",
    "封口结鞭",
    "插引",
    "药饼干燥",
)
_OTHER_SHOPS: Final = ("卷筒", "切筒", "裱糊", "泥底", "组装", "成品包装", "纸品加工", "包装材料")
_FIRST_PHONE: Final = 100_000
_PHONES_EACH: Final = 4


@dataclass(frozen=True, slots=True)
class StaffedEnterprise:
    """An enterprise and its people; `index` is its place in the list, `number` in its kind, from 0."""

    index: int
    number: int
    enterprise: Enterprise
    people: tuple[Person, ...]

    @property
    def head(self) -> Person:
        return self.people[0]

    @property
    def managers(self) -> tuple[Person, ...]:
        return self.people[1:]


def enterprises(seed: int, count: int, regions: Sequence[Region]) -> Iterator[StaffedEnterprise]:
    """The first `count` enterprises of the demo; a longer list begins with the same ones."""
    by_id = {region.id: region for region in regions}
    producing = _producing_places(seed)
    selling = _selling_places(seed, regions)
    code_offset = Random(f"{seed}|credit codes").randrange(100_000)
    taken: set[str] = set()
    numbers = dict.fromkeys(EnterpriseKind, 0)
    for index in range(count):
        random = Random(f"{seed}|enterprise|{index}")
        production = index % 16 < _PRODUCERS_OF_SIXTEEN
        kind = EnterpriseKind.PRODUCTION if production else EnterpriseKind.WHOLESALE
        number = numbers[kind]
        numbers[kind] += 1
        places = producing if production else selling
        region = by_id[places[number % len(places)]]
        name = SHOW_NAME if index == 0 else _new_name(random, region, production, taken)
        taken.add(name)
        enterprise = Enterprise.parse(
            id=EnterpriseId(fact_id("demo", seed, "enterprise", index)),
            credit_code=names.credit_code(region.gb_code or region.id, code_offset + index),
            name=name,
            kind=kind,
            region_id=region.id,
            address=names.address(random, _full_place(region, by_id)),
            workshops=_workshops(random) if production else (),
            warehouses=() if production else _warehouses(random),
        )
        yield StaffedEnterprise(index, number, enterprise, tuple(_staff(seed, index, random, enterprise)))


def _producing_places(seed: int) -> list[RegionId]:
    """The counties of fifty producers in an order that depends on the seed, SHOW_COUNTY first."""
    places = [RegionId(code) for code, times in _PRODUCERS_PER_COUNTY.items() for _ in range(times)]
    Random(f"{seed}|producers").shuffle(places)
    places.remove(SHOW_COUNTY)
    return [SHOW_COUNTY, *places]


def _selling_places(seed: int, regions: Sequence[Region]) -> list[RegionId]:
    """Every county and local region once; in local regions, enterprises belong to the city directly."""
    places = [region.id for region in regions if region.level is Level.COUNTY or region.local]
    Random(f"{seed}|wholesalers").shuffle(places)
    return places


def _new_name(random: Random, region: Region, production: bool, taken: set[str]) -> str:
    while True:
        name = names.enterprise_name(random, region.name, production=production)
        if name not in taken and name != SHOW_NAME:
            return name


def _full_place(region: Region, by_id: Mapping[RegionId, Region]) -> str:
    above = "" if region.parent_id is None else _full_place(by_id[region.parent_id], by_id)
    return above + region.name


def _workshops(random: Random) -> list[Workshop]:
    shops = []
    for number in range(1, random.randint(8, 40) + 1):
        powder = random.random() < 0.45
        shops.append(
            Workshop.parse(
                number=f"{number:02d}",
                name=f"{random.choice(_POWDER_SHOPS if powder else _OTHER_SHOPS)}工房",
                powder=powder,
                approved_persons=random.randint(1, 3) if powder else random.randint(2, 12),
                approved_powder_kg=random.choice((2, 3, 5, 10, 15, 20)) if powder else 0,
            )
        )
    if not any(shop.powder for shop in shops):
        shops[0] = Workshop.parse(
            number="01", name="混药工房", powder=True, approved_persons=1, approved_powder_kg=5
        )
    return shops


def _warehouses(random: Random) -> list[Warehouse]:
    stores = []
    for number in range(1, random.randint(2, 8) + 1):
        boxes = random.randrange(500, 5001, 500)
        stores.append(
            Warehouse.parse(
                number=f"K{number}",
                name=f"{number}号成品仓库",
                approved_boxes=boxes,
                approved_kg=boxes * random.choice((8, 10, 12)),
                approved_persons=random.randint(2, 8),
            )
        )
    return stores


def _staff(seed: int, index: int, random: Random, enterprise: Enterprise) -> Iterator[Person]:
    roles = [Role.ENTERPRISE_HEAD, *[Role.SAFETY_MANAGER] * random.randint(1, 2)]
    for number, role in enumerate(roles):
        yield Person.parse(
            id=PersonId(fact_id("demo", seed, "enterprise person", index, number)),
            name=names.person_name(random),
            phone=names.phone(_FIRST_PHONE + index * _PHONES_EACH + number),
            role=role,
            department_id=None,
            enterprise_id=enterprise.id,
        )
