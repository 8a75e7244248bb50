"""Files that go out: who may see which, and what the trail says of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yanbao.application.access import SYSTEM
from yanbao.application.files.tickets import PATH
from yanbao.application.ports.files import FileMissing
from yanbao.domain.directory.organisation import Person
from yanbao.domain.files.attachment import Attachment, file_key
from yanbao.domain.inspection.inspection import InspectionState
from yanbao.domain.refusals import NotFound

from ...support.accounts import an_account
from ...support.inspections import an_attachment
from ...support.world import (
    CHANGAN_DUTY,
    CITY_DUTY,
    COUNTY_DUTY,
    FAR_HEAD,
    HEAD,
    HONGXING_HEAD,
    MANAGER,
    PROVINCE_DUTY,
    PUCHENG_DUTY,
    WEINAN_DUTY,
    World,
    a_world,
)
from .filing import FELLOW, INSPECTOR, a_problem, actions, an_inspection, claim, fetch, upload

SECOND = timedelta(seconds=1)


@pytest.fixture
def world() -> World:
    accounts = (an_account(person, name) for person, name in ((INSPECTOR, "zhao"), (FELLOW, "qian")))
    return a_world().settle(INSPECTOR, FELLOW, *accounts)


EVERYBODY = (
    *(INSPECTOR, FELLOW, CITY_DUTY, PROVINCE_DUTY, COUNTY_DUTY, CHANGAN_DUTY, WEINAN_DUTY, PUCHENG_DUTY),
    *(HEAD, MANAGER, HONGXING_HEAD, FAR_HEAD),
)
ABOVE = {INSPECTOR, FELLOW, CITY_DUTY, PROVINCE_DUTY}
CONCERNED = {*ABOVE, COUNTY_DUTY, HEAD, MANAGER}


def who_sees(world: World, file: Attachment) -> set[str]:
    seeing = set()
    for person in EVERYBODY:
        try:
            fetch(world, person, file.id)
        except NotFound as refusal:
            assert (refusal.field, refusal.sentence) == ("id", "没有找到附件，或您无权查看。")
        else:
            seeing.add(person.name)
        listed = world.system.app.files.attachments(world.actor(person), [file.id])
        assert (file.id in listed) is (person.name in seeing)
    return seeing


def names(people: set[Person]) -> set[str]:
    return {person.name for person in people}


@pytest.mark.parametrize("by", [HEAD, INSPECTOR], ids=lambda p: p.name)
def test_a_loose_file_is_its_uploaders_alone(world: World, by: Person) -> None:
    assert who_sees(world, upload(world, by)) == {by.name}


def test_the_file_of_a_draft_is_its_inspectors_alone(world: World) -> None:
    file = upload(world, INSPECTOR)
    claim(world, file, inspection=an_inspection(world, InspectionState.DRAFT))
    assert who_sees(world, file) == {INSPECTOR.name}


def test_the_file_of_a_record_is_for_its_department_and_those_above(world: World) -> None:
    file = upload(world, INSPECTOR)
    claim(world, file, inspection=an_inspection(world, InspectionState.SUBMITTED))
    assert who_sees(world, file) == names(ABOVE)


def test_the_file_of_a_problem_is_for_its_addressee_too(world: World) -> None:
    file = upload(world, HEAD)
    claim(world, file, problem=a_problem(world))
    assert who_sees(world, file) == names(CONCERNED)


def test_what_a_draft_and_a_problem_show_is_seen_by_whoever_sees_either(world: World) -> None:
    file = upload(world, INSPECTOR)
    draft = an_inspection(world, InspectionState.DRAFT)
    claim(world, file, inspection=draft, problem=a_problem(world))
    assert who_sees(world, file) == names(CONCERNED)


def test_many_are_looked_up_at_once_and_only_what_may_be_seen_comes(world: World) -> None:
    mine, theirs = upload(world, HEAD), upload(world, HONGXING_HEAD)
    ids = [theirs.id, mine.id, an_attachment("没有")]
    assert world.system.app.files.attachments(world.actor(HEAD), ids) == {mine.id: mine}


def test_whole_files_that_are_fetched_are_in_the_trail_and_thumbnails_are_not(world: World) -> None:
    file = upload(world)
    assert fetch(world, HEAD, file.id, thumbnail=True)[:3] == b"\xff\xd8\xff"
    assert ("FileDownloaded", HEAD.name) not in actions(world)
    fetch(world, HEAD, file.id)
    assert ("FileDownloaded", HEAD.name) in actions(world)


def test_a_file_that_the_store_has_lost_is_a_fault_and_no_refusal(world: World) -> None:
    file = upload(world)
    world.system.files.delete(file_key(file.id))
    with pytest.raises(FileMissing):
        fetch(world, HEAD, file.id)


def test_a_file_that_was_removed_since_the_ticket_was_given_is_not_found(world: World) -> None:
    files, actor = world.system.app.files, world.actor(HEAD)
    issued = files.request_download(actor, upload(world).id, thumbnail=False)
    with world.system.storage.work(SYSTEM) as work:
        work.attachments.remove_loose(world.system.clock.now() + SECOND, limit=1)
        work.commit()
    with pytest.raises(NotFound):
        world.system.app.downloads.fetch(actor, issued.path.removeprefix(PATH))
