"""One number of a report, with everything needed to read it alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from analysis.resampling import Estimate, Interval, Resamples, SignificanceTest


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
        The rater it is about, or two of them as "A & B"; None for all.
    beside
        Intervals made in other ways: bootstrap, closed form.
    p_adjusted
        `p_value` after `adjustment` for the number of tests, where it was adjusted.
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
    beside: tuple[Interval, ...] = ()
    p_adjusted: float | None = None
    adjustment: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON keeps."""
        plain = asdict(self)
        ends = list(self.interval) if self.interval else None
        return plain | {"interval": ends, "beside": list(plain["beside"])}


def estimated(
    name: str,
    estimate: Estimate,
    level: float,
    n: Mapping[str, int],
    unit: str = "1",
    **about: Any,
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
        unit=unit,
        method=estimate.method,
        n=counts,
        interval=interval,
        level=level,
        reason=estimate.reason,
        p_value=estimate.p_value,
        beside=estimate.beside,
        **about,
    )


def tested(name: str, test: SignificanceTest, n: Mapping[str, int], **about: Any) -> Result:
    """Turn a significance test into a result; its value is the test statistic."""
    freedom = "".join(f", {df:g} degrees of freedom" for df in test.df)
    return Result(
        name=name,
        value=test.statistic,
        unit="1",
        method=f"{test.method}; {test.distribution}{freedom}",
        n=n,
        reason=test.reason,
        p_value=test.p_value,
        **about,
    )


def counted(name: str, value: float, method: str, unit: str = "1", **about: Any) -> Result:
    """Turn a plain number, without an interval, into a result; not finite becomes null."""
    reason = about.pop("reason", None)
    if not math.isfinite(value):
        reason = reason or ("no value" if math.isnan(value) else "infinite")
        return Result(name, None, unit, method, reason=reason, **about)
    return Result(name, value, unit, method, reason=reason, **about)


@dataclass(frozen=True)
class Asked:
    """How the numbers of a block are estimated, and what they are about.

    Attributes
    ----------
    level
        Confidence level.
    resamples
        Weights for the bootstrap intervals; None for the jackknife alone.
    about
        Item, structure, metric ... of every result.
    """

    level: float = 0.95
    resamples: Resamples | None = None
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def options(self) -> dict[str, Any]:
        """Arguments that every estimate takes."""
        return {"level": self.level, "resamples": self.resamples}

    def result(
        self, name: str, estimate: Estimate, n: Mapping[str, int], unit: str = "1", **about: Any
    ) -> Result:
        """Name an estimate."""
        return estimated(name, estimate, self.level, n, unit, **{**self.about, **about})

    def test(self, name: str, test: SignificanceTest, n: Mapping[str, int], **about: Any) -> Result:
        """Name a significance test."""
        return tested(name, test, n, **{**self.about, **about})

    def number(
        self, name: str, value: float | None, method: str, unit: str = "1", **about: Any
    ) -> Result:
        """Name a plain number; None becomes null, with the `reason` given."""
        plain = float("nan") if value is None else float(value)
        return counted(name, plain, method, unit, **{**self.about, **about})

    def on(self, **about: Any) -> Asked:
        """Return the same, about something more."""
        return Asked(self.level, self.resamples, {**self.about, **about})
