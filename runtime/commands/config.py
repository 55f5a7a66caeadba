"""redline config: the settings in force."""

from __future__ import annotations

import json

import click
from pydantic import ValidationError
from pydantic_settings import BaseSettings
from rich.text import Text

from runtime.commands import tables
from runtime.commands.files import Refusal
from runtime.settings import DispatcherSettings, GoogleSettings, Setting, Settings, in_force, sentence


@click.command(
    epilog="""\b
Examples:
  redline config
  REDLINE_BACKEND=google redline config
  redline config --json | jq -r 'select(.given).variable'""",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def config(as_json: bool) -> None:
    """Show every setting in force and where it comes from: a variable of the environment, or the default.

    A file .env in the working folder counts as the environment, where that says nothing: for development.

    Passwords are hidden. Exit status 1 when a variable is missing or cannot be used; all of them are named.
    """
    found, problems = _read(Settings)
    google = isinstance(found, Settings) and found.backend == "google"
    more, more_problems = _read(GoogleSettings) if google else (None, [])
    dispatcher, _ = _read(DispatcherSettings)  # what is missing of it is missing in a dispatcher's process alone
    models = [each for each in (found, more, dispatcher) if each is not None]
    settings = {setting.variable: setting for each in models for setting in in_force(each)}
    _show(list(settings.values()), as_json)
    if wrong := problems + more_problems:
        raise Refusal("\nredline: ".join(wrong))


def _read(model: type[BaseSettings]) -> tuple[BaseSettings | None, list[str]]:
    try:
        return model(), []
    except ValidationError as error:
        return None, [sentence(problem) for problem in error.errors()]


def _show(settings: list[Setting], as_json: bool) -> None:
    if as_json:
        for each in settings:
            click.echo(json.dumps(each._asdict()))
        return
    shown = tables.table("variable", "value", "from", "~meaning")
    for each in settings:
        source = "environment" if each.given else "default"
        shown.add_row(each.variable, Text(each.value), source, each.meaning)
    tables.console().print(shown)
