from __future__ import annotations

import os

# Read when napari is first imported: tests leave the settings of whoever runs them alone.
os.environ["NAPARI_CONFIG"] = ""
