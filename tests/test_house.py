"""Rules of the house that no other tool checks."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = [
    path
    for folder in ("rater_app", "analysis", "data_samples", "tests", "docs", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".js", ".css", ".md", ".toml", ".html"}
    and not {"node_modules", "built"} & set(path.parts)
]
PRODUCT = [p for p in OURS if p.suffix in {".py", ".js"} and "tests" not in p.parts]

NEVER_SAID = re.compile(
    r"\b(scores?|scoring|ground truth|gold standard|questionnaire|annotators?|hanging list)\b",
    re.IGNORECASE,
)
"""Words that the glossary replaces: rating or metric, reference mask, instrument, rater."""


def test_only_the_session_module_touches_session_state():
    touching = {
        str(path.relative_to(ROOT))
        for path in [*(ROOT / "rater_app").rglob("*.py"), ROOT / "streamlit_app.py"]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr == "session_state")
        or (isinstance(node, ast.ImportFrom) and "session_state" in {n.name for n in node.names})
    }
    assert touching == {"rater_app/web/session.py"}


def test_the_entry_point_imports_the_web_alone():
    """Import contracts do not see a file outside the packages."""
    tree = ast.parse((ROOT / "streamlit_app.py").read_text(encoding="utf-8"))
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [n.name for n in node.names]
        )
    }
    assert imported <= {"streamlit", "rater_app.web.server", "__future__"}


@pytest.mark.parametrize("path", PRODUCT, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_outgrows_a_reading(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_the_words_are_those_of_the_glossary():
    said = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in [*OURS, ROOT / "README.md"]
        if path.name != Path(__file__).name
        for match in NEVER_SAID.finditer(path.read_text(encoding="utf-8"))
    ]
    assert said == []
