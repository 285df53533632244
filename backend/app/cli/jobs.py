"""Commands about the background queue."""

from datetime import UTC
from typing import Annotated

import typer
from rich.console import Console

from app.bootstrap import all_tasks
from app.cli.site import Site, run, table
from app.jobs.administration import Entry, JobAdministration

app = typer.Typer(help="See to the jobs in the background.", no_args_is_help=True)

JobId = Annotated[int, typer.Argument(min=1, help="The number of the job.", show_default=False)]


@app.command("list")
def list_jobs() -> None:
    """List the jobs that wait or run, and first those that were given up, with the reason."""
    entries = run(_list)
    if not entries:
        typer.echo("The queue is empty.")
        return
    headers = ("Job", "Task", "State", "Tried", "Added", "Due", "Why")
    Console().print(table(headers, [_cells(entry) for entry in entries]))


async def _list(site: Site) -> list[Entry]:
    async with site.sessions() as session:
        return await JobAdministration(session).list(all_tasks().handlers)


def _cells(entry: Entry) -> tuple[object, ...]:
    times = (f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}" for at in (entry.added_at, entry.due_at))
    return entry.id, entry.task, entry.state, entry.attempts, *times, entry.reason


@app.command()
def retry(job: JobId) -> None:
    """Have a job that was given up tried again, as often as a new one."""
    run(lambda site: _retry(site, job))
    typer.echo(f"Job {job} will be tried again.")


async def _retry(site: Site, job: int) -> None:
    async with site.sessions.begin() as session:
        await JobAdministration(session).retry(job)


@app.command()
def discard(job: JobId) -> None:
    """Delete a job for good that was given up, or that waits."""
    run(lambda site: _discard(site, job))
    typer.echo(f"Job {job} is discarded.")


async def _discard(site: Site, job: int) -> None:
    async with site.sessions.begin() as session:
        await JobAdministration(session).discard(job)
