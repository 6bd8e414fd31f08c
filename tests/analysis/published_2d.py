"""Known answers of other programs, on single slices and lines; see `test_metric_vectors`."""

from __future__ import annotations

from math import sqrt

import numpy as np

from tests.analysis.drawing import box, drawn, line, rows
from tests.analysis.published_3d import Vector

WHISKERS = drawn((11, 11), box((3, 8), (3, 8)))
SQUARE = drawn((14, 14), box((5, 9), (5, 9)))
POINTS_2D = drawn((10, 10), (slice(5, 8), 6)), drawn((10, 10), (slice(1, 4), 1))
STRIPES = rows("0101", "0101", "0100", "0100")
LABELS = np.zeros((30, 30), int), np.zeros((30, 30), int)
LABELS[0][1:10, 1:10], LABELS[0][11:20, 11:20] = 1, 2
LABELS[1][1:3, 1:3], LABELS[1][7:13, 7:13] = 1, 2

VECTORS_2D = [
    # surface-distance (google-deepmind), surface_distance_test.py
    Vector(
        "T3 two pixels two apart in 2D",
        lambda: (drawn((128, 128), (50, 70)), drawn((128, 128), (50, 72))),
        {"nsd_surfel_1mm": 0.5, "hd100_surfel_mm": 2, "hd50_surfel_mm": 1, "nsd_surfel_2mm": 1},
        (2, 1),
    ),
    # MONAI, tests/metrics/test_surface_dice.py
    Vector(
        "T10 two short lines in 2D",
        lambda: POINTS_2D,
        {"nsd_0mm": 0, "nsd_5.5mm": 1 / 3, "nsd_6mm": 2 / 3},
    ),
    Vector(
        "T10 all but two short lines in 2D",
        lambda: (~POINTS_2D[0], ~POINTS_2D[1]),
        {"nsd_0mm": 6 / 7, "nsd_2.8mm": 81 / 84, "nsd_3mm": 83 / 84},
    ),
    # MetricsReloaded, test/test_metrics/test_pairwise_measures.py
    Vector(
        "T11 a square with two whiskers in 2D; run",
        lambda: (WHISKERS, WHISKERS | drawn((11, 11), box((5, 6), (1, 10)), box((1, 10), (5, 6)))),
        {"dsc": 25 / 29, "iou": 25 / 33, "assd_mm": 4 / 9, "masd_mm": 0.425,
         "nsd_1mm": 8 / 9, "nsd_2mm": 1},
    ),
    Vector(
        "T12 a square in a square in 2D; run",
        lambda: (SQUARE, drawn((14, 14), box((6, 8), (6, 8)))),
        {
            "shared_voxels": 4, "voxels": 4, "reference_voxels": 16, "specificity": 1,
            "hd_mm": sqrt(2), "masd_mm": 1.069036, "assd_mm": 1.103553, "nsd_1mm": 0.75,
        },
        close=5e-7,
    ),
    Vector(
        "T12 a square around a square in 2D",
        lambda: (SQUARE, drawn((14, 14), box((4, 10), (4, 10)))),
        {
            "shared_voxels": 16, "voxels": 36, "reference_voxels": 16, "specificity": 160 / 180,
            "hd_mm": 1.41, "masd_mm": 1.04, "assd_mm": 1.05, "nsd_1mm": 0.875,
        },
        close=6e-3,
    ),
    Vector(
        "T13 a stray voxel in the reference in 2D (figure 5c of Reinke et al. 2024); run",
        lambda: (
            drawn((14, 14), box((9, 12), (9, 12)), (1, 1)),
            drawn((14, 14), box((9, 12), (9, 12))),
        ),
        {"hd_mm": 8 * sqrt(2), "hd95_directed_mm": 0.6 * 8 * sqrt(2), "hd95_mm": 0.2 * 8 * sqrt(2),
         "hd95_surfel_mm": 11.31},
        close=5e-3,
    ),
    Vector(
        "T14 two squares of one size in 2D",
        lambda: (drawn((14, 14), box((2, 4), (2, 4))), drawn((14, 14), box((3, 5), (3, 5)))),
        {"volume_difference_relative": 0, "volume_similarity": 1, "volume_difference_ml": 0},
    ),
    Vector(
        "T14 six voxels for three",
        lambda: (line((3, True), (97, False)), line((6, True), (94, False))),
        {"sensitivity": 1, "specificity": 94 / 97, "precision": 0.5},
    ),
    Vector(
        "T14 no voxel for three",
        lambda: (line((3, True), (97, False)), line((100, False))),
        {"sensitivity": 0, "specificity": 1},
    ),
    Vector(
        "MetricsReloaded, figures SN 2.9 and 27",
        lambda: (
            line((50, True), (50, False)),
            line((45, True), (5, False), (10, True), (40, False)),
        ),
        {"dsc": 0.86, "precision": 0.82, "specificity": 0.8, "sensitivity": 0.9},
        close=5e-3,
    ),
    # panoptica, unit_tests/test_metrics.py
    Vector(
        "T15 three definitions of HD95 in 2D; directed and surfels run",
        lambda: (
            rows("0000", "0000", "0011", "0011"),
            rows("1110", "1110", "1110", "1000"),
        ),
        {
            "hd_mm": 2.8284271, "hd95_mm": 2.473011636398349, "hd95_directed_mm": 2.591483,
            "hd95_surfel_mm": 2.828427,
        },
        close=6e-7,
    ),
    Vector(
        "T16 a blob on a larger blob in 2D; pooled NSD run",
        lambda: (
            rows("0010", "1110", "1111", "0110"),
            rows("0000", "0110", "0110", "0000"),
        ),
        {
            "dsc": 4 / 7, "masd_mm": 0.625, "nsd_0.5mm": 1 / 3, "nsd_1mm": 1,
            "volume_difference_relative": -0.6,
        },
    ),
    Vector(
        "T17 stripes and their complement in 2D; assd_mm run",
        lambda: (~STRIPES, STRIPES),
        {"masd_mm": 1.05, "assd_mm": 1.0625, "hd_mm": 2},
    ),
    Vector(
        "T17 stripes and their complement in 2D, 20 mm apart",
        lambda: (~STRIPES, STRIPES),
        {"masd_mm": 21, "assd_mm": 21.25, "hd_mm": 40},
        (20, 20),
    ),
    *(
        Vector(
            f"T18 label {one} against label {other} in 2D",
            lambda one=one, other=other: (LABELS[0] == one, LABELS[1] == other),
            {"dsc": dsc},
            close=5e-10,
        )
        for one, other, dsc in (
            (1, 1, 0.094117647),
            (2, 2, 0.068376068),
            (1, 2, 0.153846154),
            (2, 1, 0),
        )
    ),
    # panoptica's .106583072 = 2 x 17 / 319 adds up label values; by hand 17 of 162 and 40 voxels.
    Vector(
        "T18 both labels at once in 2D, counted by hand",
        lambda: (LABELS[0] > 0, LABELS[1] > 0),
        {"dsc": 2 * 17 / (162 + 40)},
    ),
]  # fmt: skip
