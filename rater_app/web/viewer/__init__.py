"""Python face of the image viewer: what a page hands to the component and what comes back.

The viewer itself is JavaScript in ``frontend/``. Volumes never pass through here: the browser
fetches them from the addresses in the data, so a rerun of the page costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rater_app.core.study import Label
from rater_app.web.component import component

VIEWER_KEY = "viewer"
"""Widget key of the viewer; constant, because another key makes the browser build a new viewer."""


@dataclass(frozen=True)
class Channel:
    """One image of the case: the name that raters see, the address that the browser fetches."""

    name: str
    url: str


@dataclass(frozen=True)
class Editing:
    """How a mask is corrected in the browser.

    Attributes
    ----------
    url
        Address of the correction: the working state comes from there, drafts and versions go there.
    candidate
        Address of the mask as it came.
    required
        Whether going on uncorrected has to be confirmed.
    """

    url: str
    candidate: str
    required: bool


@dataclass(frozen=True)
class Log:
    """Where the viewing log of a reading goes, and in which stage the reading is."""

    url: str
    stage: str


@dataclass(frozen=True)
class ViewerKeys:
    """Keys that the rater pressed over one reading: a level (1 to 10), and whether to submit."""

    rate: int | None
    submit: bool


def viewer_keys(assignment_code: str, rate: Any, submit: Any) -> ViewerKeys:
    """Take from the viewer's reports those that were made over this reading.

    A key that was pressed while the page was changing belongs to the mask that the rater saw.

    Examples
    --------
    >>> viewer_keys("K7QF", {"case": "K7QF", "level": 3}, {"case": "B2M9"})
    ViewerKeys(rate=3, submit=False)
    """
    level = rate["level"] if rate and rate["case"] == assignment_code else None
    return ViewerKeys(level, bool(submit) and submit["case"] == assignment_code)


@dataclass(frozen=True)
class ShownCase:
    """A case with its mask, as the browser is told of it.

    Attributes
    ----------
    code
        Blinding code. The same code keeps position, zoom and window over reruns; a new one starts
        at its mask.
    channels
        Images of the case on one grid, in the order of the keys 1 to 9; at least one.
    mask_url
        Address of the mask.
    labels
        Names and colours of the legend.
    prefetch
        Addresses that the next case will ask for; fetched when everything of this case is there.
    ct
        Whether intensities are Hounsfield units: chooses the window presets.
    height_px
        Height in CSS pixels.
    rating_keys
        How many levels Alt + digit can choose; 0 turns the keys off.
    reader
        Opaque mark of the rater, under which the browser keeps their display habits.
    second_mask_url
        Address of another mask of the case to compare with, or None.
    mask_names
        Neutral names of the two masks.
    editing
        How the mask is corrected; None shows it only.
    log
        Where the viewing log goes; None keeps none.
    """

    code: str
    channels: Sequence[Channel]
    mask_url: str
    labels: Sequence[Label]
    prefetch: Sequence[str]
    ct: bool
    height_px: int
    rating_keys: int
    reader: str = ""
    second_mask_url: str | None = None
    mask_names: tuple[str, str] = ("Mask A", "Mask B")
    editing: Editing | None = None
    log: Log | None = None

    def to_component(self) -> dict[str, Any]:
        """Give the data of the component, plain values only."""
        first, second = self.mask_names
        return {
            "case": self.code,
            "channels": [asdict(channel) for channel in self.channels],
            "mask": {"url": self.mask_url, "name": first},
            "second_mask": self.second_mask_url and {"url": self.second_mask_url, "name": second},
            "labels": [asdict(label) for label in self.labels],
            "prefetch": list(self.prefetch),
            "ct": self.ct,
            "height": self.height_px,
            "rating_keys": self.rating_keys,
            "reader": self.reader,
            "editing": self.editing and asdict(self.editing),
            "log": self.log and asdict(self.log),
        }


def volume_viewer(
    shown: ShownCase,
    on_rate: Callable[[], None],
    on_submit: Callable[[], None],
    on_corrected: Callable[[], None],
) -> ViewerKeys:
    """Show a case with its mask.

    Parameters
    ----------
    shown
        What to show.
    on_rate, on_submit
        Called before the script runs again, when a level was chosen or Ctrl + Enter pressed. They
        take no argument, as Streamlit's callbacks do: the reports are then in the session state
        under `VIEWER_KEY`, as ``rate`` and ``submit``, for `viewer_keys`.
    on_corrected
        Called likewise when the rater has ended correcting; by then the store knows it.

    Returns
    -------
    ViewerKeys
        The same news, for pages that need no callback. Each key press is reported in one run only.
    """
    pressed = component("viewer", "viewer/frontend", js="index.js", css="viewer.css")(
        key=VIEWER_KEY,
        data=shown.to_component(),
        on_rate_change=on_rate,
        on_submit_change=on_submit,
        on_corrected_change=on_corrected,
    )
    return viewer_keys(shown.code, pressed.get("rate"), pressed.get("submit"))
