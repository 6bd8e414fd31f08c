"""Agreement, segmentation metrics and the association of ratings with metrics."""
