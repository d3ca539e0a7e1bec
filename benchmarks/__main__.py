"""Measure what the project's programs cost, and what accuracy that buys."""

import typer

from benchmarks.commands.accuracy import accuracy
from benchmarks.commands.evaluation import evaluation
from benchmarks.commands.inference import inference
from benchmarks.commands.peers import peers
from benchmarks.commands.phantom import phantom
from benchmarks.commands.speed import speed

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
for command in (phantom, evaluation, accuracy, inference, speed, peers):
    app.command()(command)

if __name__ == "__main__":
    app()
