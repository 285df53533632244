"""Commands that keep a site in order."""

import asyncio
from collections import Counter
from typing import Annotated

import typer

from app.cli.site import Site, explain, open_site, progress, run
from app.core.clock import utc_now
from app.core.config import Settings, SettingsError
from app.core.db import DATABASE_ERRORS
from app.features.upkeep.schemas import Finding, Level, Waste
from app.features.upkeep.service import UpkeepService


def rerender(
    everything: Annotated[
        bool, typer.Option("--all", help="The pages of the present renderer, too.")
    ] = False,
) -> None:
    """Make the pages again that an older renderer has made of articles.

    It can be interrupted, and goes on where it was.
    """
    left = run(lambda site: _rerender(site, everything=everything))
    if left:
        typer.echo(f"{left} articles are just being changed; run this again.", err=True)
        raise typer.Exit(1)
    typer.echo("Every page is up to date.")


async def _rerender(site: Site, *, everything: bool) -> int:
    """Make pages again, a few in each transaction; return how many could not be."""
    async with site.sessions() as session:
        upkeep = UpkeepService(session, *site.tools)
        while everything and await upkeep.mark_outdated():
            await session.commit()
        if outdated := await upkeep.count_outdated():
            with progress("Articles", outdated) as advance:
                while count := await upkeep.rerender():
                    await session.commit()
                    advance(count)
        return await upkeep.count_outdated()


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
) -> None:
    """Delete for good what has lain in the bin for `BIN_DAYS`, and what has expired."""
    counts = run(lambda site: _purge(site, dry_run=dry_run))
    for waste in Waste:
        typer.echo(f"{'Would delete' if dry_run else 'Deleted'} {counts[waste]} {waste}.")


async def _purge(site: Site, *, dry_run: bool) -> Counter[Waste]:
    """Delete a part in each transaction until nothing is left; return how much it was."""
    at = utc_now()
    total: Counter[Waste] = Counter()
    async with site.sessions() as session:
        upkeep = UpkeepService(session, *site.tools)
        if dry_run:
            return await upkeep.waste(at=at)
        while (gone := await upkeep.purge(at=at)).total():
            await session.commit()
            total += gone
    return total


def check() -> None:
    """Check the settings, the database, its migrations and the rights of its role."""
    findings = asyncio.run(_findings())
    for finding in findings:
        typer.echo(f"{finding.level:<5} {finding.words}")
    if any(finding.level is Level.WRONG for finding in findings):
        raise typer.Exit(1)


async def _findings() -> list[Finding]:
    try:
        settings = Settings.load()
    except SettingsError as error:
        return [Finding(Level.WRONG, f"settings: {error}")]
    findings = [Finding(Level.GOOD, "settings")]
    async with open_site(settings) as site, site.sessions() as session:
        try:
            found = UpkeepService(session, *site.tools).findings()
            return findings + [finding async for finding in found]
        except DATABASE_ERRORS as error:
            return [*findings, Finding(Level.WRONG, f"database: {explain(error)}")]
