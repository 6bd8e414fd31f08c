"""The fixed set of layers, on napari's model of a viewer without a window."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.volumes import Volume
from rater_app.napari_review.layers import CaseLayers, layer_of
from tests.builders import LABELS

pytest.importorskip("napari")
from napari.components import ViewerModel

from rater_app.napari_review.case_view import CaseView

pytestmark = pytest.mark.desktop

NAMES = ("T1", "T2", "FLAIR")


def _case(
    shape: tuple[int, int, int], channels: tuple[str, ...], spacing_mm: float = 1.0
) -> CaseLayers:
    affine = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    ramp = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    mask = np.zeros(shape, np.uint8)
    mask[1, 1] = 1
    return CaseLayers(
        tuple(layer_of(name, Volume(ramp, affine)) for name in channels),
        layer_of("mask", Volume(mask, affine)),
    )


@pytest.fixture
def view() -> CaseView:
    return CaseView(ViewerModel(), NAMES, LABELS, ct=False)


def test_a_smaller_case_with_fewer_channels_leaves_nothing_of_the_case_before(
    view: CaseView,
) -> None:
    layers = list(view.viewer.layers)
    view.show(_case((20, 16, 12), NAMES))
    view.show_channel("FLAIR")
    view.show(_case((4, 6, 8), ("T1", "T2"), spacing_mm=2.0))

    assert list(view.viewer.layers) == layers
    assert view.viewer.dims.nsteps == (8, 6, 4)  # z, y, x
    assert view.viewer.dims.point == (6.0, 4.0, 2.0)  # the middle, in mm
    assert [layer.name for layer in layers if layer.visible] == ["T1", "mask"]
    assert view.channels["FLAIR"].data.size == 1


def test_the_channel_that_the_rater_chose_stays_where_a_case_has_it(view: CaseView) -> None:
    view.show(_case((4, 6, 8), NAMES))
    view.show_channel("T2")
    view.show(_case((4, 6, 8), NAMES))
    assert [layer.name for layer in view.viewer.layers if layer.visible] == ["T2", "mask"]


def test_undo_never_crosses_from_one_case_into_the_next(view: CaseView) -> None:
    # napari keeps the history when data are swapped: undo would write into the next case.
    view.show(_case((4, 6, 8), ("T1",)))
    view.mask.editable = True
    assert view.mask.data[2, 1, 1] == 1
    painted = np.array([2]), np.array([1]), np.array([1])
    view.mask.data_setitem(painted, 3)
    following = _case((4, 6, 8), ("T1",))
    following.mask.array[2, 1, 1] = 2
    view.show(following)
    view.mask.undo()
    assert view.mask.data[2, 1, 1] == 2


def test_labels_have_the_colours_of_the_study_and_layers_tell_nothing(view: CaseView) -> None:
    view.show(_case((4, 6, 8), NAMES))
    for label in LABELS:
        red, green, blue, opacity = view.mask.colormap.map(label.value)
        written = "#{:02x}{:02x}{:02x}".format(*(round(255 * c) for c in (red, green, blue)))
        assert (written, opacity) == (label.color, 1)
    assert view.mask.colormap.map(0)[3] == 0
    assert view.mask.colormap.map(99)[3] == 0
    for layer in view.viewer.layers:
        assert layer.source.path is None
        assert layer.metadata == {}


def test_a_mask_without_a_scheme_is_seen() -> None:
    view = CaseView(ViewerModel(), ("CT",), (), ct=True)
    view.show(_case((4, 6, 8), ("CT",)))
    assert view.mask.colormap.map(1)[3] == 1
    assert view.channels["CT"].contrast_limits == [-160, 240]


def test_a_two_dimensional_case_is_one_slice(view: CaseView) -> None:
    view.show(_case((16, 12, 1), ("T1",)))
    assert view.viewer.dims.nsteps == (1, 12, 16)
