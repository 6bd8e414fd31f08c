"""The one reader and writer of images.

Arrays are in voxel order (i, j, k) and always three-dimensional; a 2D image has k = 1. The affine
takes voxel indices to millimetres in RAS+ (x to the right, y to the front, z to the head).
NIfTI is read by our own code, because readers accept damaged files in silence; SimpleITK reads
every other format behind our checks of its header.
"""

from analysis.volumes.encoding import encode_channel, encode_nifti, write_nifti_gz
from analysis.volumes.grids import grid_problems
from analysis.volumes.nifti import decode_nifti_gz
from analysis.volumes.reading import read_image, read_labels
from analysis.volumes.volume import Volume, VolumeError

__all__ = [
    "Volume",
    "VolumeError",
    "decode_nifti_gz",
    "encode_channel",
    "encode_nifti",
    "grid_problems",
    "read_image",
    "read_labels",
    "write_nifti_gz",
]
