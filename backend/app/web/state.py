"""What the lifespan makes once for a process, and every request finds in `request.state`."""

from dataclasses import dataclass

from starlette.requests import Request

from app.core.clock import Clock
from app.core.config import Settings
from app.core.db import Sessions
from app.core.markup import Renderer
from app.core.passwords import PasswordHasher
from app.core.tokens import TokenSigner


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that outlive a request."""

    settings: Settings
    sessions: Sessions
    passwords: PasswordHasher
    tokens: TokenSigner
    clock: Clock
    renderer: Renderer
    revisions: tuple[str, ...]


def services_of(request: Request) -> Services:
    """Return the process's parts, as the lifespan (or a test) has put them in place."""
    services: Services = request.state.services
    return services
