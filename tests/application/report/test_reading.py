"""Who sees which written reports, and how the documents are fetched."""

from __future__ import annotations

import pytest

from yanbao.adapters.word.writer import DocxWriter
from yanbao.application.files.tickets import PATH
from yanbao.application.ports.paging import Page
from yanbao.application.ports.report import RegionReportFilter, RegionReportOrder
from yanbao.domain.directory.organisation import Person
from yanbao.domain.files.attachment import LARGEST, MediaType
from yanbao.domain.files.ticket import TicketInvalid
from yanbao.domain.refusals import Forbidden, NotFound
from yanbao.domain.report.report import ReportKind, report_id
from yanbao.domain.values import RegionId, RegionReportId

from ...support.builders import DAY, PROVINCE, WEINAN, XIAN, YANGLING
from ...support.world import (
    CITY_DUTY,
    COUNTY_DUTY,
    HEAD,
    PROVINCE_DUTY,
    SYSTEM_ADMIN,
    WEINAN_DUTY,
    World,
    a_world,
    actions,
)

EVERYTHING = RegionReportFilter()


@pytest.fixture
def world() -> World:
    world = a_world().at("12:31")
    world.system.reports.instead = DocxWriter()
    world.system.app.report_making.make(ReportKind.DAILY, DAY)
    return world


def of(region: RegionId) -> RegionReportId:
    return report_id(ReportKind.DAILY, DAY, region)


def seen(world: World, by: Person, where: RegionReportFilter = EVERYTHING) -> list[RegionId]:
    page = world.system.app.reports.page(world.actor(by), where, Page(100), RegionReportOrder.NEWEST)
    assert world.system.app.reports.count(world.actor(by), where) == len(page.rows)
    return [row.region_id for row in page.rows]


def fetch(world: World, by: Person, region: RegionId) -> bytes:
    ticket = world.system.app.reports.request_download(world.actor(by), of(region))
    download = world.system.app.downloads.fetch(world.actor(by), ticket.path.removeprefix(PATH))
    try:
        assert (download.media_type, download.inline) == (MediaType.DOCX, False)
        assert download.name.endswith(".docx")
        return download.file.read(LARGEST)
    finally:
        download.file.close()


def test_the_province_sees_all_and_a_city_its_own(world: World) -> None:
    assert seen(world, PROVINCE_DUTY) == [PROVINCE, XIAN, WEINAN, YANGLING]
    assert seen(world, CITY_DUTY) == [XIAN]
    assert seen(world, WEINAN_DUTY) == [WEINAN]


def test_they_are_found_by_kind_and_region(world: World) -> None:
    assert seen(world, PROVINCE_DUTY, RegionReportFilter(ReportKind.WEEKLY)) == []
    assert seen(world, PROVINCE_DUTY, RegionReportFilter(ReportKind.DAILY, XIAN)) == [XIAN]


@pytest.mark.parametrize("region", [PROVINCE, WEINAN, RegionId("999999")])
def test_nobody_asks_sideways_or_upward(world: World, region: RegionId) -> None:
    with pytest.raises(NotFound):
        seen(world, CITY_DUTY, RegionReportFilter(region_id=region))
    with pytest.raises(NotFound):
        world.system.app.reports.request_download(world.actor(CITY_DUTY), of(region))
    assert world.system.app.reports.reports(world.actor(CITY_DUTY), [of(region)]) == {}


@pytest.mark.parametrize("who", [COUNTY_DUTY, HEAD, SYSTEM_ADMIN])
def test_counties_enterprises_and_administrators_have_none(world: World, who: Person) -> None:
    with pytest.raises(Forbidden):
        seen(world, who)
    with pytest.raises(Forbidden):
        world.system.app.reports.request_download(world.actor(who), of(XIAN))


def test_a_document_is_fetched_by_a_ticket_once_and_that_is_audited(world: World) -> None:
    assert fetch(world, CITY_DUTY, XIAN)[:2] == b"PK"
    assert actions(world).count("ReportDownloaded") == 1
    ticket = world.system.app.reports.request_download(world.actor(CITY_DUTY), of(XIAN))
    token = ticket.path.removeprefix(PATH)
    world.system.app.downloads.fetch(world.actor(CITY_DUTY), token).file.close()
    with pytest.raises(TicketInvalid):
        world.system.app.downloads.fetch(world.actor(CITY_DUTY), token)


def test_a_ticket_is_no_use_to_anybody_else_nor_for_an_upload(world: World) -> None:
    ticket = world.system.app.reports.request_download(world.actor(CITY_DUTY), of(XIAN))
    token = ticket.path.removeprefix(PATH)
    with pytest.raises(TicketInvalid):
        world.system.app.downloads.fetch(world.actor(PROVINCE_DUTY), token)
    with pytest.raises(TicketInvalid):
        world.system.app.files.begin_upload(world.actor(CITY_DUTY), token)
