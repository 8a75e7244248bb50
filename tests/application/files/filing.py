"""Sending, fetching and claiming files, and the people and things that they are shown to."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

from yanbao.application.access import SYSTEM
from yanbao.application.files.tickets import PATH
from yanbao.domain.directory.organisation import Person, Role
from yanbao.domain.files.attachment import LARGEST, Attachment
from yanbao.domain.inspection.inspection import InspectionState
from yanbao.domain.problem.workflow import ProblemState
from yanbao.domain.values import AttachmentId, InspectionId, ProblemId

from ...support.builders import a_person
from ...support.inspections import COLLEAGUE, a_problem_in, an_inspection_in
from ...support.inspections import INSPECTOR as INSPECTOR_ID
from ...support.samples import a_picture
from ...support.world import HEAD, XIAN, World

INSPECTOR = replace(a_person("赵检查", Role.INSPECTOR, of=XIAN), id=INSPECTOR_ID)
FELLOW = replace(a_person("钱同事", Role.INSPECTOR, of=XIAN), id=COLLEAGUE)


def token_of(world: World, by: Person, *, name: str = "图.png", size: int = 1000) -> str:
    ticket = world.system.app.files.request_upload(world.actor(by), name=name, size=size)
    return ticket.path.removeprefix(PATH)


def upload(world: World, by: Person = HEAD, content: bytes = b"", name: str = "图.png") -> Attachment:
    content = content or a_picture("PNG")
    files, actor = world.system.app.files, world.actor(by)
    ticket = files.begin_upload(actor, token_of(world, by, name=name, size=len(content)))
    return files.take_in(actor, ticket, BytesIO(content))


def fetch(world: World, by: Person, id: AttachmentId, *, thumbnail: bool = False) -> bytes:
    files, actor = world.system.app.files, world.actor(by)
    ticket = files.request_download(actor, id, thumbnail=thumbnail)
    download = world.system.app.downloads.fetch(actor, ticket.path.removeprefix(PATH))
    try:
        return download.file.read(LARGEST)
    finally:
        download.file.close()


def claim(
    world: World,
    file: Attachment,
    *,
    inspection: InspectionId | None = None,
    problem: ProblemId | None = None,
) -> None:
    with world.system.storage.work(SYSTEM) as work:
        work.attachments.claim([file.id], file.person_id, inspection_id=inspection, problem_id=problem)
        work.commit()


def an_inspection(world: World, state: InspectionState) -> InspectionId:
    inspection = an_inspection_in(state)
    with world.system.storage.work(SYSTEM) as work:
        work.inspections.save(inspection)
        work.commit()
    return inspection.id


def a_problem(world: World) -> ProblemId:
    """Addressed to the factory in 临潼, issued by 西安."""
    problem = a_problem_in(ProblemState.ISSUED)
    with world.system.storage.work(SYSTEM) as work:
        work.problems.save(problem)
        work.commit()
    return problem.id


def actions(world: World) -> list[tuple[str, str]]:
    return [(entry.action, entry.actor_name) for entry in world.state.audit.values()]
