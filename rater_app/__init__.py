"""Blinded reader studies of segmentation models: the raters' side and the coordinator's side."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("rater-app")
except PackageNotFoundError:  # a checkout that was never installed
    __version__ = "unknown"
