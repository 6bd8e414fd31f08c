"""One number of a report, with everything needed to read it alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from analysis.resampling import Estimate


@dataclass(frozen=True)
class Result:
    """A named number with interval, sample sizes, method and unit, or the reason why it is null.

    Attributes
    ----------
    name
        Which number: "krippendorff_alpha", "spearman", "family_difference_z" ...
    n
        Sample sizes, such as {"cases": 12, "raters": 3}.
    item, structure
        The item of the instrument and the rated structure; "" is the whole mask.
    metric, metric_structure
        The metric and the structure in which it was measured.
    model, family
        What the number is restricted to; None for all.
    rater
        The rater it is about; None for all.
    """

    name: str
    value: float | None
    unit: str
    method: str
    n: Mapping[str, int] = field(default_factory=dict)
    interval: tuple[float, float] | None = None
    level: float | None = None
    reason: str | None = None
    p_value: float | None = None
    item: str | None = None
    structure: str | None = None
    metric: str | None = None
    metric_structure: str | None = None
    model: str | None = None
    family: str | None = None
    rater: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON keeps."""
        plain = asdict(self)
        return plain | {"interval": list(self.interval) if self.interval else None}


def estimated(
    name: str, estimate: Estimate, level: float, n: Mapping[str, int], **about: str | None
) -> Result:
    """Turn an estimate into a result; `about` names item, structure, metric, model or family."""
    interval = None
    if estimate.low is not None and estimate.high is not None:
        interval = (estimate.low, estimate.high)
    counts = {"cases": estimate.n_cases, **n}
    if estimate.undefined_replicates:
        counts["undefined_replicates"] = estimate.undefined_replicates
    return Result(
        name=name,
        value=estimate.value,
        unit="1",
        method=estimate.method,
        n=counts,
        interval=interval,
        level=level,
        reason=estimate.reason,
        p_value=estimate.p_value,
        **about,
    )


def counted(name: str, value: float, method: str, unit: str = "1", **about: Any) -> Result:
    """Turn a plain number, without an interval, into a result; not finite becomes null."""
    reason = about.pop("reason", None)
    if not math.isfinite(value):
        reason = reason or ("no value" if math.isnan(value) else "infinite")
        return Result(name, None, unit, method, reason=reason, **about)
    return Result(name, value, unit, method, reason=reason, **about)
