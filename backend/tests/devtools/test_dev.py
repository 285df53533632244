"""The first stage runs on any Python, makes the environment when it must, and refuses in words."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from devtools import dev

Command = tuple[str | Path, ...]


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Command]:
    """What the first stage would run, below a temporary folder."""
    recorded: list[Command] = []
    monkeypatch.setattr(dev, "VENV", tmp_path / "venv")
    monkeypatch.setattr(dev, "PYTHON", tmp_path / "venv" / "bin" / "python")
    monkeypatch.setattr(dev, "run", lambda *command: recorded.append(command))
    monkeypatch.setattr("venv.create", lambda *_, **__: recorded.append(("venv",)))
    return recorded


def test_it_needs_only_the_standard_library_and_an_old_parser() -> None:
    tree = ast.parse(Path(dev.__file__).read_text(), feature_version=(3, 8))
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name) or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    assert imported <= sys.stdlib_module_names


def test_it_starts_as_a_plain_script() -> None:
    lone = "import runpy, sys; runpy.run_path(sys.argv[1])"
    subprocess.run([sys.executable, "-I", "-S", "-c", lone, dev.__file__], check=True)


def test_root_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    with pytest.raises(SystemExit, match="refuses to run as root"):
        dev.refuse_what_cannot_work()


def test_an_old_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr(dev, "OLDEST_PYTHON", (99, 0, 1))
    with pytest.raises(SystemExit, match=r"needs Python 99\.0\.1 or newer; this is 3\.\d+\.\d+"):
        dev.refuse_what_cannot_work()


def test_the_oldest_python_is_that_of_the_project() -> None:
    project = tomllib.loads((dev.BACKEND / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == f">={'.'.join(map(str, dev.OLDEST_PYTHON))}"


def test_the_environment_is_made_again_when_its_requirements_change(
    commands: list[Command], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    requirements, marker = tmp_path / "requirements.txt", tmp_path / "marker"
    requirements.write_text("one==1")
    monkeypatch.setattr(dev, "REQUIREMENTS", requirements)
    marker.write_text(dev.fingerprint_of_environment())
    assert not dev.is_made_from(dev.fingerprint_of_environment(), marker)
    dev.PYTHON.parent.mkdir(parents=True)
    dev.PYTHON.touch()
    assert dev.is_made_from(dev.fingerprint_of_environment(), marker)
    requirements.write_text("one==2")
    assert not dev.is_made_from(dev.fingerprint_of_environment(), marker)


@pytest.mark.parametrize("uv", ["/usr/bin/uv", None])
def test_packages_are_checked_by_their_hashes(
    uv: str | None, commands: list[Command], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: uv)
    dev.make_environment()
    installation = commands[-1]
    assert installation[0] == (uv or dev.PYTHON)
    assert {"--require-hashes", dev.REQUIREMENTS} <= set(installation)


def test_a_failed_installation_ends_in_words(
    commands: list[Command], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*command: str | Path) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(dev, "run", fail)
    with pytest.raises(SystemExit, match="could not be made"):
        dev.make_environment()
