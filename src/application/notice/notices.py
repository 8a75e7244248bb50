"""Use cases of the message centre and of the record of SMS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from ...domain.notice.events import InboxChanged
from ...domain.notice.notice import Message, SmsState
from ...domain.refusals import Forbidden
from ...domain.values import MessageId, PersonId
from ..access import Actor, Permission, check
from ..once import once
from ..ports.notice import MessageOrder, SmsFilter, SmsOrder, SmsRow
from ..ports.paging import Page, Slice
from ..ports.readers import Readers
from ..ports.signals import Clock
from ..ports.work import Storage
from ..within import check_enterprise, check_person


class Notices:
    """Everybody reads only their own in-app messages.

    The SMS record needs READ_COMMITMENTS and shows the actor's scope; its counts need READ_HEALTH.
    """

    def __init__(self, storage: Storage, readers: Readers, clock: Clock) -> None:
        self._storage = storage
        self._readers = readers
        self._clock = clock

    def messages(
        self,
        actor: Actor,
        page: Page,
        *,
        unread_only: bool = False,
        order: MessageOrder = MessageOrder.NEWEST,
    ) -> Slice[Message]:
        return self._readers.notices.messages(_person(actor), page, unread_only=unread_only, order=order)

    def message_count(self, actor: Actor, *, unread_only: bool = False) -> int:
        notices, person = self._readers.notices, _person(actor)
        return notices.unread(person) if unread_only else notices.message_count(person)

    def messages_by_id(self, actor: Actor, ids: Sequence[MessageId]) -> Mapping[MessageId, Message]:
        return self._readers.notices.messages_by_id(ids, _person(actor))

    def unread(self, actor: Actor) -> int:
        return self._readers.notices.unread(_person(actor))

    def mark_read(self, actor: Actor, ids: tuple[MessageId, ...] | None, *, key: str | None = None) -> int:
        """Mark the actor's own messages as read, those in `ids` or all; return how many changed.

        Ids of other people's messages change nothing.
        """
        person = _person(actor)
        now = self._clock.now()
        with self._storage.work(actor) as work:

            def act() -> str:
                changed = work.messages.mark_read(person, ids, at=now)
                if changed:
                    work.note(InboxChanged(person_id=person, at=now))
                return str(changed)

            changed = once(work, actor, key, ("mark_read", ids), now=now, act=act)
            work.commit()
        return int(changed)

    def texts(
        self, actor: Actor, where: SmsFilter, page: Page, order: SmsOrder = SmsOrder.NEWEST
    ) -> Slice[SmsRow]:
        """Raises NotFound for a person or enterprise outside the scope; so does `text_count`."""
        check(actor, Permission.READ_COMMITMENTS)
        self._check(actor, where)
        return self._readers.notices.texts(where, actor.scope, page, order)

    def texts_by_id(self, actor: Actor, ids: Sequence[UUID]) -> Mapping[UUID, SmsRow]:
        check(actor, Permission.READ_COMMITMENTS)
        return self._readers.notices.texts_by_id(ids, actor.scope)

    def text_count(self, actor: Actor, where: SmsFilter) -> int:
        check(actor, Permission.READ_COMMITMENTS)
        self._check(actor, where)
        return self._readers.notices.text_count(where, actor.scope)

    def _check(self, actor: Actor, where: SmsFilter) -> None:
        check_person(self._readers.directory, actor, where.receiver_id)
        check_enterprise(self._readers.directory, actor, where.enterprise_id)

    def text_counts(self, actor: Actor, business_date: date) -> Mapping[SmsState, int]:
        check(actor, Permission.READ_HEALTH)
        return self._readers.notices.text_counts(business_date)


def _person(actor: Actor) -> PersonId:
    check(actor, Permission.READ_OWN)
    if actor.person_id is None:
        raise Forbidden("系统作业没有消息中心。")
    return actor.person_id
