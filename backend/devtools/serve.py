"""`make dev`, second stage: a database below `.dev/`, migrated and filled, the app and a worker.

Both start again when a file of the app changes.

Everything that is started ends with this process: by ctrl-C, SIGTERM, the terminal's closing, the
end of any child, or a plain kill (see `devtools.processes`).
"""

import fcntl
import os
import secrets
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

from devtools import processes
from devtools.postgres import EmbeddedPostgres, PostgresError, find_binaries

BACKEND = Path(__file__).resolve().parents[1]
DEV = BACKEND.parent / ".dev"
HOST = "127.0.0.1"
USUAL_PORT = "8000"
HIGHEST_PORT = 65535
FRONT_ENDS = "http://localhost:3000,http://localhost:5173"
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class RefusalError(Exception):
    """Galley cannot be served like this; the message says what to do."""


def main(user: str | None = None) -> int:
    """Serve until something ends it; return the exit code."""
    for ending in ENDINGS:
        signal.signal(ending, _end)
    try:
        port = free_port(os.environ.get("PORT") or USUAL_PORT)
        with the_only_one():
            serve(port, user)
    except (RefusalError, PostgresError, processes.CommandError) as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    return 0


def serve(port: int, user: str | None) -> None:
    """Do the steps, in order."""
    binaries = find_binaries()
    say(f"Starting PostgreSQL {binaries.major} from {binaries.directory}")
    data_directory = DEV / "postgres" / str(binaries.major)
    with EmbeddedPostgres(data_directory, binaries=binaries, user=user) as database:
        environment = app_environment(database, secret_key_file(), port)
        create_database(database)
        migrate(environment)
        seed(database, environment)
        run_galley(port, environment, database)


def free_port(wanted: str) -> int:
    """Return the port as a number; refuse one that is none, or that another program listens on."""
    if not wanted.isascii() or not wanted.isdigit() or not 0 < int(wanted) <= HIGHEST_PORT:
        raise RefusalError(f"PORT={wanted} is not a port number.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, int(wanted)))
        except OSError as error:
            raise RefusalError(
                f"Port {wanted}: {error.strerror}. Try `PORT=8001 make dev`."
            ) from None
    return int(wanted)


@contextmanager
def the_only_one() -> Iterator[None]:
    """Hold a lock, which the kernel takes back however this process ends."""
    DEV.mkdir(exist_ok=True)
    with (DEV / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RefusalError("`make dev` is already running here.") from None
        yield


def secret_key_file() -> Path:
    """Return the file with the signing key, which is made once and only its owner can read."""
    path = DEV / "secret_key"
    if not path.exists():
        unfinished = DEV / "secret_key.new"
        unfinished.touch(mode=0o600)
        unfinished.write_text(secrets.token_hex(32), encoding="ascii")
        unfinished.rename(path)
    return path


def app_environment(database: EmbeddedPostgres, secret_key: Path, port: int) -> Mapping[str, str]:
    """Return the app's settings; the environment overrides all but those about the database."""
    usual = {
        "LOG_FORMAT": "console",
        "BACKEND_CORS_ORIGINS": FRONT_ENDS,
        "MAIL_URL": f"file:{DEV / 'mail'}",
        "SITE_URL": f"http://localhost:{port}",
    }
    fixed = {
        "DB_HOST": str(database.socket_directory),
        "DB_PORT": str(database.port),
        "DB_NAME": "galley",
        "DB_USER": "galley",
        "SECRET_KEY_FILE": str(secret_key),
    }
    return usual | os.environ | fixed


def create_database(database: EmbeddedPostgres) -> None:
    """Make the role and the database that it owns, unless they are there."""
    if not database.query("SELECT 1 FROM pg_roles WHERE rolname = 'galley'"):
        database.query("CREATE ROLE galley LOGIN")
    if not database.query("SELECT 1 FROM pg_database WHERE datname = 'galley'"):
        database.query("CREATE DATABASE galley OWNER galley")


def migrate(environment: Mapping[str, str]) -> None:
    """Bring the tables up to date."""
    say("Migrating the database")
    run_python("-m", "alembic", "upgrade", "head", environment=environment)


def seed(database: EmbeddedPostgres, environment: Mapping[str, str]) -> None:
    """Fill a database in which there is nobody yet with demo content."""
    if database.query("SELECT 1 FROM users LIMIT 1", "galley"):
        return
    say("Writing demo content")
    run_python("-m", "app.cli", "seed", "--users", "5", "--articles", "60", environment=environment)


def run_python(*arguments: str, environment: Mapping[str, str]) -> None:
    """Run a part of the backend to its end."""
    processes.run([sys.executable, *arguments], directory=BACKEND, environment=environment)


def run_galley(port: int, environment: Mapping[str, str], database: EmbeddedPostgres) -> None:
    """Serve the app, and do its jobs, until any part of it ends."""
    welcome(port)
    parts: dict[str, subprocess.Popen[bytes]] = {}
    with ExitStack() as at_the_end:
        for name, command in (("app", app_command(port)), ("worker", worker_command())):
            part = processes.start(command, directory=BACKEND, environment=environment)
            at_the_end.callback(processes.stop, part)
            parts[name] = part
        wait_for_an_end(parts, database)


def app_command(port: int) -> list[str]:
    """Return what serves the app, with reload."""
    uvicorn = [sys.executable, "-m", "uvicorn", "app.main:app", "--reload", "--reload-dir", "app"]
    where = ["--host", HOST, "--port", str(port)]
    # The app logs every request itself.
    return [*uvicorn, *where, "--no-access-log", "--timeout-graceful-shutdown", "5"]


def worker_command() -> list[str]:
    """Return what does the jobs, with reload."""
    worker = shlex.join([sys.executable, "-m", "app.worker"])
    return [
        *(sys.executable, "-m", "watchfiles", "--verbosity", "warning"),
        *("--filter", "python", "--target-type", "command", worker, "app"),
    ]


def wait_for_an_end(
    parts: Mapping[str, subprocess.Popen[bytes]], database: EmbeddedPostgres
) -> NoReturn:
    """Watch all of them; what is left of Galley when one of them is gone is of no use."""
    while database.pid is not None:
        for name, part in parts.items():
            if part.poll() is not None:
                raise RefusalError(f"The {name} has ended with exit code {part.returncode}.")
        time.sleep(0.2)
    raise RefusalError(f"PostgreSQL has ended; its log is {database.log}.")


def welcome(port: int) -> None:
    """Say where to look."""
    address = f"http://{HOST}:{port}"
    say(f"Galley is at {address}/api/v1/articles, its documentation at {address}/docs")
    say("Ctrl-C stops everything")


def say(words: str) -> None:
    """Tell the developer at once, in order with what the children print."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    """End in good order; further signals must not disturb that. Ctrl-C is how one ends it."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    sys.exit(0 if number == signal.SIGINT else 128 + number)


if __name__ == "__main__":
    sys.exit(main())
