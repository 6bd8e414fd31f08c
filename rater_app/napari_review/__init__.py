"""The desktop: blinded masks are read in napari; the only package that knows Qt and napari."""
