"""How gunicorn runs the service in a container; the worker itself is app.web.server.Worker."""

import asyncio
import gc

from gunicorn.arbiter import Arbiter

from app.core.config import Settings
from app.core.heap import give_back
from app.core.sizing import MIB, Sizes, look_around
from app.web.server import warm_up

settings = Settings.load_or_exit()

# All addresses of the container: it is only on networks that nginx and the database share with it.
bind = "0.0.0.0:8000"
worker_class = "app.web.server.Worker"
workers = settings.web_concurrency

# The application is loaded once and shared by all workers: half the memory, and one failing start.
preload_app = True
# Recycling a worker would drop the requests that nginx is sending to it at that moment.
max_requests = 0

# nginx closes idle connections first (after 60 s): a request never meets a closing one.
keepalive = 75
# A worker that shows no sign of life for so long is replaced.
timeout = 30
# Between the 20 s that the worker gives its requests and the 30 s that Docker gives the container.
graceful_timeout = 25

forwarded_allow_ips = settings.forwarded_allow_ips

# The container's file system is read-only: heartbeats go to memory, and there is no control socket.
worker_tmp_dir = "/dev/shm"  # noqa: S108 - gunicorn unlinks its files at once
control_socket_disable = True


def when_ready(server: Arbiter) -> None:
    """Let the workers share all that can be shared, and say how large everything is.

    What was loaded before them stays out of their garbage collections: a full one went through all
    of it, and paused one request in a hundred for 150 ms.
    """
    asyncio.run(warm_up(server.app.wsgi()))
    give_back()
    gc.collect()
    gc.freeze()
    room = look_around()
    sizes = ", ".join(f"{name} {getattr(settings, name)}" for name in Sizes.model_fields)
    server.log.info("%d cores, %d MiB: %s", room.cores, room.memory // MIB, sizes)
