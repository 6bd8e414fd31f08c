"""Agreement between raters: ratings (alpha, percent agreement, ICC)."""
