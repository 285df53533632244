"""Canaries: secrets that are told once, and afterwards stand in no log, problem, job or table.

Everything is logged that can be, the libraries' own messages included, and written by the formatter
that an operator reads. Somebody then does all that involves a secret, and everything that can go
wrong with it does.
"""

import json
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from io import StringIO
from pathlib import Path
from typing import Any, Literal

import httpx
import pyotp
import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app.bootstrap import all_tasks
from app.core.config import Settings
from app.core.db import make_engine
from app.core.logging import configure_logging
from app.core.passwords import PasswordHasher
from app.core.services import Services
from app.jobs.performer import Ending, Order, Performer
from tests.factories import MovableClock

API = "/api/v1"
EMAIL = "anna@example.com"
PASSWORD = "canary-one-password-7c1f"
WRONG_PASSWORD = "canary-two-password-d04e"
NEXT_PASSWORD = "canary-three-password-91ab"
LAST_PASSWORD = "canary-four-password-5e60"


@dataclass
class Canaries:
    """The secrets so far, and what was answered to those who got something wrong."""

    secrets: dict[str, str] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def know(self, **secrets: str) -> None:
        """Remember secrets that must not be found anywhere."""
        assert all(len(secret) >= 16 for secret in secrets.values())
        self.secrets.update(secrets)

    def found_in(self, where: str, content: str | bytes) -> list[str]:
        """Return which of the secrets stand in something."""
        raw = content if isinstance(content, bytes) else content.encode()
        return [f"{name} in {where}" for name, told in self.secrets.items() if told.encode() in raw]


class Client:
    """Asks, and notes every refusal."""

    def __init__(self, http: httpx.AsyncClient, canaries: Canaries) -> None:
        self._http = http
        self._canaries = canaries
        self.bearer = ""

    async def ask(
        self,
        method: str,
        path: str,
        expected: int,
        *,
        bearer: str | None = None,
        **content: Any,  # noqa: ANN401 - as httpx takes it
    ) -> Any:  # noqa: ANN401 - JSON
        """Ask, and return what is answered, which must have the expected status."""
        token = self.bearer if bearer is None else bearer
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = await self._http.request(method, f"{API}{path}", headers=headers, **content)
        assert answer.status_code == expected, (path, answer.text)
        self._http.cookies.clear()
        if answer.status_code >= 400:
            self._canaries.problems.append((f"{method} {path}", answer.text))
        return answer.json() if answer.content else None

    async def sign_in(self, password: str, expected: int = 200) -> Any:  # noqa: ANN401 - JSON
        """Sign in as an app, and keep the tokens."""
        form = {"username": EMAIL, "password": password, "delivery": "body"}
        told = await self.ask("POST", "/auth/login", expected, bearer="", data=form)
        if expected == 200:
            self.keep(told)
        return told

    def keep(self, told: dict[str, str]) -> None:
        """Take the tokens of a sign-in."""
        self.bearer = told["access_token"]
        number = len(self._canaries.secrets)
        self._canaries.know(
            **{
                f"access token {number}": told["access_token"],
                f"refresh token {number}": told["refresh_token"],
            }
        )


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """An engine that tells all that it does."""
    logging.getLogger("sqlalchemy").setLevel(logging.DEBUG)
    engine = make_engine(settings)
    yield engine
    await engine.dispose()
    logging.getLogger("sqlalchemy").setLevel(logging.NOTSET)


@pytest.fixture
def services(services: Services, tmp_path: Path) -> Services:
    """The process's parts, with mail that becomes files."""
    changes = {"mail_url": SecretStr(f"file:{tmp_path}")}
    return replace(services, settings=services.settings.model_copy(update=changes))


@pytest.fixture(params=["json", "console"])
def logs(request: pytest.FixtureRequest, app: object) -> StringIO:
    """What an operator reads of all that anybody logs."""
    style: Literal["json", "console"] = request.param
    configure_logging("DEBUG", style)
    (handler,) = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    written = StringIO()
    handler.setStream(written)
    return written


@pytest.fixture
def canaries() -> Canaries:
    """Nothing is secret yet."""
    return Canaries()


@pytest.fixture
def anna(client: httpx.AsyncClient, canaries: Canaries) -> Client:
    """Who does everything."""
    return Client(client, canaries)


