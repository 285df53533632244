"""`make dev` brings a whole stack up, and takes it down whatever ends it.

The stack is the real one but for the product, in whose stead a small app stands.
"""

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devtools import processes, serve
from devtools.postgres import EmbeddedPostgres, unprivileged_user

Condition = Callable[[], bool]

APP = """
import os
from pathlib import Path

async def app(scope, receive, send):
    assert scope["type"] == "http"
    Path("pid").write_text(str(os.getpid()))
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": os.environ["DB_HOST"].encode()})
"""
WORKER = """
import os, time
from pathlib import Path

Path("worker-pid").write_text(str(os.getpid()))
time.sleep(3600)
"""
PSQL = """
import sys
import asyncio, asyncpg, os
async def main():
    names = {"host": "DB_HOST", "user": "DB_USER", "database": "DB_NAME"}
    connection = await asyncpg.connect(**{key: os.environ[name] for key, name in names.items()})
    await connection.execute(SQL)
    await connection.close()
asyncio.run(main())
print(*sys.argv[1:])
"""
MIGRATE = 'SQL = "CREATE TABLE IF NOT EXISTS users (id int)"' + PSQL
SEED = 'SQL = "INSERT INTO users VALUES (1)"' + PSQL
LAUNCH = "import sys; from devtools import serve; sys.exit(serve.main(*sys.argv[1:]))"


@pytest.fixture(scope="module")
def backend(folder: Path) -> Path:
    """A backend whose app, migrations and command line are stand-ins."""
    backend = folder / "backend"
    devtools = Path(serve.__file__).parent
    shutil.copytree(devtools, backend / "devtools", ignore=shutil.ignore_patterns("__pycache__"))
    for name, content in {
        "app/__init__.py": "",
        "app/main.py": APP,
        "app/worker.py": WORKER,
        "app/cli.py": SEED,
        "alembic/__init__.py": "",
        "alembic/__main__.py": MIGRATE,
    }.items():
        (backend / name).parent.mkdir(exist_ok=True)
        (backend / name).write_text(content)
    return backend


@pytest.fixture(scope="module")
def port() -> int:
    with socket.create_server((serve.HOST, 0)) as listener:
        return int(listener.getsockname()[1])


class Stack:
    """A running `make dev`."""

    def __init__(self, launcher: subprocess.Popen[bytes], backend: Path, port: int) -> None:
        self.launcher = launcher
        self.backend = backend
        self.port = port

    def answer(self) -> str:
        try:
            with urllib.request.urlopen(f"http://{serve.HOST}:{self.port}") as response:
                return str(response.read().decode())
        except (urllib.error.URLError, ConnectionError):
            return ""

    def has_begun_or_failed(self) -> bool:
        if self.launcher.poll() is not None:
            return True
        return self.answer() != "" and (self.backend / "worker-pid").exists()

    def pids(self) -> list[int]:
        (pid_file,) = self.backend.parent.glob(".dev/postgres/*/postmaster.pid")
        files = [pid_file, self.backend / "pid", self.backend / "worker-pid"]
        return [int(file.read_text().partition("\n")[0]) for file in files]


@contextmanager
def running(backend: Path, port: int) -> Iterator[Stack]:
    user = unprivileged_user()
    command = [sys.executable, "-c", LAUNCH, *([user] if user else [])]
    environment = os.environ | {"PORT": str(port)}
    (backend / "worker-pid").unlink(missing_ok=True)
    with (backend / "said").open("wb") as said:
        launcher = subprocess.Popen(
            command, cwd=backend, env=environment, stdout=said, stderr=said, start_new_session=True
        )
    with launcher:
        try:
            yield Stack(launcher, backend, port)
        finally:
            launcher.terminate()


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (signal.SIGINT, 0),
        (signal.SIGTERM, 128 + signal.SIGTERM),
        (signal.SIGHUP, 128 + signal.SIGHUP),
        (signal.SIGKILL, -signal.SIGKILL),
    ],
)
def test_nothing_outlives_it(
    ending: signal.Signals,
    code: int,
    backend: Path,
    port: int,
    comes_true: Callable[[Condition], bool],
    is_running: Callable[[int], bool],
) -> None:
    with running(backend, port) as stack:
        assert comes_true(stack.has_begun_or_failed)
        sockets, pids = Path(stack.answer()), stack.pids()
        stack.launcher.send_signal(ending)
        assert stack.launcher.wait() == code
    assert comes_true(lambda: not any(is_running(pid) for pid in pids))
    assert comes_true(lambda: not sockets.exists())


