"""The Python face of the viewer: what a page hands to the browser, and what comes back."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest

from rater_app.web.viewer import ViewerKeys, viewer_keys


def page() -> None:
    from rater_app.core.study import Label
    from rater_app.web.viewer import Channel, Editing, Log, ShownCase, volume_viewer

    shown = ShownCase(
        code="K7QF",
        channels=[Channel("T1", "/volumes/K7QF/0")],
        mask_url="/volumes/K7QF/mask",
        labels=[Label(1, "oedema", "#56b4e9")],
        prefetch=["/volumes/QX22/0"],
        ct=False,
        height_px=620,
        rating_keys=5,
        reader="d41d8c",
        second_mask_url="/volumes/K7QF/other",
        mask_names=("Corrected", "As it came"),
        editing=Editing("/corrections/K7QF", "/volumes/K7QF/mask", required=True),
        log=Log("/viewing/K7QF", "correct"),
    )
    pressed = volume_viewer(
        shown, on_rate=lambda: None, on_submit=lambda: None, on_corrected=lambda: None
    )
    assert (pressed.rate, pressed.submit) == (None, False)


def test_the_component_is_mounted_with_plain_data_and_files_of_the_package() -> None:
    app = AppTest.from_function(page).run()
    assert not app.exception
    (element,) = app.main.children.values()
    component = element.proto
    assert component.component_name == "rater-app.viewer"
    assert component.js_source_path.startswith("index.js")
    assert component.css_source_path.startswith("viewer.css")
    assert json.loads(component.json) == {
        "case": "K7QF",
        "channels": [{"name": "T1", "url": "/volumes/K7QF/0"}],
        "mask": {"url": "/volumes/K7QF/mask", "name": "Corrected"},
        "second_mask": {"url": "/volumes/K7QF/other", "name": "As it came"},
        "labels": [{"value": 1, "name": "oedema", "color": "#56b4e9"}],
        "prefetch": ["/volumes/QX22/0"],
        "ct": False,
        "height": 620,
        "rating_keys": 5,
        "reader": "d41d8c",
        "editing": {
            "url": "/corrections/K7QF",
            "candidate": "/volumes/K7QF/mask",
            "required": True,
        },
        "log": {"url": "/viewing/K7QF", "stage": "correct"},
    }


def test_a_rerun_keeps_the_element() -> None:
    app = AppTest.from_function(page).run()
    first = next(iter(app.main.children.values())).proto.id
    app.run()
    assert next(iter(app.main.children.values())).proto.id == first


def test_a_late_key_does_not_answer_for_the_next_mask() -> None:
    late = {"case": "before", "level": 3}
    assert viewer_keys("now", late, {"case": "before"}) == ViewerKeys(None, False)
    assert viewer_keys("now", {**late, "case": "now"}, {"case": "now"}) == ViewerKeys(3, True)
    assert viewer_keys("now", None, None) == ViewerKeys(None, False)
