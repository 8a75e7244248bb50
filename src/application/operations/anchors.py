"""What the lines of an anchor mean together: which heads stand, and which a signed break has given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self

from ..ports.operations import AnchorBreak, AnchorUnreadable, Head


class Anchors:
    """The lines of an anchor, read in their order. Raises AnchorUnreadable for lines that contradict.

    `standing` are the heads that the trail must hold, by number. `newest` is the head that was anchored last.
    `lost` are heads that a break has given up.
    """

    def __init__(self, lines: Sequence[Head | AnchorBreak]) -> None:
        self.standing: Mapping[int, str] = {}
        self.newest: Head | None = None
        self.lost: frozenset[Head] = frozenset()
        self.breaks: tuple[AnchorBreak, ...] = ()
        standing: dict[int, str] = {}
        for line in lines:
            if isinstance(line, AnchorBreak):
                self._break(line, standing)
                continue
            number, digest = line
            if self.newest is not None and number < self.newest[0]:
                raise AnchorUnreadable(f"the anchor goes back from {self.newest[0]} to {number}")
            if standing.setdefault(number, digest) != digest:
                raise AnchorUnreadable(f"the anchor has two hashes for {number}")
            self.newest = line
        self.standing = standing

    def _break(self, line: AnchorBreak, standing: dict[int, str]) -> None:
        if line.lost != self.newest:
            # Somebody has copied an old break here, to give up what was anchored after it.
            raise AnchorUnreadable("a break of the anchor does not follow the line that it names")
        number, digest = line.head
        gone = {(n, d) for n, d in standing.items() if n > number or (n == number and d != digest)}
        self.lost |= gone
        for n, _ in gone:
            del standing[n]
        if number:
            standing[number] = digest
        self.newest = line.head if number else None
        self.breaks += (line,)

    def without(self, lost: frozenset[Head]) -> Self:
        """These anchors without heads that the other anchor has given up by a signed break."""
        self.standing = {n: digest for n, digest in self.standing.items() if (n, digest) not in lost}
        return self