@pytest.mark.parametrize("victim", ["PostgreSQL", "app", "worker"])
def test_the_end_of_one_part_ends_the_other(
    victim: str,
    backend: Path,
    port: int,
    comes_true: Callable[[Condition], bool],
    is_running: Callable[[int], bool],
) -> None:
    with running(backend, port) as stack:
        assert comes_true(stack.has_begun_or_failed)
        pids = stack.pids()
        database, app, worker = pids
        # The leader of their session is a supervisor, which would replace a dead one.
        leaders = {"PostgreSQL": database, "app": os.getsid(app), "worker": os.getsid(worker)}
        os.kill(leaders[victim], signal.SIGKILL)
        assert stack.launcher.wait() == 1
    assert f"{victim} has ended" in (backend / "said").read_text()
    assert comes_true(lambda: not any(is_running(pid) for pid in pids))


def test_demo_content_is_written_once(
    backend: Path, port: int, comes_true: Callable[[Condition], bool]
) -> None:
    shutil.rmtree(backend.parent / ".dev" / "postgres", ignore_errors=True)
    for times in (1, 0):
        with running(backend, port) as stack:
            assert comes_true(stack.has_begun_or_failed)
            said = (backend / "said").read_text()
        assert said.count("upgrade head") == 1
        assert said.count("seed --users 5 --articles 60") == times


def test_a_failed_step_stops_everything(backend: Path, port: int) -> None:
    migrations = backend / "alembic" / "__main__.py"
    migrations.write_text("raise SystemExit(7)")
    try:
        with running(backend, port) as stack:
            assert stack.launcher.wait() == 1
    finally:
        migrations.write_text(MIGRATE)
    assert "failed with exit code 7" in (backend / "said").read_text()
    assert not list(backend.parent.glob(".dev/postgres/*/postmaster.pid"))


def test_a_second_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "DEV", tmp_path / ".dev")
    refused = pytest.raises(serve.RefusalError, match="already running")
    with serve.the_only_one(), refused, serve.the_only_one():
        pass
    with serve.the_only_one():
        pass


def test_a_taken_port_is_refused() -> None:
    with socket.create_server((serve.HOST, 0)) as listener:
        taken = str(listener.getsockname()[1])
        with pytest.raises(serve.RefusalError, match=f"Port {taken}: .*PORT=8001 make dev"):
            serve.free_port(taken)
    assert serve.free_port(taken) == int(taken)


@pytest.mark.parametrize("wanted", ["http", "0", "65536", "-1", "8000.0", "²"])
def test_what_is_no_port_is_refused(wanted: str) -> None:
    with pytest.raises(serve.RefusalError, match="is not a port number"):
        serve.free_port(wanted)


def test_the_signing_key_is_made_once_and_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "DEV", tmp_path)
    path = serve.secret_key_file()
    key = path.read_text()
    assert len(key) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert serve.secret_key_file().read_text() == key


def test_the_environment_decides_all_but_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "json")
    monkeypatch.setenv("DB_HOST", "production.example.com")
    database = EmbeddedPostgres(user=unprivileged_user())
    database.socket_directory = Path("/tmp/sockets")
    settings = serve.app_environment(database, Path("/tmp/key"), 8001)
    assert settings["DB_HOST"] == "/tmp/sockets"
    assert settings["SECRET_KEY_FILE"] == "/tmp/key"
    assert settings["LOG_FORMAT"] == "json"
    assert "http://localhost:5173" in settings["BACKEND_CORS_ORIGINS"]
    assert settings["MAIL_URL"] == f"file:{serve.DEV / 'mail'}"
    assert settings["SITE_URL"] == "http://localhost:8001"


def test_a_refusal_is_one_readable_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise processes.CommandError("No.")

    monkeypatch.setattr(serve, "free_port", fail)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert serve.main() == 1
    assert capsys.readouterr().err == "\nNo.\n"
