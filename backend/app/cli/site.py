"""What commands work on, and how they speak to an operator."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from app.bootstrap import make_renderer
from app.core.config import Settings, SettingsError
from app.core.db import Sessions, make_engine, make_sessions, sqlstate
from app.core.errors import GalleyError
from app.core.markup import Renderer

T = TypeVar("T")
Advance = Callable[[int], None]

UNDEFINED_TABLE = "42P01"


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


def run(work: Callable[[Site], Awaitable[T]]) -> T:
    """Do work on the site that the settings name."""

    async def run() -> T:
        async with open_site(Settings.load()) as site:
            return await work(site)

    return asyncio.run(run())


@asynccontextmanager
async def open_site(settings: Settings) -> AsyncIterator[Site]:
    """Make what commands work on, and end it afterwards."""
    engine, renderer = make_engine(settings), make_renderer(settings)
    try:
        yield Site(settings, make_sessions(engine), renderer)
    finally:
        renderer.close()
        await engine.dispose()


def explain(error: BaseException) -> str:
    """Return words for an operator."""
    if isinstance(error, ValidationError):
        problem = error.errors()[0]
        return f"{problem['loc'][0]}: {problem['msg'].removeprefix('Value error, ')}"
    if isinstance(error, SettingsError | GalleyError):
        return str(error)
    if sqlstate(error) == UNDEFINED_TABLE:
        return "The database is not migrated; run `alembic upgrade head`"
    reason = str(error.__cause__ or error).partition("\n")[0]
    return f"The database cannot be used: {reason}"


@contextmanager
def progress(what: str, total: int) -> Iterator[Advance]:
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


def table(headers: Iterable[str], rows: Iterable[Iterable[object]], title: str = "") -> Table:
    """Return a table to print; what is in it may come from strangers."""
    table = Table(*headers, title=title or None, title_justify="left")
    for row in rows:
        table.add_row(*(Text(_printable(str(cell))) for cell in row))
    return table


def _printable(words: str) -> str:
    """Return words without what a terminal would obey."""
    return "".join(char if char.isprintable() else "\ufffd" for char in words)
