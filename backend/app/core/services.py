"""What a process makes once: every request and every job finds it in place."""

from dataclasses import dataclass

from app.core.clock import Clock
from app.core.config import Settings
from app.core.db import Sessions
from app.core.markup import Renderer
from app.core.passwords import PasswordHasher
from app.core.reading import Reads
from app.core.sealing import Sealer
from app.core.tokens import TokenSigner


@dataclass(frozen=True, slots=True)
class Services:
    """The parts that outlive a request."""

    settings: Settings
    sessions: Sessions
    reads: Reads
    passwords: PasswordHasher
    tokens: TokenSigner
    sealer: Sealer
    clock: Clock
    renderer: Renderer
    revisions: tuple[str, ...]
