"""Tools that change a mask, pure and without Qt: the voxels are those of the browser's tools."""

from rater_app.napari_review.mask_tools.between import interpolate
from rater_app.napari_review.mask_tools.change import Change
from rater_app.napari_review.mask_tools.margin import grow, shrink
from rater_app.napari_review.mask_tools.pieces import fill_holes, keep_island, remove_island
from rater_app.napari_review.mask_tools.surface import Surface, surfaces

__all__ = [
    "Change",
    "Surface",
    "fill_holes",
    "grow",
    "interpolate",
    "keep_island",
    "remove_island",
    "shrink",
    "surfaces",
]
