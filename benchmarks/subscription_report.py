"""The table of open subscriptions: ours beside the Node server's."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from .report import Shown
from .subscribing import Subscribed


def subscriptions(found: Sequence[Subscribed]) -> Shown:
    """One row for each server, and how many times ours is of the other."""
    headings = (
        *(
            "server",
            "subscriptions",
            "KiB each",
            "connecting, CPU ms each",
            "idle, cores",
            "idle without any",
        ),
        *("last frame, ms", "CPU of a change, ms"),
    )
    rows = [
        (
            each.name,
            f"{each.sockets:,}",
            f"{each.memory / 1024:.1f}",
            f"{1e3 * each.connecting:.2f}",
            f"{each.idle:.3f}",
            f"{each.alone:.3f}",
            f"{1e3 * median(each.last):.0f}",
            f"{1e3 * median(each.spent):.0f}",
        )
        for each in found
    ]
    if len(found) == 2:
        ours, peer = found
        ratios = (
            ours.memory / peer.memory,
            ours.connecting / peer.connecting,
            ours.idle / max(peer.idle, 1e-4),
            median(ours.last) / median(peer.last),
            median(ours.spent) / median(peer.spent),
        )
        shown = [f"{ratio:.2f}" for ratio in ratios]
        rows.append(("times", "", *shown[:3], "", *shown[3:]))
    return Shown("Open subscriptions of one process", headings, rows)