class Worker:
    """Does the jobs that wait, and hands out the mail."""

    def __init__(self, services: Services, folder: Path) -> None:
        self._services = services
        self._folder = folder

    async def token(self, action: str) -> str:
        """Do all that waits; return the token of the link that was mailed for an action."""
        while await self._work():
            pass
        newest_first = sorted(
            self._folder.glob("*.eml"), key=lambda file: file.stat().st_mtime_ns, reverse=True
        )
        for file in newest_first:
            letter = message_from_bytes(file.read_bytes(), policy=default)
            plain = letter.get_body(("plain",))
            words = str(plain.get_content()) if plain is not None else ""
            if f"/account/{action}#token=" in words:
                return words.partition("#token=")[2].split()[0]
        pytest.fail(f"no mail brought a link to {action}")

    async def _work(self) -> int:
        performer = Performer(self._services, all_tasks())
        async with self._services.sessions.begin() as session:
            taken = text("DELETE FROM pgqueuer RETURNING id, entrypoint, payload")
            rows = (await session.execute(taken)).all()
        for row in rows:
            outcome = await performer.perform(Order(row[0], row[1], row[2], 1))
            assert outcome.ending is Ending.DONE
        return len(rows)


@pytest.fixture
def worker(services: Services, tmp_path: Path) -> Worker:
    """The background."""
    return Worker(services, tmp_path)


# What somebody does, and what goes wrong


async def _signs_up(anna: Client, canaries: Canaries) -> None:
    canaries.know(password=PASSWORD, wrong=WRONG_PASSWORD, next=NEXT_PASSWORD, last=LAST_PASSWORD)
    new = {"email": EMAIL, "password": PASSWORD, "username": "anna"}
    await anna.ask("POST", "/auth/register", 422, json={**new, "pass": WRONG_PASSWORD})
    await anna.ask("POST", "/auth/register", 422, json={**new, "username": [NEXT_PASSWORD]})
    await anna.ask("POST", "/auth/register", 422, content=json.dumps(new)[:-1])
    await anna.ask("POST", "/auth/register", 201, json=new)
    await anna.ask("POST", "/auth/register", 400, json=new)


async def _signs_in(anna: Client, canaries: Canaries, clock: MovableClock) -> None:
    await anna.sign_in(WRONG_PASSWORD, 401)
    await anna.sign_in(f"{PASSWORD}\x00", 422)
    told = await anna.sign_in(PASSWORD)
    await anna.ask("GET", "/users/me", 401, bearer=f"{anna.bearer}x")
    await anna.ask("GET", "/users/me", 401, bearer=told["refresh_token"])
    used = {"refresh_token": told["refresh_token"]}
    anna.keep(await anna.ask("POST", "/auth/refresh", 200, json=used))
    await anna.ask("POST", "/auth/refresh", 422, json={**used, "more": told["access_token"]})
    clock.move(timedelta(minutes=1))
    await anna.ask("POST", "/auth/refresh", 401, json=used)
    await anna.ask("GET", "/users/me", 401)
    await anna.sign_in(PASSWORD)


async def _makes_a_key(anna: Client, canaries: Canaries) -> None:
    wish = {"name": "Build server", "scopes": ["articles:read"]}
    await anna.ask("POST", "/auth/keys", 422, json={**wish, "key": anna.bearer})
    made = await anna.ask("POST", "/auth/keys", 201, json=wish)
    canaries.know(key=made["key"])
    await anna.ask("GET", "/articles", 200, bearer=made["key"])
    await anna.ask("GET", "/users/me", 403, bearer=made["key"])
    await anna.ask("GET", "/users/me", 401, bearer=f"{made['key']}x")
    await anna.ask("DELETE", f"/auth/keys/{made['id']}", 204)
    await anna.ask("GET", "/articles", 401, bearer=made["key"])


async def _changes_the_password(anna: Client, canaries: Canaries) -> None:
    changes = {"password": NEXT_PASSWORD, "current_password": WRONG_PASSWORD}
    await anna.ask("PATCH", "/users/me", 400, json=changes)
    await anna.ask("PATCH", "/users/me", 422, json={**changes, "role": WRONG_PASSWORD})
    await anna.ask("PATCH", "/users/me", 200, json={**changes, "current_password": PASSWORD})


async def _follows_links(anna: Client, canaries: Canaries, worker: Worker) -> None:
    await anna.ask("POST", "/auth/verification", 202)
    verify = await worker.token("verify-email")
    canaries.know(verify=verify)
    await anna.ask(
        "POST", "/auth/reset-password", 400, json={"token": verify, "password": PASSWORD}
    )
    await anna.ask("POST", "/auth/verification/confirm", 422, json={"token": verify, "a": verify})
    await anna.ask("POST", "/auth/verification/confirm", 204, json={"token": verify})
    await anna.ask("POST", "/auth/verification/confirm", 400, json={"token": verify})
    await anna.ask("POST", "/auth/forgot-password", 202, json={"email": EMAIL})
    reset = await worker.token("reset-password")
    canaries.know(reset=reset)
    await anna.ask("GET", "/users/me", 401, bearer=reset)
    wish = {"token": reset, "password": LAST_PASSWORD}
    await anna.ask("POST", "/auth/reset-password", 422, json={**wish, "password": EMAIL})
    await anna.ask("POST", "/auth/reset-password", 204, json=wish)
    await anna.ask("POST", "/auth/reset-password", 400, json=wish)


