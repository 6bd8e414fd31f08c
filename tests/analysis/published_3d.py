"""Known answers of other programs and their test suites, on volumes; see `test_metric_vectors`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.analysis.drawing import Mask, Spacing, ball, box, drawn, line


@dataclass(frozen=True)
class Vector:
    """Masks from a published test, and the values that it expects.

    `close` says to how many digits the source tells its values; those that it tells to the last
    digit, and whole numbers, are held to 1e-12 anyway.
    """

    name: str
    masks: Callable[[], tuple[Mask, Mask]]  # reference, mask
    expected: dict[str, float]
    spacing_mm: Spacing = (1, 1, 1)
    close: float = 1e-12
    strict: bool = False

    def close_to(self, name: str) -> float:
        """How near a metric must be to what the source says."""
        value = self.expected[name]
        is_whole_told = value == int(value) or len(f"{value}") >= 15
        return 1e-12 if is_whole_told else self.close


CUBES = drawn((12,) * 3, box((2, 5), (2, 5), (2, 5))), drawn((12,) * 3, box((2, 5), (2, 5), (5, 8)))
BY_THREE = drawn((8,) * 3, (1, 1, 1)), drawn((8,) * 3, (4, 5, 1))
TWO_LESIONS = (
    drawn((60,) * 3, box((10, 20), (10, 20), (10, 20)), box((40, 44), (40, 44), (40, 44))),
    drawn((60,) * 3, box((10, 20), (10, 20), (10, 18)), box((50, 53), (10, 13), (10, 13))),
)

VECTORS_3D = [
    # surface-distance (google-deepmind), surface_distance_test.py
    Vector(
        "T1 two voxels two apart",
        lambda: (drawn((128,) * 3, (50, 60, 70)), drawn((128,) * 3, (50, 60, 72))),
        {
            "dsc": 0, "hd_mm": 2, "hd95_mm": 2, "hd95_directed_mm": 2, "asd_mm": 2, "assd_mm": 2,
            "hd95_surfel_mm": 2, "hd100_surfel_mm": 2, "nsd_surfel_1mm": 0.5,
        },
        (3, 2, 1),
    ),
    Vector(
        "T2 two half cubes one slice apart; run",
        lambda: (drawn((100,) * 3, slice(0, 50)), drawn((100,) * 3, slice(0, 51))),
        {
            "dsc": 100 / 101, "hd_mm": 2, "hd95_surfel_mm": 2, "hd100_surfel_mm": 2,
            "nsd_surfel_1mm": 0.836145, "volume_difference_ml": 20,
        },
        (2, 1, 1),
        close=5e-7,
    ),
    # MONAI, tests/metrics/test_hausdorff_distance.py and test_surface_distance.py
    Vector(
        "T5 two balls of one size",
        lambda: (ball(20, (19, 19, 19)), ball(20, (20, 20, 20))),
        {"hd_mm": 1.7320508075688772},
    ),
    Vector(
        "T6 and T8 a ball in a ball that the image cuts; hd95_mm run",
        lambda: (ball(40, (20, 33, 22)), ball(20, (20, 33, 22))),
        {
            "hd_mm": 20.223748416156685, "hd95_directed_mm": 20.09975124224178,
            "hd95_mm": 20.0499377, "asd_mm": 12.040033513150455, "assd_mm": 15.117741,
        },
        close=5e-7,
    ),
    Vector(
        "T7 two balls of one size in tall voxels",
        lambda: tuple(ball(20, (n, n, n), (0.85, 1.2, 0.9)) for n in (19, 20)),
        {"hd_mm": 2.2671568},
        (0.85, 1.2, 0.9),
        close=5e-8,
    ),
    Vector(
        "T7 a ball in a ball in tall voxels",
        lambda: tuple(ball(n, (20, 33, 22), (0.85, 1.2, 0.9)) for n in (30, 15)),
        {"hd_mm": 15.62594},
        (0.85, 1.2, 0.9),
        close=5e-6,
    ),
    Vector(
        "T8 two large balls",
        lambda: (ball(33, (20, 33, 22)), ball(33, (19, 33, 22))),
        {"asd_mm": 0.3483278807706289, "assd_mm": 0.350217},
        close=5e-7,
    ),
    Vector(
        "T8 two large balls in tall voxels",
        lambda: tuple(ball(33, (n, 45, 52), (0.85, 1.2, 0.9)) for n in (43, 42)),
        {"asd_mm": 0.4951},
        (0.85, 1.2, 0.9),
        close=5e-5,
    ),
    # MONAI, tests/metrics/test_surface_dice.py
    Vector(
        "T9 slabs up to the border of the image",
        lambda: (
            drawn((200, 110, 80), (..., slice(30, None))),
            drawn((200, 110, 80), (..., slice(20, None))),
        ),
        {
            "nsd_0mm": 1 - (200 * 110 + 198 * 108 + 9 * 200 * 2 + 9 * 108 * 2)
            / (200 * 110 * 4 + 106 * 200 * 2 + 106 * 108 * 2),
            "nsd_10mm": 1,
        },
    ),
    # MedPy, tests/metric_/binary.py
    *(
        Vector(
            f"T19 one dimension, {length} mm",
            lambda: (line((1, False), (1, True)), line((1, True), (1, False))),
            {"asd_mm": length, "hd_mm": length, "hd95_mm": length},
            (length, 1, 1),
        )
        for length in (1, 2)
    ),
    # BraTS-2023-Metrics (rachitsaluja) has no tests: run; brats-evaluation 0.0.10: run
    Vector(
        "T20 two lesions, one missed, one invented; run",
        lambda: TWO_LESIONS,
        {
            "lesions": 2, "lesion_false": 1, "lesion_sensitivity": 0.5, "lesion_precision": 0.5,
            "lesion_dsc": 0.296296296, "lesion_hd95_mm": 250, "lesion_f1": 0.5,
            "dsc": 0.846113168, "hd95_surfel_mm": 39.8622628559895,
            # brats-evaluation: one to one, any overlap; its global HD95 is the pooled one
            "lesion_f1_any": 0.5, "lesion_f1_iou0": 0.5, "lesion_f1_iou80": 0.5,
            "lesion_f1_iou81": 0, "hd95_mm": 38.71692136521188,
        },
        close=6e-10,
    ),
    # by hand, run with MedPy, MONAI and surface-distance
    Vector(
        "T26 two voxels (3, 4, 0) apart",
        lambda: BY_THREE,
        dict.fromkeys(
            ["hd_mm", "hd95_mm", "hd95_directed_mm", "hd95_surfel_mm", "asd_mm", "assd_mm"], 5
        ),
    ),
    Vector(
        "T26 two voxels (3, 4, 0) apart in tall voxels",
        lambda: BY_THREE,
        dict.fromkeys(["hd_mm", "hd95_mm", "hd95_directed_mm", "asd_mm"], 6.324555320336759),
        (2, 0.5, 1),
    ),
    *(
        Vector(
            f"T27 cubes three voxels of {spacing} mm apart, tolerance {tolerance} mm, {kind}",
            lambda: CUBES,
            {f"nsd_{tolerance}mm": nsd, f"nsd_surfel_{tolerance}mm": nsd_surfel},
            (spacing,) * 3,
            close=5e-7,
            strict=kind == "strict",
        )
        for spacing, tolerance, kind, nsd, nsd_surfel in (
            (0.1, 0.3, "strict", 0.653846, 0.753578),
            (0.1, 0.3, "tolerant", 1, 1),
            (1.1, 3.3, "strict", 0.653846, 0.753578),
            (1.1, 3.3, "tolerant", 1, 1),
            (0.7, 2.1, "strict", 1, 1),
            (0.7, 2.1, "tolerant", 1, 1),
        )
    ),
]  # fmt: skip
