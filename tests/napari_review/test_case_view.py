"""The fixed set of layers, on napari's model of a viewer without a window."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.volumes import Volume
from rater_app.core.desk_study import DeskStudy
from rater_app.core.study import Label, Rater
from rater_app.napari_review.layers import CaseLayers, layer_of
from tests.builders import LABELS, SIMPLE

pytest.importorskip("napari")
from napari.components import ViewerModel

from rater_app.napari_review.case_view import CaseView
from rater_app.napari_review.mask_editing import MaskEditing
from rater_app.napari_review.mask_tools import grow

pytestmark = pytest.mark.desktop

NAMES = ("T1", "T2", "FLAIR")


def study_of(channels: tuple[str, ...], labels: tuple[Label, ...] = LABELS, **more) -> DeskStudy:
    rater = Rater("R1", "Dr One")
    return DeskStudy("s", "Study", True, rater, SIMPLE, (), labels, channels, **more)


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
    return CaseView(ViewerModel(), study_of(NAMES))


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
    view.edit(True)
    assert view.mask.data[2, 1, 1] == 1
    painted = np.array([2]), np.array([1]), np.array([1])
    view.mask.data_setitem(painted, 3)
    following = _case((4, 6, 8), ("T1",))
    following.mask.array[2, 1, 1] = 2
    view.show(following)
    view.mask.undo()
    assert view.mask.data[2, 1, 1] == 2
    view.edit(True)
    view.mask.undo()
    view.editing.undo()
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
    view = CaseView(ViewerModel(), study_of(("CT",), labels=(), ct=True))
    view.show(_case((4, 6, 8), ("CT",)))
    assert view.mask.colormap.map(1)[3] == 1
    assert view.channels["CT"].contrast_limits == [-160, 240]


def test_a_two_dimensional_case_is_one_slice(view: CaseView) -> None:
    view.show(_case((16, 12, 1), ("T1",)))
    assert view.viewer.dims.nsteps == (1, 12, 16)


@pytest.fixture
def editing(view: CaseView) -> MaskEditing:
    view.show(_case((4, 6, 8), NAMES))
    view.edit(True)
    return view.editing


def paint(view: CaseView, label: int, *place: int) -> None:
    view.mask.data_setitem(tuple(np.array([index]) for index in place), label)


def test_painting_is_off_until_it_is_asked_for(view: CaseView) -> None:
    view.show(_case((4, 6, 8), NAMES))
    view.mask.mode = "paint"
    assert str(view.mask.mode) == "pan_zoom"
    assert view.editing.apply("grow", grow(view.mask.data, 1, 1.0, (1.0, 1.0, 1.0))) == 0
    assert view.viewer.layers.selection.active is view.channels["T1"]
    view.edit(True)
    view.mask.mode = "paint"
    assert str(view.mask.mode) == "paint"
    assert view.viewer.layers.selection.active is view.mask


def test_steps_are_counted_by_tool_and_taken_back(view: CaseView, editing: MaskEditing) -> None:
    start = view.mask.data.copy()
    view.mask.mode = "paint"
    view.mask.paint((3, 3, 3), 2)
    view.mask.mode = "erase"
    view.mask.paint((0, 1, 1), 0)
    grown = grow(view.mask.data, 1, 1.0, view.spacing_mm)
    assert grown is not None
    assert editing.apply("grow", grown) == grown.count
    assert editing.strokes == {"brush": 1, "eraser": 1, "grow": 1}
    after = view.mask.data.copy()
    for _ in range(5):
        editing.undo()
    np.testing.assert_array_equal(view.mask.data, start)
    assert (editing.undos, editing.can_undo, editing.can_redo) == (3, False, True)
    for _ in range(5):
        editing.redo()
    np.testing.assert_array_equal(view.mask.data, after)
    assert editing.redos == 3


def test_only_labels_of_the_study_can_be_chosen(view: CaseView, editing: MaskEditing) -> None:
    for label in (1, 2, 3, 0):
        editing.choose(label)
        assert view.mask.selected_label == editing.label == label
    editing.choose(3)
    view.mask.selected_label = 4  # the keys M and + of napari
    assert view.mask.selected_label == 3
    view.mask.selected_label = 99
    assert (view.mask.selected_label, editing.label) == (3, 3)


def test_no_layer_is_moved_and_a_fill_stays_in_its_slice(
    view: CaseView, editing: MaskEditing
) -> None:
    for layer in view.viewer.layers:
        layer.mode = "transform"
        assert str(layer.mode) == "pan_zoom"
    view.mask.n_edit_dimensions = 3
    view.mask.mode = "fill"
    assert view.mask.n_edit_dimensions == 2
    view.mask.n_edit_dimensions = 3
    assert view.mask.n_edit_dimensions == 2
    view.mask.mode = "paint"
    view.mask.n_edit_dimensions = 3
    assert view.mask.n_edit_dimensions == 3


def test_what_must_not_be_saved_is_told(view: CaseView, editing: MaskEditing) -> None:
    assert editing.problems() == []
    paint(view, 3, 2, 2, 2)
    assert editing.problems() == []
    paint(view, 77, 1, 2, 2)
    assert editing.problems() == ["The mask has labels that this study lacks: 77."]
    editing.undo()
    view.mask.translate = (0, 0, 1)
    assert "was moved" in editing.problems()[0]


def test_a_strange_label_of_the_candidate_may_stay(view: CaseView) -> None:
    case = _case((4, 6, 8), NAMES)
    case.mask.array[0, 0, 0] = 99
    view.show(case)
    view.edit(True)
    assert view.editing.problems() == []


def test_3d_shows_surfaces_and_goes_back_to_what_was_shown(view: CaseView) -> None:
    case = _case((20, 16, 12), NAMES, spacing_mm=0.7)
    case.mask.array[0, 0, 0] = case.mask.array[-1, -1, -1] = 3
    view.show(case)
    view.show_channel("T2")
    layers = list(view.viewer.layers)
    for go in (view.show_3d, lambda on: setattr(view.viewer.dims, "ndisplay", 3 if on else 2)):
        go(True)
        shown = [layer.name for layer in layers if layer.visible]
        assert sorted(shown) == sorted(label.name for label in LABELS)
        assert max(len(layer.faces) for layer in view.surfaces.layers) > 10
        view.show_volumes(True)
        assert view.mask.visible
        view.show_volumes(False)
        go(False)
        assert view.viewer.dims.nsteps == (12, 16, 20)
        assert [layer.name for layer in layers if layer.visible] == ["T2", "mask"]
    view.show_mask(False)
    view.show_3d(True)
    view.show_3d(False)
    assert not view.mask.visible
    view.show(_case((4, 6, 8), NAMES))
    assert list(view.viewer.layers) == layers
    assert all(len(layer.faces) == 1 for layer in view.surfaces.layers)
    assert view.viewer.dims.nsteps == (8, 6, 4)


def test_3d_looks_at_the_mask_and_the_slices_are_found_as_they_were_left(view: CaseView) -> None:
    case = _case((60, 60, 60), NAMES)
    case.mask.array[:] = 0
    case.mask.array[40:50, 10:20, 30:34] = 1
    view.show(case)
    camera = view.viewer.scene.camera
    camera.zoom, camera.center = 7.0, (0.0, 12.0, 13.0)
    view.show_3d(True)
    assert camera.center == pytest.approx((44.5, 14.5, 31.5), abs=0.1)
    assert camera.zoom > 10
    view.show_3d(False)
    assert (camera.zoom, camera.center[1:]) == (7.0, (12.0, 13.0))


def test_many_labels_share_one_surface_layer() -> None:
    labels = tuple(Label(value, f"organ {value}", "#d55e00") for value in range(1, 41))
    view = CaseView(ViewerModel(), study_of(("CT",), labels=labels, ct=True))
    case = _case((20, 16, 12), ("CT",))
    case.mask.array[5:8, 5:8, 5:8] = 40
    view.show(case)
    view.show_3d(True)
    (layer,) = view.surfaces.layers
    assert layer.visible
    assert len(layer.vertex_colors) == len(layer.vertices) > 30
    view.show(_case((4, 6, 8), ("CT",)))
    view.show_3d(True)
    assert len(layer.vertex_colors) == len(layer.vertices)


def test_the_voxel_is_where_the_sliders_stand(view: CaseView) -> None:
    view.show(_case((20, 16, 12), NAMES, spacing_mm=2.0))
    assert view.voxel == (5, 7, 9)
    view.viewer.dims.set_point(0, 8.0)
    assert view.voxel == (4, 7, 9)


def test_3d_draws_inner_regions_first(view: CaseView) -> None:
    # What is drawn after the region around it is not seen through it.
    view.show(_case((40, 40, 40), NAMES))
    mask = view.mask.data
    mask[:] = 0
    for label, reach in ((1, 12), (3, 6), (2, 3)):
        mask[20 - reach : 20 + reach, 20 - reach : 20 + reach, 20 - reach : 20 + reach] = label
    view.show_3d(True)
    inner_first = (2, 3, 1)
    by_value = {label.value: label for label in LABELS}
    assert [layer.name for layer in view.surfaces.layers] == [
        by_value[value].name for value in inner_first
    ]
    sides = [float(np.ptp(layer.data[0][:, 0])) for layer in view.surfaces.layers]
    assert sides == sorted(sides)
    for layer, value in zip(view.surfaces.layers, inner_first, strict=True):
        color = by_value[value].color
        full = np.array([int(color[start : start + 2], 16) for start in (1, 3, 5)])
        brightest = layer.vertex_colors[:, :3].max(axis=0)  # the colour, in our light
        np.testing.assert_allclose(brightest / brightest.max(), full / full.max(), atol=0.01)


def test_the_key_that_hides_the_mask_is_told(view: CaseView) -> None:
    view.show(_case((4, 6, 8), NAMES))
    told: list[bool] = []
    view.on_display = lambda: told.append(view.is_mask_shown)
    view.mask.visible = False  # napari's key V
    assert told == [False]
