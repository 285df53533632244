"""The door for operators: the command `galley`."""

import sys

import typer
from pydantic import ValidationError

from app.cli import content, jobs
from app.cli.content import seed
from app.cli.document import openapi
from app.cli.mail import mail
from app.cli.people import create_admin, reset_factors
from app.cli.site import explain
from app.cli.upkeep import check, purge, rerender
from app.core.config import SettingsError
from app.core.db import DATABASE_ERRORS
from app.core.errors import GalleyError

app = typer.Typer(
    help="Look after a Galley site.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for command in (create_admin, reset_factors, seed, rerender, purge, mail, openapi, check):
    app.command()(command)
app.add_typer(content.importing, name="import")
app.add_typer(jobs.app, name="jobs")


def main() -> None:
    """Run the command that was asked for; say without a traceback what it cannot do."""
    try:
        app()
    except (SettingsError, GalleyError, ValidationError, *DATABASE_ERRORS) as error:
        typer.echo(f"Error: {explain(error)}", err=True)
        sys.exit(1)
