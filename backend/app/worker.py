"""The door for jobs: `python -m app.worker`."""

import asyncio
import signal
import tempfile
from contextlib import suppress
from pathlib import Path

import uvloop

from app.bootstrap import all_tasks, make_services
from app.core.config import Settings
from app.core.logging import configure_logging
from app.jobs.tasks import Tasks
from app.jobs.worker import Worker

# Touched whenever the queue has answered, every two seconds or more often: what is older than half
# a minute belongs to a worker that does nothing. A health check can see that without any Python.
PULSE = Path(tempfile.gettempdir()) / "galley-worker"

# Beside its transaction, a job may need another for what has to stay when it fails.
SPARE_CONNECTIONS = 5


def main() -> None:
    """Work with the environment's settings until a signal says to stop."""
    run(Settings.load_or_exit(), all_tasks())


def run(settings: Settings, tasks: Tasks, pulse: Path = PULSE) -> None:
    """Do these tasks until SIGTERM or SIGINT; then finish what is at hand, or hand it back."""
    configure_logging(settings.log_level, settings.log_format)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(settings, tasks, pulse))


async def _work(settings: Settings, tasks: Tasks, pulse: Path) -> None:
    connections = max(settings.db_pool_size, settings.worker_concurrency + SPARE_CONNECTIONS)
    enough = settings.model_copy(update={"db_pool_size": connections})
    async with make_services(enough) as services:
        worker = Worker(services, tasks, on_contact=lambda: _touch(pulse))
        for ending in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(ending, worker.stop)
        await worker.run()


def _touch(pulse: Path) -> None:
    # Where it cannot be touched, the health check will tell; the jobs are done all the same.
    with suppress(OSError):
        pulse.touch()


if __name__ == "__main__":
    main()
