"""What is measured, and by which conventions."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from analysis.metrics.catalogue import METRIC_NAMES, MetricError, metric
from analysis.metrics.conventions import CONVENTIONS
from analysis.metrics.lesions import BRATS2023, LESION_RULES, LesionRule


@dataclass(frozen=True)
class MetricSettings:
    """Metrics by name, and the conventions that they follow.

    Parameters
    ----------
    metrics : tuple of str
        Names; `hd95_mm`, `nsd_1mm` and their like take other numbers too. Only what they need is
        computed.
    empty : str
        What absent structures are worth: `plain`, `metrics-reloaded`, `brats` or `monai`.
    lesions : LesionRule
        How lesions are told apart.
    strict : bool
        Without the slack of 1e-6 that counts distances as within a tolerance which exceed it by
        the rounding of an image header.

    Raises
    ------
    MetricError
        A metric or a convention that does not exist.
    """

    metrics: tuple[str, ...] = METRIC_NAMES
    empty: str = "plain"
    lesions: LesionRule = field(default=BRATS2023)
    strict: bool = False

    def __post_init__(self) -> None:
        problems = []
        for name in self.metrics:
            try:
                metric(name)
            except MetricError as problem:
                problems.append(str(problem))
        if self.empty not in CONVENTIONS:
            problems.append(
                f"There is no convention '{self.empty}' for empty masks; "
                f"known are {', '.join(CONVENTIONS)}."
            )
        if problems:
            raise MetricError("\n".join(problems))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON keeps."""
        return asdict(self) | {"metrics": list(self.metrics)}


def settings_of(
    metrics: Sequence[str] | None,
    tolerances_mm: Sequence[str] | None,
    empty: str,
    lesions: str,
    strict: bool,
) -> MetricSettings:
    """Build settings from what a command line says.

    Parameters
    ----------
    metrics : sequence of str, optional
        Names; all when not given.
    tolerances_mm : sequence of str, optional
        Further tolerances of the NSD, in both conventions.
    empty : str
    lesions : str
        Name of a lesion rule.
    strict : bool

    Raises
    ------
    MetricError
        With everything that does not exist.
    """
    further = [f"nsd_{mm}mm" for mm in tolerances_mm or ()]
    further += [f"nsd_surfel_{mm}mm" for mm in tolerances_mm or ()]
    problems = []
    if lesions not in LESION_RULES:
        problems.append(
            f"There is no lesion rule '{lesions}'; known are {', '.join(LESION_RULES)}."
        )
    names = tuple(dict.fromkeys([*(metrics or METRIC_NAMES), *further]))
    try:
        settings = MetricSettings(names, empty, LESION_RULES.get(lesions, BRATS2023), strict)
    except MetricError as problem:
        problems.append(str(problem))
    if problems:
        raise MetricError("\n".join(problems))
    return settings
