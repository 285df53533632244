"""What the tests of the developer's tools share; they need neither Docker nor a database server."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SECONDS_TO_END = 15.0

Condition = Callable[[], bool]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with a space in its name, open to the account that PostgreSQL runs as.

    pytest's own folders are closed to it when pytest is run by root.
    """
    with tempfile.TemporaryDirectory(prefix="galley test ") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.fixture(scope="session")
def comes_true() -> Callable[[Condition], bool]:
    """Wait for a condition, not longer than is reasonable, and say whether it came."""

    def wait(condition: Condition) -> bool:
        deadline = time.monotonic() + SECONDS_TO_END
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    return wait


@pytest.fixture(scope="session")
def is_running() -> Callable[[int], bool]:
    """Say whether a process lives; one that only waits for its parent to take note does not."""

    def look(pid: int) -> bool:
        try:
            os.kill(pid, 0)
            return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
        except ProcessLookupError:
            return False
        except FileNotFoundError:
            return not Path("/proc/self").exists()

    return look
