"""The command `galley`, as an operator meets it."""

import asyncio
import io
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
import typer
from sqlalchemy import distinct, func, select, text, tuple_, update
from typing_extensions import override

from app import cli
from app.core.clock import utc_now
from app.core.config import Settings
from app.core.db import Sessions
from app.core.policy import Role
from app.features.upkeep.schemas import PURGE
from app.jobs.queue import enqueue
from app.jobs.tasks import Nothing, Task
from app.models import Article, PublicCount, User
from tests.factories import Factory

POST = "---\ntitle: Down the river\nlayout: post\n---\nWe set out at five.\n"


@dataclass
class Answer:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


class Terminal(io.StringIO):
    """A standard input at which somebody sits."""

    @override
    def isatty(self) -> bool:
        return True


Galley = Callable[..., Awaitable[Answer]]


@pytest.fixture
def sessions(committing_sessions: Sessions) -> Sessions:
    """Commit, because the command does."""
    return committing_sessions


@pytest.fixture
def galley(
    settings: Settings,
    sessions: Sessions,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Galley:
    """Runs the command against this test's database."""
    for name in ("db_host", "db_port", "db_user", "db_name"):
        monkeypatch.setenv(name.upper(), str(getattr(settings, name)))
    monkeypatch.setenv("DB_PASSWORD", settings.db_password.get_secret_value())
    monkeypatch.setenv("SECRET_KEY", settings.secret_key.get_secret_value())
    monkeypatch.setenv("COLUMNS", "200")

    def run(arguments: tuple[str, ...]) -> int:
        try:
            sys.argv = ["galley", *arguments]
            cli.main()
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    async def galley(*arguments: str, stdin: io.StringIO | None = None) -> Answer:
        monkeypatch.setattr(sys, "argv", sys.argv)
        monkeypatch.setattr(sys, "stdin", stdin or io.StringIO())
        code = await asyncio.to_thread(run, arguments)
        return Answer(code, *capsys.readouterr())

    return galley


async def parts_and_numbers(sessions: Sessions) -> tuple[int, int]:
    """Return of how many parts the numbers of public articles consist, and how many they are."""
    number = tuple_(PublicCount.kind, PublicCount.subject_id, PublicCount.month)
    counts = select(func.count(), func.count(distinct(number)))
    async with sessions() as session:
        parts, numbers = (await session.execute(counts)).one()
    return parts, numbers


async def only_user(sessions: Sessions) -> User:
    async with sessions() as session:
        return (await session.scalars(select(User))).one()


async def test_create_admin_prints_a_password_where_nobody_can_type_one(
    galley: Galley, sessions: Sessions
) -> None:
    answer = await galley("create-admin", "anna@example.com")
    assert answer.code == 0
    assert "anna <anna@example.com> is an administrator now." in answer.out
    assert "Password: " in answer.out
    assert (await only_user(sessions)).role == Role.ADMIN


async def test_create_admin_reads_a_password(galley: Galley, sessions: Sessions) -> None:
    answer = await galley(
        "create-admin", "a@example.com", "--username", "anna", "--password-stdin",
        stdin=io.StringIO("a-long-pass-phrase\n"),
    )  # fmt: skip
    assert (answer.code, "Password" in answer.out) == (0, False)
    assert (await only_user(sessions)).username == "anna"


async def test_create_admin_asks_in_a_terminal(
    galley: Galley, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typer, "prompt", lambda *_, **__: "a-long-pass-phrase")
    answer = await galley("create-admin", "anna@example.com", stdin=Terminal())
    assert (answer.code, "Password" in answer.out) == (0, False)


@pytest.mark.parametrize(
    ("email", "password", "words"),
    [
        ("anna", "a-long-pass-phrase", "Error: email: must be an e-mail address"),
        ("anna@example.com", "short", "Error: password: "),
        ("anna@example.com", "password1", "Error: This password is one of the most common"),
    ],
)
async def test_create_admin_says_what_is_wrong(
    galley: Galley, email: str, password: str, words: str
) -> None:
    answer = await galley("create-admin", email, "--password-stdin", stdin=io.StringIO(password))
    assert answer.code == 1
    assert answer.err.startswith(words)
    assert answer.err.count("\n") == 1


async def test_an_account_that_exists_is_promoted_only_when_asked(
    galley: Galley, sessions: Sessions
) -> None:
    await galley("seed", "--users", "1", "--articles", "0")
    refused = await galley("create-admin", "demo@example.com")
    assert (refused.code, refused.err) == (
        1,
        "Error: Email already registered; --promote makes that account an administrator\n",
    )
    promoted = await galley("create-admin", "demo@example.com", "--promote")
    assert promoted.out == (
        "demo@example.com is an administrator now; the password is as it was.\n"
    )
    assert (await only_user(sessions)).role == Role.ADMIN


async def test_promote_makes_an_account_where_there_is_none(galley: Galley) -> None:
    answer = await galley("create-admin", "anna@example.com", "--promote")
    assert "Password: " in answer.out


async def test_seed_fills_a_site_twice(galley: Galley) -> None:
    first = await galley("seed", "--users", "3", "--articles", "20")
    assert "Added 3 accounts and 20 articles." in first.out
    assert "Sign in as demo with the password " in first.out
    second = await galley("seed", "--users", "3", "--articles", "20")
    assert "its password is as it was" in second.out


async def test_what_is_seeded_is_counted_at_once(galley: Galley, sessions: Sessions) -> None:
    for _ in range(2):
        await galley("seed", "--users", "3", "--articles", "20")
        parts, numbers = await parts_and_numbers(sessions)
        assert parts == numbers > 0


async def test_what_is_imported_is_counted_at_once(
    galley: Galley, sessions: Sessions, tmp_path: Path
) -> None:
    await galley("create-admin", "anna@example.com")
    for number in range(3):
        (tmp_path / f"{number}.md").write_text(POST)
    command = ("import", "markdown", str(tmp_path), "--author", "anna")
    await galley(*command, "--dry-run")
    assert await parts_and_numbers(sessions) == (0, 0)
    await galley(*command)
    assert await parts_and_numbers(sessions) == (2, 2)
    async with sessions() as session:
        assert await session.scalar(select(PublicCount.in_all(utc_now()))) == 3


async def test_what_somebody_else_is_counting_is_no_trouble(
    galley: Galley, sessions: Sessions, settings: Settings
) -> None:
    """Whoever is let in by `roles.sql` waits for a second; here it is less."""
    await galley("seed", "--users", "3", "--articles", "20")
    patience = f'ALTER DATABASE "{settings.db_name}" {{}} lock_timeout'
    async with sessions() as session:
        await session.execute(text(patience.format("SET") + " = '50ms'"))
        await session.commit()
        await session.execute(text("SELECT fold_public_counts()"))
        answer = await galley("seed", "--users", "3", "--articles", "20")
        await session.execute(text(patience.format("RESET")))
        await session.commit()
    assert (answer.code, answer.out.count("Added")) == (0, 1)
    parts, numbers = await parts_and_numbers(sessions)
    assert parts > numbers


async def test_import_reports_everything(
    galley: Galley, sessions: Sessions, tmp_path: Path
) -> None:
    await galley("create-admin", "anna@example.com")
    (tmp_path / "good.md").write_text(POST)
    (tmp_path / "bad\x1b.md").write_text("short")
    command = ("import", "markdown", str(tmp_path), "--author", "anna")

    rehearsal = await galley(*command, "--dry-run")
    assert "nothing has been changed" in rehearsal.out
    async with sessions() as session:
        assert (await session.scalars(select(Article))).all() == []

    answer = await galley(*command)
    assert answer.code == 0
    for words in ("created   │ 1", "skipped   │ 1", "bad\ufffd.md", "must not contain", "layout"):
        assert words in answer.out
    again = await galley(*command)
    assert "unchanged │ 1" in again.out
    assert "Nothing has changed." in again.out


async def test_import_needs_an_author(galley: Galley, tmp_path: Path) -> None:
    answer = await galley("import", "markdown", str(tmp_path), "--author", "nobody")
    assert answer.code == 1
    assert answer.err.endswith("Error: No account has the username or e-mail nobody\n")


async def test_rerender_makes_every_outdated_page_again(galley: Galley, sessions: Sessions) -> None:
    await galley("seed", "--users", "1", "--articles", "3")
    idle = await galley("rerender")
    assert (idle.code, idle.out, idle.err) == (0, "Every page is up to date.\n", "")
    async with sessions.begin() as session:
        await session.execute(update(Article).values(content_html="old", renderer_version=0))
    answer = await galley("rerender")
    assert (answer.code, answer.out) == (0, "Every page is up to date.\n")
    assert "3/3" in answer.err
    again = await galley("rerender", "--all")
    assert "3/3" in again.err
    async with sessions() as session:
        articles = (await session.scalars(select(Article))).all()
    assert all(article.content_html.startswith("<") for article in articles)


async def test_rerender_says_what_it_could_not_do(galley: Galley, sessions: Sessions) -> None:
    await galley("seed", "--users", "1", "--articles", "1")
    async with sessions.begin() as session:
        await session.execute(update(Article).values(renderer_version=0))
    async with sessions.begin() as busy:
        await busy.scalars(select(Article).with_for_update())
        answer = await galley("rerender")
    assert answer.code == 1
    assert answer.err.endswith("1 articles are just being changed; run this again.\n")


async def test_purge_counts_before_it_deletes(galley: Galley, sessions: Sessions) -> None:
    await galley("seed", "--users", "1", "--articles", "3")
    async with sessions.begin() as session:
        await session.execute(update(Article).values(deleted_at=datetime(2020, 1, 1, tzinfo=UTC)))
    rehearsal = await galley("purge", "--dry-run")
    assert rehearsal.out.splitlines()[:3] == [
        "Would delete 3 articles from the bin.",
        "Would delete 0 expired preview links.",
        "Would delete 0 expired stored answers.",
    ]
    answer = await galley("purge")
    assert answer.out.splitlines()[0] == "Deleted 3 articles from the bin."
    assert (await galley("purge")).out.splitlines()[0] == "Deleted 0 articles from the bin."
    async with sessions() as session:
        assert (await session.scalars(select(Article))).all() == []


async def test_a_job_that_was_given_up_can_be_retried_and_discarded(
    galley: Galley, sessions: Sessions
) -> None:
    async with sessions.begin() as session:
        job = str(await enqueue(session, PURGE, Nothing()))
        await session.execute(text("UPDATE pgqueuer SET status = 'failed', attempts = 7"))
        stranger = str(await enqueue(session, Task("of.tomorrow", Nothing), Nothing()))
    listed = " ".join((await galley("jobs", "list")).out.split())
    assert f"{job} │ upkeep.purge │ given up │ 8 │" in listed
    assert f"{stranger} │ of.tomorrow │ waiting for a release that knows its task │ 0 │" in listed
    assert (await galley("jobs", "retry", job)).out == f"Job {job} will be tried again.\n"
    assert "given up" not in (await galley("jobs", "list")).out
    again = await galley("jobs", "retry", job)
    assert (again.code, again.err) == (1, f"Error: Job {job} was not given up\n")
    for each in (job, stranger):
        assert (await galley("jobs", "discard", each)).out == f"Job {each} is discarded.\n"
    assert (await galley("jobs", "list")).out == "The queue is empty.\n"
    gone = await galley("jobs", "discard", job)
    assert (gone.code, gone.err) == (1, f"Error: There is no job {job} in the queue\n")


async def test_who_has_lost_a_second_factor_gets_in_with_the_password_again(
    galley: Galley, make: Factory, sessions: Sessions
) -> None:
    await make.user(username="anna", second_factor=True)
    answer = await galley("reset-factors", "anna")
    assert answer.out.startswith("anna signs in with the password alone now")
    assert (await only_user(sessions)).second_factor is False
    nobody = await galley("reset-factors", "nobody")
    assert (nobody.code, nobody.err.count("nobody")) == (1, 1)


async def test_the_newest_mail_can_be_read(
    galley: Galley, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_URL", f"file:{tmp_path}")
    assert (await galley("mail")).out == f"There is no mail in {tmp_path}.\n"
    message = EmailMessage()
    message["To"], message["Subject"] = "anna@example.com", "A link"
    message.set_content("Follow " + "x" * 300, cte="quoted-printable")
    (tmp_path / "1.eml").write_bytes(message.as_bytes())
    read = (await galley("mail")).out
    assert read == f"To: anna@example.com\nSubject: A link\n\nFollow {'x' * 300}\n"
    monkeypatch.setenv("MAIL_URL", "console:")
    assert "not written to a folder" in (await galley("mail")).out


async def test_check_finds_all_well(galley: Galley) -> None:
    answer = await galley("check")
    assert answer.code == 0
    assert [line.split(":")[0] for line in answer.out.splitlines()] == [
        "ok    settings", "ok    database", "ok    migrations", "warn  role",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SECRET_KEY", "changeme", "wrong settings: "),
        ("DB_NAME", "nowhere", "wrong database: "),
        ("DB_NAME", "postgres", "wrong migrations: at none"),
    ],
)
async def test_check_finds_what_is_wrong(
    galley: Galley, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    answer = await galley("check")
    assert answer.code == 1
    assert words in answer.out


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SECRET_KEY", "changeme", "SECRET_KEY: is too short"),
        ("DB_NAME", "nowhere", "The database cannot be used: "),
        ("DB_NAME", "postgres", "The database is not migrated; run `alembic upgrade head`"),
        ("DB_PORT", "1", "The database cannot be used: "),
    ],
)
async def test_no_command_ends_in_a_traceback(
    galley: Galley, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    answer = await galley("create-admin", "anna@example.com")
    assert answer.code == 1
    assert words in answer.err
    assert "Traceback" not in answer.err


def test_openapi_needs_no_settings_and_no_database(tmp_path: Path) -> None:
    target = tmp_path / "openapi.json"
    command = [sys.executable, "-m", "app.cli", "openapi", "--output", str(target)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(cli.__file__).parents[2])}
    subprocess.run(command, env=environment, check=True)
    assert "/api/v1/articles" in json.loads(target.read_text())["paths"]


async def test_openapi_says_where_it_cannot_write(galley: Galley, tmp_path: Path) -> None:
    answer = await galley("openapi", "--output", str(tmp_path))
    assert (answer.code, "Is a directory" in answer.err) == (2, True)


async def test_openapi_goes_to_standard_output(galley: Galley) -> None:
    assert json.loads((await galley("openapi")).out)["openapi"].startswith("3.1")
