"""Train the networks of the three tasks: from a folder of patients to `weights/`."""

from __future__ import annotations

import logging
import warnings

import typer

from training.commands import fitting, weights

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
app.command("fit")(fitting.fit)
app.command("crossval")(fitting.cross_validate)
app.command("export")(weights.export_runs)
app.command("evaluate")(weights.evaluate_weights)
app.command("card")(weights.write_card)
app.command("recipes")(weights.list_recipes)
app.command("resample")(weights.resample)

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    # Libraries' notes to each other's authors; ours are logged.
    warnings.filterwarnings("ignore", module="(lightning|monai|torch|onnxscript).*")
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    # What each of hundreds of patients lacks is counted by --dry-run.
    logging.getLogger("shared").setLevel(logging.ERROR)
    app()
