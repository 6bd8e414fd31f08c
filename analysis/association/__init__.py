"""Association of ratings with metrics: rank correlations and the contrast of families."""
