"""Blinded reader studies of segmentation models: the raters' side and the coordinator's side."""
