"""The door for operators: the command `galley`."""

import asyncio
import json
import secrets
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import SecretStr, ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from app.bootstrap import create_app, make_renderer
from app.core.clock import utc_now
from app.core.config import Settings, SettingsError
from app.core.db import DATABASE_ERRORS, Sessions, make_engine, make_sessions, sqlstate
from app.core.errors import GalleyError
from app.core.markup import Renderer
from app.core.passwords import PasswordHasher
from app.features.auth.errors import UserNotFound
from app.features.auth.service import AuthService, hash_password
from app.features.portability.adapters.demo import FakerWriter
from app.features.portability.adapters.markdown import MarkdownFolder
from app.features.portability.schemas import Outcome, Taken
from app.features.portability.service import DEMO, DemoContent, Importer
from app.features.upkeep.schemas import Finding, Level, Waste
from app.features.upkeep.service import UpkeepService
from app.features.users.errors import EmailTaken
from app.features.users.schemas import UserAdministration, UserCreate
from app.features.users.service import UserService
from app.models import Role, User

T = TypeVar("T")
Advance = Callable[[int], None]

UNDEFINED_TABLE = "42P01"
PROMOTE = "--promote"


@dataclass(frozen=True, slots=True)
class Site:
    """What commands work on."""

    settings: Settings
    sessions: Sessions
    renderer: Renderer

    @property
    def tools(self) -> tuple[Settings, Renderer]:
        """What services take besides a session."""
        return self.settings, self.renderer