async def _adds_a_second_factor(anna: Client, canaries: Canaries, clock: MovableClock) -> None:
    await anna.sign_in(LAST_PASSWORD)
    setup = await anna.ask("POST", "/auth/totp", 200)
    canaries.know(totp=setup["secret"])
    app = pyotp.TOTP(setup["secret"])
    await anna.ask("POST", "/auth/totp/confirm", 422, json={"code": setup["secret"]})
    code = {"code": app.at(clock())}
    codes = (await anna.ask("POST", "/auth/totp/confirm", 200, json=code))["recovery_codes"]
    canaries.know(**{f"recovery code {number}": each for number, each in enumerate(codes)})
    canaries.know(**{f"bare {number}": each.replace("-", "") for number, each in enumerate(codes)})
    for answer in (codes[0], app.at(clock() + timedelta(minutes=2))):
        challenge = (await anna.sign_in(LAST_PASSWORD, 401))["challenge"]
        canaries.problems.pop()  # it tells the challenge, as it should
        canaries.know(**{f"challenge {len(canaries.secrets)}": challenge})
        clock.move(timedelta(minutes=1))
        given = {"challenge": challenge, "code": answer, "delivery": "body"}
        wrong = {**given, "code": codes[0][::-1]}
        await anna.ask("POST", "/auth/second-factor", 401, bearer="", json=wrong)
        await anna.ask("POST", "/auth/second-factor", 422, bearer="", json={**given, "x": codes[1]})
        anna.keep(await anna.ask("POST", "/auth/second-factor", 200, bearer="", json=given))


async def _meets_a_crash(anna: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails deep below fails with secrets in its variables."""

    async def fail(self: object, password: str, *rest: object) -> None:
        raise RuntimeError("out of order")

    with monkeypatch.context() as broken:
        broken.setattr(PasswordHasher, "verify", fail)
        broken.setattr(PasswordHasher, "hash", fail)
        await anna.sign_in(LAST_PASSWORD, 500)
        new = {"email": "bert@example.com", "password": NEXT_PASSWORD}
        await anna.ask("POST", "/auth/register", 500, json=new)
        changes = {"password": PASSWORD, "current_password": LAST_PASSWORD}
        await anna.ask("PATCH", "/users/me", 500, json=changes)


async def _meets_a_broken_database(anna: Client, connection: AsyncConnection) -> None:
    """What the driver complains about is a statement, and its parameters are secrets."""
    await connection.execute(text("ALTER TABLE refresh_tokens RENAME token_hash TO elsewhere"))
    await anna.ask("POST", "/auth/refresh", 500, bearer="", json={"refresh_token": LAST_PASSWORD})
    await connection.execute(text("ALTER TABLE refresh_tokens RENAME elsewhere TO token_hash"))


async def _tables(connection: AsyncConnection) -> dict[str, list[bytes]]:
    """Return every value of every table, those of the queue included, as bytes."""
    names = await connection.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    )
    kept: dict[str, list[bytes]] = {}
    for name in names.all():
        rows = (await connection.execute(text(f'SELECT * FROM "{name}"'))).all()
        kept[name] = [
            value if isinstance(value, bytes) else str(value).encode()
            for row in rows
            for value in row
        ]
    return kept


async def test_no_secret_is_found_where_it_does_not_belong(
    anna: Client,
    canaries: Canaries,
    worker: Worker,
    clock: MovableClock,
    connection: AsyncConnection,
    logs: StringIO,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await _signs_up(anna, canaries)
    await _signs_in(anna, canaries, clock)
    await _makes_a_key(anna, canaries)
    await _changes_the_password(anna, canaries)
    await _follows_links(anna, canaries, worker)
    await _adds_a_second_factor(anna, canaries, clock)
    await _meets_a_crash(anna, monkeypatch)
    await _meets_a_broken_database(anna, connection)
    logged = logs.getvalue()
    tables = await _tables(connection)
    told = ("out of order", "refresh token used again", "INSERT INTO login_sessions")
    assert [words for words in told if words not in logged] == []
    assert len(tables["audit_events"]) > 50
    assert len(canaries.secrets) > 30
    found = canaries.found_in("the logs", logged)
    for where, problem in canaries.problems:
        found += canaries.found_in(f"the answer to {where}", problem)
    for name, values in tables.items():
        for value in values:
            found += canaries.found_in(f"the table {name}", value)
    assert found == []
