"""Child processes that cannot outlive this one, whatever ends it.

A guarded process stands in a session of its own, so that ctrl-C in the terminal reaches only this
process, which then stops its children in the right order. Should this process be killed outright,
a watching shell sees the end of a pipe that it shares with it, and stops the child in its stead.
(PR_SET_PDEATHSIG is Linux's alone, and takes the end of a thread for the end of the process.)
"""

import os
import pwd
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

PATIENCE = 10.0

# The first argument is a folder to delete, or nothing; the others are the command.
# `$$` is the shell's own number also in the background part, and `exec` gives it to the command.
# The doubled parentheses hand the watcher over to init: the command must not find a strange child.
_GUARD = """
leftover=$1; shift
exec 3<&0 </dev/null
( (
    read -r _ <&3
    kill -INT $$
    tries=0
    while [ $tries -lt 10 ] && kill -0 $$; do sleep 1; tries=$((tries + 1)); done
    [ -z "$leftover" ] || rm -rf "$leftover"
    kill -KILL 0
) >/dev/null 2>&1 & )
exec "$@" 3<&-
"""


class CommandError(Exception):
    """A command ended with an error; it has said why on the terminal."""


def start(
    command: Sequence[str | Path],
    *,
    directory: Path,
    environment: Mapping[str, str] | None = None,
    user: str | None = None,
    output: IO[bytes] | None = None,
    leftover: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command that is stopped when this process ends; only root may name a `user`.

    The folder `leftover` is deleted then, too, unless `stop()` came first: it leaves that to its
    caller.
    """
    return subprocess.Popen(  # noqa: S603 - the callers' commands are their own, not input
        ["/bin/sh", "-c", _GUARD, "guard", leftover or "", *command],
        cwd=directory,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        start_new_session=True,
        user=user,
        group=group_of(user),
        extra_groups=None if user is None else [],
    )


def stop(process: subprocess.Popen[bytes], patience: float = PATIENCE) -> None:
    """Ask a guarded process to end, insist after a while, and sweep up what it leaves behind."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)
    # The watcher is in the group too; macOS answers EPERM for a group of zombies.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def run(command: Sequence[str | Path], *, directory: Path, environment: Mapping[str, str]) -> None:
    """Run a guarded command to its end; raise CommandError when it fails."""
    process = start(command, directory=directory, environment=environment)
    try:
        code = process.wait()
    finally:
        stop(process)
    if code != 0:
        words = " ".join(str(word) for word in command)
        raise CommandError(f"This command failed with exit code {code}: {words}")


def group_of(user: str | None) -> int | None:
    """Return the primary group of a user."""
    return None if user is None else pwd.getpwnam(user).pw_gid
