"""The door for operators: the command `galley`."""

import asyncio
import json
import secrets
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import SecretStr, ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.bootstrap import create_app
from app.core.clock import utc_now
from app.core.config import Settings, SettingsError
from app.core.db import DATABASE_ERRORS, Sessions, make_engine, make_sessions, sqlstate
from app.core.errors import GalleyError
from app.core.migrations import current_revision, known_revisions
from app.core.passwords import PasswordHasher
from app.features.auth.errors import UserNotFound
from app.features.auth.service import AuthService, hash_password
from app.features.portability.adapters.demo import FakerWriter
from app.features.portability.adapters.markdown import MarkdownFolder
from app.features.portability.schemas import Outcome, Taken
from app.features.portability.service import DemoContent, Importer
from app.features.users.errors import EmailTaken, UsernameTaken
from app.features.users.schemas import UserAdministration, UserCreate
from app.features.users.service import UserService
from app.models import Role, User

T = TypeVar("T")

DEMO = "demo"
UNDEFINED_TABLE = "42P01"
PROMOTE = "--promote"
GOOD, WARNING, WRONG = "ok", "warn", "wrong"

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
    if promote and _run(lambda sessions: _promote(sessions, email)):
        typer.echo(f"{email} is an administrator now; the password is as it was.")
        return
    password, is_generated = _choose_password(from_stdin=password_stdin)
    names = {"username": username} if username else {}
    new = UserCreate.model_validate({"email": email, "password": password, **names})
    admin = _run(lambda sessions: _register_admin(sessions, new))
    typer.echo(f"{admin.username} <{admin.email}> is an administrator now.")
    if is_generated:
        typer.echo(f"Password: {password}")


async def _promote(sessions: Sessions, email: str) -> bool:
    """Make an existing account an active administrator; say whether there is one."""
    async with sessions.begin() as session:
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


async def _register_admin(sessions: Sessions, new: UserCreate) -> User:
    password_hash = await _hash(new)
    async with sessions.begin() as session:
        try:
            return await UserService(session).register(
                new, password_hash=password_hash, role=Role.ADMIN, at=utc_now()
            )
        except EmailTaken as taken:
            raise EmailTaken(
                f"{taken.detail}; {PROMOTE} makes that account an administrator"
            ) from None


async def _hash(new: UserCreate) -> str:
    with closing(PasswordHasher(1)) as passwords:
        return await hash_password(
            new.password, email=new.email, username=new.username, passwords=passwords
        )


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
        made_demo = _run(lambda sessions: _seed(sessions, users, articles, seed, password, advance))
    typer.echo(f"Added {users} accounts and {articles} articles.")
    if made_demo:
        typer.echo(f"Sign in as {DEMO} with the password {password}")
    else:
        typer.echo(f"The account {DEMO} was there already; its password is as it was.")


async def _seed(
    sessions: Sessions,
    users: int,
    articles: int,
    seed: int,
    password: str,
    advance: Callable[[int], None],
) -> bool:
    """Add demo content in one transaction; say whether the demo account is new."""
    at = utc_now()
    with closing(PasswordHasher(1)) as passwords:
        async with sessions.begin() as session:
            demo = await _demo_account(session, password)
            content = DemoContent(session, FakerWriter(seed))
            others = users - len(demo)
            authors = demo + await content.add_people(others, passwords=passwords, at=at)
            await content.add_articles(articles, authors=authors, at=at, progress=advance)
    return bool(demo)


async def _demo_account(session: AsyncSession, password: str) -> list[int]:
    """Make the account to sign in with, and return its id, unless it was made before."""
    new = UserCreate(email=f"{DEMO}@example.com", password=password, username=DEMO)
    try:
        account = await UserService(session).register(
            new, password_hash=await _hash(new), role=Role.AUTHOR, at=utc_now()
        )
    except (EmailTaken, UsernameTaken):
        return []
    return [account.id]


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

        async def work(sessions: Sessions) -> list[Taken]:
            imports = _import(sessions, posts, paths, author, dry_run=dry_run)
            return [taken async for taken in imports if advance(1) is None]

        results = _run(work)
    _report(results)
    if dry_run:
        typer.echo("This was a dry run: nothing has been changed.")


async def _import(
    sessions: Sessions, posts: MarkdownFolder, paths: list[str], author: str, *, dry_run: bool
) -> AsyncIterator[Taken]:
    """Import each file in a transaction of its own, so that an interrupted import can go on."""
    async with sessions() as session:
        author_id = (await Importer(session).author(author)).id
    for path in paths:
        async with sessions() as session:
            yield await Importer(session).take(path, posts, author_id=author_id, at=utc_now())
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
        title = "Kept beside the articles or left in their text, without any effect yet"
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
    for level, words in findings:
        typer.echo(f"{level:<5} {words}")
    if any(level == WRONG for level, _ in findings):
        raise typer.Exit(1)


async def _findings() -> list[tuple[str, str]]:
    try:
        settings = Settings.load()
    except SettingsError as error:
        return [(WRONG, f"settings: {error}")]
    findings = [(GOOD, "settings")]
    async with _database(settings) as sessions, sessions() as session:
        try:
            return findings + [finding async for finding in _database_findings(session)]
        except DATABASE_ERRORS as error:
            return [*findings, (WRONG, f"database: {_words(error)}")]


async def _database_findings(session: AsyncSession) -> AsyncIterator[tuple[str, str]]:
    version = await session.scalar(text("SHOW server_version"))
    yield GOOD, f"database: PostgreSQL {version}"
    current = await current_revision(session)
    head = known_revisions()[0]
    level, hint = (GOOD, "") if current == head else (WRONG, "; run `alembic upgrade head`")
    yield level, f"migrations: at {current or 'none'}, the newest is {head}{hint}"
    may_create = text("SELECT has_schema_privilege(current_schema(), 'CREATE')")
    if await session.scalar(may_create):
        yield WARNING, "role: may change tables; run the service as a role that may not"
    else:
        yield GOOD, "role: may not change tables"


def _run(work: Callable[[Sessions], Awaitable[T]]) -> T:
    """Do work over the database that the settings name."""

    async def run() -> T:
        async with _database(Settings.load()) as sessions:
            return await work(sessions)

    return asyncio.run(run())


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Sessions]:
    engine = make_engine(settings)
    try:
        yield make_sessions(engine)
    finally:
        await engine.dispose()


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
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
