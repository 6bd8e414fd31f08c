"""Write the demo study: twelve simulated gliomas and the masks of eight simulated models.

Run `python data_samples/make_demo.py` (about two minutes). The same seed gives the same study.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

# The script also runs by its path, from anywhere: then only its own folder is known.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.volumes import write_nifti_gz
from data_samples.brain import Tissues, load_template
from data_samples.candidate import simulate_mask
from data_samples.cases import CASES, SEED, CasePlan, simulate_case
from data_samples.models import MODELS

DEMO_FOLDER = Path(__file__).resolve().parent / "demo"

Row = dict[str, str]

TABLES: dict[str, tuple[str, ...]] = {
    "images.csv": ("case", "channel", "image"),
    "references.csv": ("case", "reference", "mask"),
    "masks.csv": ("case", "model", "family", "class", "prompt", "mask"),
}

STUDY_TOML = f"""\
# Simulated glioma reader study. Everything in this folder is made by
# data_samples/make_demo.py from the seed below; no image comes from a patient.

title = "Simulated glioma reader study (demo)"

# Shown to raters, and printed on every page of the report.
simulated = true

# Deals the order of the readings and the replicates. Blinding codes are drawn anew each time.
seed = {SEED}

# The form: one anchored question with four levels, 1 worst to 4 best.
instrument = "expert4"

# The labels of the masks: 1 necrotic core, 2 oedema, 3 enhancing tumour.
scheme = "brats"

# Share of the masks that every rater reads a second time, unannounced.
replicate_share = 0.1

# May raters go back to a reading and change it? Every version is kept.
allow_back = true

# Correcting masks after rating: "off", so that the demo is read in ten minutes.
correction = "off"

[[raters]]
id = "R1"
name = "Demo rater 1"

[[raters]]
id = "R2"
name = "Demo rater 2"

[[raters]]
id = "R3"
name = "Demo rater 3"
"""


def write_study(out: Path, plans: Sequence[CasePlan] = CASES) -> None:
    """Write the study folder: images, references, masks, the three tables, study.toml.

    `truth.json` beside them holds what a real study cannot know: the errors of every model.
    """
    for folder in ("images", "references", "masks"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    template = load_template()
    rows: dict[str, list[Row]] = {name: [] for name in TABLES}
    masks: dict[str, dict[str, object]] = {}
    for number, plan in enumerate(plans, start=1):
        masks[plan.case] = _write_case(out, plan, template, rows)
        print(f"{number} of {len(plans)}: {plan.case}, {plan.note}", flush=True)
    for name, columns in TABLES.items():
        _write_table(out / name, columns, rows[name])
    truth = {
        "seed": SEED,
        "cases": {plan.case: asdict(plan) for plan in plans},
        "models": {model.model: asdict(model) for model in MODELS},
        "masks": masks,
    }
    (out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    (out / "study.toml").write_text(STUDY_TOML, encoding="utf-8")


def _write_case(
    out: Path, plan: CasePlan, template: Tissues, rows: dict[str, list[Row]]
) -> dict[str, object]:
    """Write one case, add its rows to the tables, and give the errors drawn per model."""
    simulated = simulate_case(plan, template)
    for channel, image in simulated.channels.items():
        path = f"images/{plan.case}_{channel}.nii.gz"
        write_nifti_gz(out / path, image)
        rows["images.csv"].append({"case": plan.case, "channel": channel, "image": path})
    path = f"references/{plan.case}_reference.nii.gz"
    write_nifti_gz(out / path, simulated.reference)
    rows["references.csv"].append({"case": plan.case, "reference": "simulation", "mask": path})
    brain = np.logical_or.reduce([image.array > 0 for image in simulated.channels.values()])
    drawn_by_model: dict[str, object] = {}
    for model in MODELS:
        mask, drawn = simulate_mask(simulated.reference, brain, plan.case, model)
        path = f"masks/{plan.case}_{model.model}.nii.gz"
        write_nifti_gz(out / path, mask)
        drawn_by_model[model.model] = asdict(drawn)
        rows["masks.csv"].append(
            {
                "case": plan.case,
                "model": model.model,
                "family": model.family,
                "class": model.model_class,
                "prompt": model.prompt,
                "mask": path,
            }
        )
    return drawn_by_model


def _write_table(path: Path, columns: Sequence[str], rows: Sequence[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> None:
    """Read the command line and write the study."""
    parser = argparse.ArgumentParser(description="Write the simulated demo study.")
    parser.add_argument(
        "--out", type=Path, default=DEMO_FOLDER, metavar="DIR", help="default: %(default)s"
    )
    write_study(parser.parse_args().out)


if __name__ == "__main__":
    main()
