"""The catalogue of all figures; `yanbao figures print` makes docs/figures.md of it."""

from __future__ import annotations

from typing import Final

from .commitment_figures import COMMITMENT_FIGURES
from .figures import FigureSection

CATALOGUE: Final[tuple[FigureSection, ...]] = (COMMITMENT_FIGURES,)
