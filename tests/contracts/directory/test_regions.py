"""Regions: a tree that can be changed, and what a scope reaches in it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from yanbao.application.access import EVERYTHING, NOTHING, SYSTEM
from yanbao.application.ports.work import Storage
from yanbao.domain.directory.organisation import Level
from yanbao.domain.refusals import Refused
from yanbao.domain.values import RegionId

from ...support.builders import (
    CHANGAN,
    LINTONG,
    PROVINCE,
    WEINAN,
    XIAN,
    YANGLING,
    YANGLING_COUNTY,
    a_region,
    a_region_tree,
    an_enterprise,
    seen_by,
    seen_from,
)
from ...support.settling import settle_in
from ..conftest import World


def test_every_field_of_a_region_comes_back(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        for region in a_region_tree():
            assert work.regions.find(region.id) == region
        assert work.regions.find(RegionId("999999")) is None


def test_a_region_can_be_renamed(storage: Storage) -> None:
    renamed = replace(a_region_tree()[4], name="新临潼", gb_code=None, local=True)
    settle_in(storage, SYSTEM, renamed)
    with storage.work(SYSTEM) as work:
        assert work.regions.find(LINTONG) == renamed
        assert work.regions.lineage(LINTONG) == (LINTONG, XIAN, PROVINCE)


def test_the_lineage_of_a_region_begins_with_itself(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        assert work.regions.lineage(LINTONG) == (LINTONG, XIAN, PROVINCE)
        assert work.regions.lineage(PROVINCE) == (PROVINCE,)
        assert work.regions.lineage(RegionId("999999")) == ()


def test_all_lineages_together_are_those_of_each_region(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        lineages = dict(work.regions.lineages())
        assert lineages == {region.id: work.regions.lineage(region.id) for region in a_region_tree()}


def test_a_local_region_of_city_rank_has_regions_below_it(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        assert work.regions.lineage(YANGLING_COUNTY) == (YANGLING_COUNTY, YANGLING, PROVINCE)
        assert work.regions.within(YANGLING_COUNTY, seen_from(YANGLING))
        assert not work.regions.within(YANGLING_COUNTY, seen_from(XIAN, WEINAN))


def test_a_region_lies_within_the_subtrees_of_a_scope(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        assert work.regions.within(LINTONG, seen_from(PROVINCE))
        assert work.regions.within(LINTONG, seen_from(WEINAN, XIAN))
        assert work.regions.within(LINTONG, seen_from(LINTONG))
        assert work.regions.within(LINTONG, EVERYTHING)
        assert not work.regions.within(XIAN, seen_from(LINTONG))
        assert not work.regions.within(LINTONG, seen_from(WEINAN))
        assert not work.regions.within(LINTONG, NOTHING)
        assert not work.regions.within(LINTONG, seen_by(an_enterprise()))


def test_a_new_parent_takes_the_whole_subtree_along(storage: Storage) -> None:
    street = a_region("610599", "某街道", Level.COUNTY, LINTONG)
    moved = a_region(LINTONG, "临潼区", Level.COUNTY, WEINAN, gb_code="610115")
    settle_in(storage, SYSTEM, street, moved)
    with storage.work(SYSTEM) as work:
        assert work.regions.lineage(street.id) == (street.id, LINTONG, WEINAN, PROVINCE)
        assert work.regions.within(street.id, seen_from(WEINAN))
        assert not work.regions.within(street.id, seen_from(XIAN))
        assert work.regions.within(CHANGAN, seen_from(XIAN))


def test_a_region_that_moves_and_comes_back_is_where_it_was(storage: Storage) -> None:
    moved = a_region(XIAN, "西安市", Level.CITY, YANGLING)
    settle_in(storage, SYSTEM, moved)
    with storage.work(SYSTEM) as work:
        assert work.regions.lineage(LINTONG) == (LINTONG, XIAN, YANGLING, PROVINCE)
    settle_in(storage, SYSTEM, *a_region_tree())
    with storage.work(SYSTEM) as work:
        assert work.regions.lineage(LINTONG) == (LINTONG, XIAN, PROVINCE)


@pytest.mark.parametrize(
    "parent", [RegionId("999999"), XIAN, LINTONG], ids=["unknown", "itself", "below itself"]
)
def test_a_region_is_refused_below_a_parent_that_cannot_be(storage: Storage, parent: RegionId) -> None:
    with pytest.raises(Refused), storage.work(SYSTEM) as work:
        work.regions.save(a_region(XIAN, "西安市", Level.CITY, parent))
        work.commit()
    with storage.work(SYSTEM) as work:
        assert work.regions.lineage(XIAN) == (XIAN, PROVINCE)


def test_readers_look_regions_up_by_id_and_leave_out_what_is_unknown(world: World) -> None:
    everything = {row.id: row for row in world.readers.directory.regions()}
    found = world.readers.directory.regions_by_id([XIAN, PROVINCE, RegionId("999999")])
    assert found == {XIAN: everything[XIAN], PROVINCE: everything[PROVINCE]}
    assert world.readers.directory.regions_by_id([]) == {}


def test_readers_list_every_region_by_code(world: World) -> None:
    rows = world.readers.directory.regions()
    expected = sorted(a_region_tree(), key=lambda region: region.id)
    assert [(r.id, r.name, r.level, r.parent_id, r.local, r.gb_code) for r in rows] == [
        (r.id, r.name, r.level, r.parent_id, r.local, r.gb_code) for r in expected
    ]


def test_the_regions_of_a_level_are_found(storage: Storage) -> None:
    with storage.work(SYSTEM) as work:
        assert work.regions.of_level(Level.PROVINCE) == {PROVINCE}
        assert {XIAN, WEINAN, YANGLING} <= work.regions.of_level(Level.CITY)
        assert LINTONG not in work.regions.of_level(Level.CITY)
