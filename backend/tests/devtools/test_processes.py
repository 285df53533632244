"""A guarded process ends when it is asked, though it be unwilling, and with its killed parent."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from devtools import processes

Condition = Callable[[], bool]
STUBBORN = """
import pathlib, signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
pathlib.Path("ready").touch()
time.sleep(99)
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_process_is_asked_to_end(tmp_path: Path) -> None:
    process = processes.start(["sleep", "99"], directory=tmp_path)
    processes.stop(process)
    assert process.returncode == -signal.SIGINT


def test_a_process_that_does_not_listen_is_killed(
    tmp_path: Path, comes_true: Callable[[Condition], bool]
) -> None:
    process = processes.start(python(STUBBORN), directory=tmp_path)
    assert comes_true((tmp_path / "ready").exists)
    processes.stop(process, patience=0.2)
    assert process.returncode == -signal.SIGKILL


def test_what_a_process_leaves_behind_is_swept_up(
    tmp_path: Path, comes_true: Callable[[Condition], bool], is_running: Callable[[int], bool]
) -> None:
    pid_file = tmp_path / "pid"
    process = processes.start(["sh", "-c", "sleep 99 & echo $! > pid"], directory=tmp_path)
    process.wait()
    grandchild = int(pid_file.read_text())
    assert is_running(grandchild)
    processes.stop(process)
    assert comes_true(lambda: not is_running(grandchild))


def test_a_process_ends_with_its_killed_parent(
    tmp_path: Path, comes_true: Callable[[Condition], bool], is_running: Callable[[int], bool]
) -> None:
    leftover = tmp_path / "left over"
    leftover.mkdir()
    parent = subprocess.Popen(
        python(
            "import pathlib, time; from devtools import processes\n"
            "here = pathlib.Path.cwd()\n"
            f"leftover = pathlib.Path({str(leftover)!r})\n"
            "child = processes.start(['sleep', '99'], directory=here, leftover=leftover)\n"
            "print(child.pid, flush=True); time.sleep(99)"
        ),
        cwd=Path(processes.__file__).parents[1],
        stdout=subprocess.PIPE,
    )
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert is_running(child)
        parent.kill()
    assert comes_true(lambda: not is_running(child))
    assert comes_true(lambda: not leftover.exists())


def test_a_command_runs_to_its_end(tmp_path: Path) -> None:
    processes.run(["touch", "trace"], directory=tmp_path, environment={})
    assert (tmp_path / "trace").exists()


def test_a_failing_command_is_named(tmp_path: Path) -> None:
    with pytest.raises(processes.CommandError, match="exit code 3: sh -c exit 3"):
        processes.run(["sh", "-c", "exit 3"], directory=tmp_path, environment={})
