"""Defines the command ``acecoder loop``."""

import typer

app = typer.Typer()
