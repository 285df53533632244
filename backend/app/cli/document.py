"""The command that writes the API's description."""

import json
import secrets
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from app.bootstrap import create_app
from app.core.config import Settings


def openapi(
    output: Annotated[
        Path | None, typer.Option(help="The file to write, instead of standard output.")
    ] = None,
) -> None:
    """Write the OpenAPI document; this needs no settings and no database."""
    settings = Settings.model_construct(secret_key=SecretStr(secrets.token_hex(32)))
    document = json.dumps(create_app(settings).openapi(), indent=2, ensure_ascii=False)
    if output is None:
        typer.echo(document)
        return
    try:
        output.write_text(f"{document}\n", "utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{output}: {error.strerror}", param_hint="--output") from None
