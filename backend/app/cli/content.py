"""Commands about content: bringing it in, and making some up."""

import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app.cli.site import Advance, Site, progress, run, table
from app.core.clock import utc_now
from app.core.db import DATABASE_ERRORS, is_passing
from app.core.passwords import PasswordHasher
from app.features.portability.adapters.demo import FakerWriter
from app.features.portability.adapters.markdown import MarkdownFolder
from app.features.portability.schemas import Outcome, Taken
from app.features.portability.service import DEMO, DemoContent, Importer
from app.features.upkeep.service import UpkeepService

importing = typer.Typer(help="Bring content in from another system.", no_args_is_help=True)


def seed(
    users: Annotated[int, typer.Option(min=1, max=10_000, help="Accounts to add.")] = 20,
    articles: Annotated[int, typer.Option(min=0, help="Articles to add.")] = 200,
    seed: Annotated[int, typer.Option(help="The same number gives the same content.")] = 1,
) -> None:
    """Add demo content beside what is there, and an account `demo` to sign in with."""
    password = secrets.token_urlsafe(12)
    with progress("Articles", articles) as advance:
        writer = FakerWriter(seed)
        made_demo = run(lambda site: _seed(site, writer, users, articles, password, advance))
    typer.echo(f"Added {users} accounts and {articles} articles.")
    if made_demo:
        typer.echo(f"Sign in as {DEMO} with the password {password}")
    else:
        typer.echo(f"The account {DEMO} was there already; its password is as it was.")


async def _seed(
    site: Site, writer: FakerWriter, users: int, articles: int, password: str, advance: Advance
) -> bool:
    """Add demo content in one transaction; say whether the demo account is new."""
    at = utc_now()
    with closing(PasswordHasher(1)) as passwords:
        async with site.sessions.begin() as session:
            content = DemoContent(session, writer, site.renderer)
            demo = await content.add_account(password, passwords=passwords, at=at)
            others = await content.add_people(users - len(demo), passwords=passwords, at=at)
            await content.add_articles(articles, authors=demo + others, at=at, progress=advance)
    await _count(site)
    return bool(demo)


@importing.command("markdown")
def import_markdown(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="Where the posts are.")
    ],
    author: Annotated[str, typer.Option(help="Whose articles they become: username or e-mail.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do the same, and keep nothing of it.")
    ] = False,
) -> None:
    """Import the Markdown files of a Jekyll, Hugo or Astro site.

    It can be repeated: what has not changed since the last time is left alone.
    """
    posts = MarkdownFolder(folder)
    paths = posts.paths()
    with progress("Files", len(paths)) as advance:

        async def work(site: Site) -> list[Taken]:
            imports = _import(site, posts, paths, author, dry_run=dry_run)
            return [taken async for taken in imports if advance(1) is None]

        results = run(work)
    _report(results)
    if dry_run:
        typer.echo("This was a dry run: nothing has been changed.")


async def _import(
    site: Site, posts: MarkdownFolder, paths: list[str], author: str, *, dry_run: bool
) -> AsyncIterator[Taken]:
    """Import each file in a transaction of its own, so that an interrupted import can go on."""
    async with site.sessions() as session:
        author_id = (await Importer(session, *site.tools).author(author)).id
    for path in paths:
        async with site.sessions() as session:
            importer = Importer(session, *site.tools)
            yield await importer.take(path, posts, author_id=author_id, at=utc_now())
            await (session.rollback() if dry_run else session.commit())
    if not dry_run:
        await _count(site)


async def _count(site: Site) -> None:
    """Add up how many articles have come, lest every total should, until the night.

    This has a transaction of its own, so that it neither keeps others from counting for long, nor
    undoes what has been brought in when it has to give way: then the night comes soon enough.
    """
    try:
        async with site.sessions.begin() as session:
            await UpkeepService(session, *site.tools).fold_counts()
    except DATABASE_ERRORS as error:
        if not is_passing(error):
            raise


def _report(results: list[Taken]) -> None:
    """Print what became of the files, why some were skipped, and what Galley has no place for."""
    console = Console()
    outcomes = Counter(taken.outcome for taken in results)
    console.print(table(("Files", ""), [(each, outcomes[each]) for each in Outcome]))
    skipped = [(taken.path, taken.reason) for taken in results if taken.reason]
    if skipped:
        console.print(table(("Skipped", "Why"), skipped))
    dropped: Counter[str] = sum((taken.dropped for taken in results), Counter())
    if dropped:
        title = "Kept beside the articles or left in their text, without any effect"
        console.print(table(("What", "How often"), dropped.most_common(), title=title))
    if not outcomes[Outcome.CREATED] and not outcomes[Outcome.UPDATED]:
        console.print("Nothing has changed.")
