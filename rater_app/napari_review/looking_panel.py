"""LookingPanel: what is shown, the same in every stage of a reading."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QSignalBlocker, Qt
from qtpy.QtWidgets import QCheckBox, QComboBox, QGridLayout, QWidget

from rater_app.napari_review.case_view import CaseView


class LookingPanel(QWidget):
    """Channel, window, mask, outline and 3D of a `CaseView`."""

    def __init__(self, view: CaseView) -> None:
        super().__init__()
        self._view = view
        self.channel = QComboBox()
        self.channel.textActivated.connect(view.show_channel)
        self.preset = QComboBox()
        self.preset.addItems(view.presets)
        self.preset.textActivated.connect(view.show_preset)
        self.mask_shown = QCheckBox("Mask")
        self.mask_shown.toggled.connect(view.show_mask)
        self.outline = QCheckBox("Outline")
        self.outline.toggled.connect(view.show_outline)
        self.in_3d = QCheckBox("3D")
        self.in_3d.toggled.connect(view.show_3d)
        self.volumes = QCheckBox("Volumes (slow)")
        self.volumes.toggled.connect(view.show_volumes)
        for choice in (self.channel, self.preset):
            # The keys stay with the images: a list that was clicked must not swallow them.
            choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self.channel, 0, 0, 1, 2)
        grid.addWidget(self.preset, 0, 2, 1, 2)
        for column, box in enumerate((self.mask_shown, self.outline, self.in_3d, self.volumes)):
            grid.addWidget(box, 1, column)
        view.on_display = self._follow
        self._follow()

    def offer(self, channels: Sequence[str]) -> None:
        """Offer the channels of a case, with the one that is shown chosen."""
        with QSignalBlocker(self.channel):
            self.channel.clear()
            self.channel.addItems(list(channels))
        self._follow()

    def _follow(self) -> None:
        """Show what is shown: napari's own keys change it too."""
        view = self._view
        for box, shown in (
            (self.mask_shown, view.is_mask_shown),
            (self.outline, view.is_outlined),
            (self.in_3d, view.is_3d),
        ):
            with QSignalBlocker(box):
                box.setChecked(shown)
        for choice, chosen in ((self.channel, view.shown_channel), (self.preset, view.preset)):
            with QSignalBlocker(choice):
                choice.setCurrentText(chosen)
        self.volumes.setEnabled(view.is_3d)
