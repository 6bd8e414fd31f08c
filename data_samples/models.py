"""The eight simulated models: names, families and the errors that each is known to make."""

from __future__ import annotations

from dataclasses import dataclass

VISION_LANGUAGE = "vision-language"
PURE_VISUAL = "pure visual"


@dataclass(frozen=True)
class ModelErrors:
    """What a model gets wrong; every length in mm, every share between 0 and 1.

    Attributes
    ----------
    boundary_mm : standard deviation of the smooth noise that bends every boundary.
    offset_mm : systematic shift of the outer boundary, positive over-segments.
    core_offset_mm : the same for the tumour core inside the whole tumour.
    swap_share : share of the core where necrosis and enhancing tumour are confused.
    missed_enhancing : chance per case that most of the enhancing tumour is called oedema.
    islands : expected number of false islands near the tumour per case.
    far_island : chance per case of an island in the other hemisphere (an HD95 outlier).
    spread : standard deviation of the log of the severity, drawn per case.
    """

    boundary_mm: float
    offset_mm: float = 0.0
    core_offset_mm: float = 0.0
    swap_share: float = 0.0
    missed_enhancing: float = 0.0
    islands: float = 0.0
    far_island: float = 0.0
    spread: float = 0.3


@dataclass(frozen=True)
class SimulatedModel:
    """One invented model. `prompt` is "" for a model that is given no text."""

    model: str
    family: str
    model_class: str
    prompt: str
    errors: ModelErrors


MODELS: tuple[SimulatedModel, ...] = (
    SimulatedModel(
        "sim-vl-lexis",
        VISION_LANGUAGE,
        "text-prompt guided",
        "glioma on brain MRI: necrotic core, peritumoural oedema, enhancing tumour",
        ModelErrors(1.7, offset_mm=1.2, core_offset_mm=0.8, islands=0.6, spread=0.35),
    ),
    SimulatedModel(
        "sim-vl-verba",
        VISION_LANGUAGE,
        "text-prompt guided",
        "brain tumour with swelling around it and a bright ring after contrast",
        ModelErrors(2.6, offset_mm=-1.6, swap_share=0.2, missed_enhancing=0.25, spread=0.4),
    ),
    SimulatedModel(
        "sim-vl-prosa",
        VISION_LANGUAGE,
        "LLM-embedded",
        "Segment every part of the tumour that you would report: core, rim and oedema.",
        ModelErrors(3.2, offset_mm=2.4, core_offset_mm=1.5, swap_share=0.12, far_island=0.4),
    ),
    SimulatedModel(
        "sim-vl-duetto",
        VISION_LANGUAGE,
        "hybrid",
        "enhancing glioma",
        ModelErrors(1.2, core_offset_mm=-0.5, swap_share=0.05, islands=0.3, spread=0.3),
    ),
    SimulatedModel(
        "sim-pv-conva",
        PURE_VISUAL,
        "CNN/transformer",
        "",
        ModelErrors(0.9, spread=0.25),
    ),
    SimulatedModel(
        "sim-pv-attena",
        PURE_VISUAL,
        "CNN/transformer",
        "",
        ModelErrors(1.4, offset_mm=-0.9, core_offset_mm=-0.6, islands=0.3, spread=0.3),
    ),
    SimulatedModel(
        "sim-pv-samira",
        PURE_VISUAL,
        "SAM-based",
        "",
        ModelErrors(3.6, offset_mm=1.5, swap_share=0.3, islands=1.5, far_island=0.25),
    ),
    SimulatedModel(
        "sim-pv-nichea",
        PURE_VISUAL,
        "specialised",
        "",
        ModelErrors(2.1, offset_mm=-1.8, core_offset_mm=0.9, missed_enhancing=0.15, islands=0.6),
    ),
)
