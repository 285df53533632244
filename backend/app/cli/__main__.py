"""Run `python -m app.cli` as the command `galley`."""

from app.cli import main

main()
