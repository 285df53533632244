"""`make dev`: Galley on this machine without Docker. First stage: the Python environment.

This file runs on whatever `python3` the machine has, before anything is installed. It makes
`.dev/venv` from requirements-dev.txt, and again whenever that file or the Python changes, and then
becomes the second stage, `devtools.serve`, inside it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

OLDEST_PYTHON = (3, 11, 5)

BACKEND = Path(__file__).resolve().parents[1]
DEV = BACKEND.parent / ".dev"
VENV = DEV / "venv"
PYTHON = VENV / "bin" / "python"
REQUIREMENTS = BACKEND / "requirements-dev.txt"


def main() -> None:
    """Prepare the environment and become the second stage."""
    refuse_what_cannot_work()
    DEV.mkdir(exist_ok=True)
    (DEV / ".gitignore").write_text("*\n", encoding="utf-8")
    fingerprint = fingerprint_of_environment()
    marker = VENV / "made-from"
    if not is_made_from(fingerprint, marker):
        make_environment()
        marker.write_text(fingerprint, encoding="utf-8")
    os.chdir(BACKEND)
    os.execv(PYTHON, [str(PYTHON), "-m", "devtools.serve"])  # noqa: S606 - our own second stage


def refuse_what_cannot_work() -> None:
    """Say in one line why this machine or account cannot run Galley, before anything is made."""
    if os.name != "posix":
        sys.exit("`make dev` needs Linux or macOS; on Windows, use WSL or Docker.")
    if os.geteuid() == 0:
        sys.exit("PostgreSQL refuses to run as root: run `make dev` from an ordinary account.")
    if sys.version_info < OLDEST_PYTHON:
        oldest, this = (".".join(map(str, each[:3])) for each in (OLDEST_PYTHON, sys.version_info))
        sys.exit(f"Galley needs Python {oldest} or newer; this is {this}.")


def fingerprint_of_environment() -> str:
    """Return what changes when the environment has to be made again."""
    requirements = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    return f"{requirements} {sys.version}"


def is_made_from(fingerprint: str, marker: Path) -> bool:
    """Say whether the environment is complete, up to date, and its Python still there."""
    return PYTHON.exists() and marker.exists() and marker.read_text("utf-8") == fingerprint


def make_environment() -> None:
    """Make `.dev/venv` anew and install exactly the pinned packages, checked by their hashes."""
    sys.stdout.write(f"Making the Python environment in {VENV} (once; takes a minute or two)\n")
    sys.stdout.flush()
    uv = shutil.which("uv")
    try:
        if uv:
            install_with_uv(uv)
        else:
            install_with_pip()
    except subprocess.CalledProcessError as error:
        sys.exit(f"The Python environment could not be made: {error}")


def install_with_uv(uv: str) -> None:
    """Install with uv, which takes seconds."""
    run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, VENV)
    run(uv, "pip", "sync", "--quiet", "--require-hashes", "--python", PYTHON, REQUIREMENTS)


def install_with_pip() -> None:
    """Install with the pip that every Python brings.

    The file names every package, so dependencies are not looked up: pip would ask for the two that
    pyproject.toml overrides away.
    """
    try:
        venv.create(VENV, clear=True, with_pip=True)
    except subprocess.CalledProcessError:
        sys.exit("This Python cannot make environments: install `python3-venv`, or uv.")
    run(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
        "--no-deps", "--require-hashes", "--requirement", REQUIREMENTS)  # fmt: skip


def run(*command: "str | Path") -> None:
    """Run one step of the installation; its messages go to the terminal."""
    subprocess.run(command, check=True)  # noqa: S603 - the commands above


if __name__ == "__main__":
    main()
