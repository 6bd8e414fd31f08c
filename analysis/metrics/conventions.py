"""What a metric is worth when the structure is absent in one mask or in both.

Tools disagree on it, so the convention is chosen by name and told beside the numbers:

- `plain`, ours: what is undefined stays undefined, a missed or invented structure has Dice 0,
  nothing within tolerance and an infinite distance.
- `metrics-reloaded`: the values of the package MetricsReloaded at cb38dfc (its code, not the
  recommendation of the paper to count the worst value).
- `brats`: those of the BraTS 2023 evaluation: 1 and 0 mm where nothing was to be found and
  nothing was, 0 and 374 mm otherwise.
- `monai`: those of MONAI 1.6 with its default arguments.
"""

from collections.abc import Collection, Mapping
from math import inf, nan
from types import MappingProxyType

Values = tuple[float | None, float | None, float | None]
"""Both masks empty; only the mask; only the reference. None: as the formula gives it."""

PENALTY_MM = 374.0
"""The diagonal of a BraTS image of 240 x 240 x 155 mm, what BraTS 2023 puts for infinity."""

_NATURAL: Values = (None, None, None)
_PLAIN: dict[str, Values] = {
    "formula": _NATURAL,
    "dice": (nan, 0.0, 0.0),
    "iou": (nan, 0.0, 0.0),
    "gwds": (nan, 0.0, 0.0),
    "sensitivity": (nan, 0.0, nan),
    "precision": (nan, nan, 0.0),
    "hd": (nan, inf, inf),
    "hd percentile": (nan, inf, inf),
    "mean distance": (nan, inf, inf),
    "nsd": (nan, 0.0, 0.0),
    "lesion": (nan, None, None),
    "lesion distance": (nan, None, None),
    "lesion sensitivity": (nan, None, nan),
    "lesion precision": (nan, nan, None),
}
EMPTY: Mapping[str, Mapping[str, Values]] = MappingProxyType(
    {
        "plain": _PLAIN,
        "metrics-reloaded": _PLAIN
        | {
            "dice": (1.0, 0.0, 0.0),
            "precision": (nan, 0.0, 0.0),
            "hd": (0.0, nan, nan),
            "hd percentile": (0.0, nan, nan),
            "mean distance": (0.0, nan, nan),
            "nsd": (1.0, nan, nan),
            "lesion": (1.0, None, None),
            "lesion sensitivity": (1.0, None, 1.0),
            "lesion precision": (1.0, 0.0, None),
        },
        "brats": _PLAIN
        | {
            "dice": (1.0, 0.0, 0.0),
            "iou": (1.0, 0.0, 0.0),
            "gwds": (1.0, 0.0, 0.0),
            "sensitivity": (1.0, 0.0, 0.0),
            "hd": (0.0, PENALTY_MM, PENALTY_MM),
            "hd percentile": (0.0, PENALTY_MM, PENALTY_MM),
            "mean distance": (0.0, PENALTY_MM, PENALTY_MM),
            "nsd": (1.0, 0.0, 0.0),
            "lesion": (1.0, None, None),
            "lesion distance": (0.0, None, None),
        },
        "monai": _PLAIN
        | {
            "dice": (nan, 0.0, nan),
            "iou": (nan, 0.0, nan),
            "hd percentile": (nan, nan, nan),
        },
    }
)
CONVENTIONS = tuple(EMPTY)


def empty_value(
    convention: str, kind: str, *, mask_is_empty: bool, reference_is_empty: bool
) -> float | None:
    """Return what a convention puts for a metric; None where the formula holds.

    Parameters
    ----------
    convention : str
        One of `CONVENTIONS`.
    kind : str
        Row of the table, the `empty` of a `Metric`.
    mask_is_empty, reference_is_empty : bool
    """
    if not mask_is_empty and not reference_is_empty:
        return None
    both, mask, reference = EMPTY[convention][kind]
    if mask_is_empty and reference_is_empty:
        return both
    return mask if mask_is_empty else reference


def reason(undefined: Collection[str], *, mask_is_empty: bool, reference_is_empty: bool) -> str:
    """Say why metrics are undefined, infinite or a convention; "" when none is.

    Parameters
    ----------
    undefined : collection of str
        Names of the metrics without a value.
    mask_is_empty, reference_is_empty : bool
    """
    if mask_is_empty and reference_is_empty:
        return "both masks are empty"
    if mask_is_empty:
        return "the mask is empty"
    if reference_is_empty:
        return "the reference mask is empty"
    reasons = []
    if "specificity" in undefined:
        reasons.append("the reference mask fills the image")
    if any(name.startswith("lesion") for name in undefined):
        reasons.append("no lesion of the reference is large enough to count")
    return "; ".join(reasons)
