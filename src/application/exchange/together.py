"""Receives deliveries in one transaction; when that fails, each alone, so that one harms no other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from ..ports.inbound import Delivery, DeliveryAnswer
from ..ports.unavailable import Unavailable

log = logging.getLogger(__name__)

Receive = Callable[[Sequence[Delivery]], Sequence[DeliveryAnswer]]
"""Commits all deliveries, or none and raises; returns their answers in their order."""


def receive_together(
    receive: Receive, deliveries: Sequence[Delivery]
) -> Sequence[DeliveryAnswer | Exception]:
    """The answer to each delivery, or why it is not stored, in their order.

    Without a database none of them is tried alone: each would only wait for it.
    """
    try:
        answers = receive(deliveries)
        if len(answers) != len(deliveries):
            raise RuntimeError(f"{len(deliveries)} deliveries have {len(answers)} answers")
        return answers
    except Unavailable as failure:
        return [failure] * len(deliveries)
    except Exception as failure:
        # Whatever is wrong with one delivery must not keep the others out.
        if len(deliveries) == 1:
            log.exception("receiving a delivery failed: %s", deliveries[0].kind.value)
            return [failure]
        return [receive_together(receive, [one])[0] for one in deliveries]
