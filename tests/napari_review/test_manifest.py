"""The plugin as napari finds it."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

npe2 = pytest.importorskip("npe2")


def test_the_manifest_is_found_through_the_installed_package() -> None:
    manifest = npe2.PluginManifest.from_distribution("rater-app")
    found = manifest.contributions
    assert [widget.display_name for widget in found.widgets] == ["Review masks"]
    assert [reader.filename_patterns for reader in found.readers] == [["*.zip"]]
    assert [writer.layer_types for writer in found.writers] == [["labels"]]
    assert [sample.key for sample in found.sample_data] == ["head"]


def test_every_command_of_the_manifest_can_be_imported(repository: Path) -> None:
    manifest = npe2.PluginManifest.from_file(
        repository / "rater_app" / "napari_review" / "napari.yaml"
    )
    manifest.validate_imports()
    for command in manifest.contributions.commands:
        module, _, name = command.python_name.partition(":")
        assert callable(getattr(importlib.import_module(module), name))