app = typer.Typer(
    help="Look after a Galley site.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
importing = typer.Typer(help="Bring content in from another system.", no_args_is_help=True)
app.add_typer(importing, name="import")


def main() -> None:
    """Run the command that was asked for; say without a traceback what it cannot do."""
    try:
        app()
    except (SettingsError, GalleyError, ValidationError, *DATABASE_ERRORS) as error:
        typer.echo(f"Error: {_words(error)}", err=True)
        sys.exit(1)


def _words(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        problem = error.errors()[0]
        return f"{problem['loc'][0]}: {problem['msg'].removeprefix('Value error, ')}"
    if isinstance(error, SettingsError | GalleyError):
        return str(error)
    if sqlstate(error) == UNDEFINED_TABLE:
        return "The database is not migrated; run `alembic upgrade head`"
    reason = str(error.__cause__ or error).partition("\n")[0]
    return f"The database cannot be used: {reason}"


@app.command()
def create_admin(
    email: Annotated[str, typer.Argument(help="The e-mail of the account.")],
    username: Annotated[
        str | None, typer.Option(help="Without one, it is made from the e-mail.")
    ] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    promote: Annotated[
        bool, typer.Option(PROMOTE, help="If the account exists, give it the role.")
    ] = False,
) -> None:
    """Make an account for an administrator.

    The password is asked for. Where nobody can answer, one is generated and printed.
    """
    if promote and _run(lambda site: _promote(site, email)):
        typer.echo(f"{email} is an administrator now; the password is as it was.")
        return
    password, is_generated = _choose_password(from_stdin=password_stdin)
    names = {"username": username} if username else {}
    new = UserCreate.model_validate({"email": email, "password": password, **names})
    admin = _run(lambda site: _register_admin(site, new))
    typer.echo(f"{admin.username} <{admin.email}> is an administrator now.")
    if is_generated:
        typer.echo(f"Password: {password}")


async def _promote(site: Site, email: str) -> bool:
    """Make an existing account an active administrator; say whether there is one."""
    async with site.sessions.begin() as session:
        try:
            account = await AuthService(session).find_by_login(email)
        except UserNotFound:
            return False
        changes = UserAdministration(role=Role.ADMIN, is_active=True)
        with closing(PasswordHasher(1)) as passwords:
            await UserService(session).administer(
                account.id, changes, passwords=passwords, at=utc_now(), check=lambda _: None
            )
    return True


async def _register_admin(site: Site, new: UserCreate) -> User:
    with closing(PasswordHasher(1)) as passwords:
        password_hash = await hash_password(
            new.password, email=new.email, username=new.username, passwords=passwords
        )
    async with site.sessions.begin() as session:
        try:
            return await UserService(session).register(
                new, password_hash=password_hash, role=Role.ADMIN, at=utc_now()
            )
        except EmailTaken as taken:
            raise EmailTaken(
                f"{taken.detail}; {PROMOTE} makes that account an administrator"
            ) from None


def _choose_password(*, from_stdin: bool) -> tuple[str, bool]:
    """Return a password, and whether somebody must be told."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if sys.stdin.isatty():
        answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return answer, False
    return secrets.token_urlsafe(15), True


@app.command()
def seed(
    users: Annotated[int, typer.Option(min=1, max=10_000, help="Accounts to add.")] = 20,
    articles: Annotated[int, typer.Option(min=0, help="Articles to add.")] = 200,
    seed: Annotated[int, typer.Option(help="The same number gives the same content.")] = 1,
) -> None:
    """Add demo content beside what is there, and an account `demo` to sign in with."""
    password = secrets.token_urlsafe(12)
    with _progress("Articles", articles) as advance:
        writer = FakerWriter(seed)
        made_demo = _run(lambda site: _seed(site, writer, users, articles, password, advance))
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
    with _progress("Files", len(paths)) as advance:

        async def work(site: Site) -> list[Taken]:
            imports = _import(site, posts, paths, author, dry_run=dry_run)
            return [taken async for taken in imports if advance(1) is None]

        results = _run(work)
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


def _report(results: list[Taken]) -> None:
    """Print what became of the files, why some were skipped, and what Galley has no place for."""
    console = Console()
    outcomes = Counter(taken.outcome for taken in results)
    console.print(_table(("Files", ""), [(each, outcomes[each]) for each in Outcome]))
    skipped = [(taken.path, taken.reason) for taken in results if taken.reason]
    if skipped:
        console.print(_table(("Skipped", "Why"), skipped))
    dropped: Counter[str] = sum((taken.dropped for taken in results), Counter())
    if dropped:
        title = "Kept beside the articles or left in their text, without any effect"
        console.print(_table(("What", "How often"), dropped.most_common(), title=title))
    if not outcomes[Outcome.CREATED] and not outcomes[Outcome.UPDATED]:
        console.print("Nothing has changed.")


def _table(
    headers: tuple[str, str], rows: Iterable[tuple[object, object]], title: str = ""
) -> Table:
    table = Table(*headers, title=title or None, title_justify="left")
    for row in rows:
        table.add_row(*(Text(_printable(str(cell))) for cell in row))
    return table


def _printable(words: str) -> str:
    """Return words without what a terminal would obey: they come from strangers' files."""
    return "".join(char if char.isprintable() else "\ufffd" for char in words)


@app.command()
def rerender(
    everything: Annotated[
        bool, typer.Option("--all", help="The pages of the present renderer, too.")
    ] = False,
) -> None:
    """Make the pages again that an older renderer has made of articles.

    It can be interrupted, and goes on where it was.
    """
    left = _run(lambda site: _rerender(site, everything=everything))
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
            with _progress("Articles", outdated) as advance:
                while count := await upkeep.rerender():
                    await session.commit()
                    advance(count)
        return await upkeep.count_outdated()


@app.command()
def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
) -> None:
    """Delete for good what has lain in the bin for `BIN_DAYS`, and what has expired."""
    counts = _run(lambda site: _purge(site, dry_run=dry_run))
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


@app.command()
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


@app.command()
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
    async with _open(settings) as site, site.sessions() as session:
        try:
            found = UpkeepService(session, *site.tools).findings()
            return findings + [finding async for finding in found]
        except DATABASE_ERRORS as error:
            return [*findings, Finding(Level.WRONG, f"database: {_words(error)}")]


def _run(work: Callable[[Site], Awaitable[T]]) -> T:
    """Do work on the site that the settings name."""

    async def run() -> T:
        async with _open(Settings.load()) as site:
            return await work(site)

    return asyncio.run(run())


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[Site]:
    engine, renderer = make_engine(settings), make_renderer(settings)
    try:
        yield Site(settings, make_sessions(engine), renderer)
    finally:
        renderer.close()
        await engine.dispose()


@contextmanager
def _progress(what: str, total: int) -> Iterator[Advance]:
    """Show a bar on standard error, and give what moves it on."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total)
        yield lambda count: bar.advance(task, count)


if __name__ == "__main__":
    main()
