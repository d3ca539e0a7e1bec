"""Build, run, check and export containers as Grand Challenge does."""

import logging

import typer

from harness.commands import breaking, building, predicting, running, uploading

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__
)
for command in (
    building.build,
    building.engines,
    running.sanity,
    running.run,
    running.check,
    breaking.hostile,
    breaking.metamorphic,
    breaking.endure,
    uploading.validate,
    uploading.export,
    predicting.predict,
):
    app.command()(command)


def main() -> None:
    """Run the command line."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    # It tells of every file that it looks at.
    logging.getLogger("panimg").setLevel(logging.WARNING)
    app()


if __name__ == "__main__":
    main()
