"""SignInPanel: one field for an invitation link, a work package, or the folder of a room."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from rater_app.study_client.sign_in import needs_invitation

_WHAT = "Your invitation link, or the work package that you were sent:"


class SignInPanel(QWidget):
    """Asks where the study is; `entered` gives the address and, for a room, the invitation."""

    entered = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        label = QLabel(_WHAT)
        label.setWordWrap(True)
        self.address = QLineEdit()
        self.address.setPlaceholderText("https://…/invite/…")
        self.address.textChanged.connect(self._follow)
        self.address.returnPressed.connect(self._enter)
        package = QPushButton("Work package…")
        package.clicked.connect(self._choose_package)
        room = QPushButton("Room on this computer…")
        room.clicked.connect(self._choose_room)
        self.invitation = QLineEdit()
        self.invitation.setPlaceholderText("Invitation to this room")
        self.invitation.setEchoMode(QLineEdit.EchoMode.Password)
        self.invitation.returnPressed.connect(self._enter)
        self.invitation.hide()
        self.button = QPushButton("Sign in")
        self.button.clicked.connect(self._enter)
        self.message = QLabel()
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(package)
        row.addWidget(room)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(label)
        column.addWidget(self.address)
        column.addLayout(row)
        column.addWidget(self.invitation)
        column.addWidget(self.button)
        column.addWidget(self.message)

    def forget(self) -> None:
        """Empty the fields: an invitation is a key."""
        self.message.clear()
        self.address.clear()
        self.invitation.clear()

    def say(self, problem: str) -> None:
        """Tell what is in the way."""
        self.message.setText(problem)

    def _follow(self, address: str) -> None:
        self.invitation.setVisible(needs_invitation(address))

    def _enter(self) -> None:
        self.entered.emit(self.address.text(), self.invitation.text())

    def _choose_package(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Work package", "", "Work package (*.zip)")
        if chosen:
            self.address.setText(chosen)

    def _choose_room(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, "Room on this computer")
        if chosen:
            self.address.setText(chosen)
