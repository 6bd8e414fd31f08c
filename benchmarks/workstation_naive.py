"""The plain way to look at a volume in Streamlit: sliders, a rerun each, a picture of one slice.

`workstation_peers.py` runs it; the folder with the arrays is its only argument.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

COLORS = np.array([[0, 0, 0], [213, 94, 0], [0, 158, 115], [240, 228, 66]], np.float32)


@st.cache_resource(show_spinner=False)
def load(folder: str) -> dict[str, NDArray[Any]]:
    """Read every array once."""
    return {path.stem: np.load(path) for path in Path(folder).glob("*.npy")}


volumes = load(sys.argv[1])
channels = sorted(set(volumes) - {"mask"})
channel = st.radio("Channel", channels, horizontal=True)
slices = volumes[channel].shape[2]
number = st.slider("Slice", 0, slices - 1, slices // 2)
level = st.slider("Level", -1000, 1000, 300)
image = volumes[channel][:, ::-1, number].T.astype(np.float32)
labels = volumes["mask"][:, ::-1, number].T
grey = np.clip((image - level + 400) / 800, 0, 1)[..., None] * 255
picture = np.where(labels[..., None] > 0, 0.65 * grey + 0.35 * COLORS[labels], grey)
st.image(picture.astype(np.uint8), width="stretch")
