"""The product, which notes a thousand times a second of its own processor time where it is.

`run.sh flame` has it served in the place of the floor. `/stacks` answers what was noted since then.
"""

import signal
from collections import Counter
from types import FrameType

from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from app.main import app as product

EVERY = 0.001


class Sampler:
    """Counts how often each stack of calls was seen; what is not Python counts to its caller."""

    def __init__(self) -> None:
        self._stacks: Counter[str] = Counter()

    def start(self) -> None:
        """Have the kernel interrupt this process while it works, and only then."""
        signal.signal(signal.SIGPROF, self._note)
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)

    def _note(self, _: int, frame: FrameType | None) -> None:
        names = []
        while frame is not None:
            names.append(f"{frame.f_globals.get('__name__')}:{frame.f_code.co_qualname}")
            frame = frame.f_back
        self._stacks[";".join(reversed(names))] += 1

    def taken(self) -> str:
        """Return a line for each stack, `outer;inner COUNT`, and begin again."""
        stacks, self._stacks = self._stacks, Counter()
        return "".join(f"{stack} {count}\n" for stack, count in stacks.items())


sampler = Sampler()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer as the product does, from its start on."""
    if scope["type"] == "lifespan":
        sampler.start()
    if scope.get("path") == "/stacks":
        await PlainTextResponse(sampler.taken())(scope, receive, send)
    else:
        await product(scope, receive, send)
