"""The catalogue of all figures; `yanbao figures print` makes docs/figures.md of it."""

from __future__ import annotations

from typing import Final

from .alert_figures import ALERT_FIGURES
from .commitment_figures import COMMITMENT_FIGURES
from .figures import FigureSection
from .inspection_figures import PATROL_FIGURES, SPOT_CHECK_FIGURES
from .problem_figures import PROBLEM_FIGURES

CATALOGUE: Final[tuple[FigureSection, ...]] = (
    COMMITMENT_FIGURES,
    PATROL_FIGURES,
    SPOT_CHECK_FIGURES,
    PROBLEM_FIGURES,
    ALERT_FIGURES,
)
