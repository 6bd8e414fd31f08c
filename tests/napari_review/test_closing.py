"""A window that closes waits for its threads, and not for a link that has fallen silent."""

from __future__ import annotations

import threading

import pytest

from rater_app.napari_review import closing
from rater_app.napari_review.closing import Worker


def test_what_is_being_done_is_finished_and_nothing_else() -> None:
    worker = Worker("review-test")
    began, go_on = threading.Event(), threading.Event()

    def work() -> bool:
        began.set()
        return go_on.wait(20)

    first = worker.submit(work)
    second = worker.submit(lambda: None)
    assert began.wait(20)
    # The second is called off before the first is let go.
    second.add_done_callback(lambda _future: go_on.set())
    worker.end()
    worker.end()
    assert first.result()
    assert second.cancelled()
    assert not [t for t in threading.enumerate() if t.name.startswith("review-test")]


def test_work_that_does_not_end_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "_WORK_S", 0.05)
    worker = Worker("review-test")
    began, go_on = threading.Event(), threading.Event()

    def work() -> bool:
        began.set()
        return go_on.wait(20)

    silent = worker.submit(work)
    later = worker.submit(lambda: None)
    assert began.wait(20)
    worker.end()
    assert not silent.done()
    assert later.cancelled()
    go_on.set()
    assert silent.result(20)
