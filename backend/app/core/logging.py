"""Logs: structured, one line an event, to standard output; JSON for machines or for people."""

import asyncio
import logging
import sys
from json import JSONEncoder
from select import PIPE_BUF
from typing import Literal, TextIO, cast

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import EventDict, FilteringBoundLogger, Processor

ACCESS = "galley.access"
FLUSHED_EVERY = 1.0  # seconds
_ENCODER = JSONEncoder(default=repr)


def configure_logging(level: str, style: Literal["json", "console"]) -> None:
    """Send everything that anybody logs, the libraries included, through one formatter."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _without_colours,
                *_renderers(style),
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error", "gunicorn.error"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True


def access_logger(level: str, style: Literal["json", "console"]) -> FilteringBoundLogger:
    """Return the logger of the one line a request, for machines past the standard library.

    No other line is written so often that the way would be noticed: it was a seventh of all work.
    Like nginx's own, such lines go out together, a second late at most.
    """
    if style == "console":
        return cast("FilteringBoundLogger", structlog.stdlib.get_logger(ACCESS))
    processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.EventRenamer("message"),
        _as_json,
    ]
    logger: FilteringBoundLogger = structlog.wrap_logger(
        _Unhurried(sys.stdout),
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
    )
    return logger.bind(logger=ACCESS)


class _Unhurried:
    """Writes lines, and leaves it to the next second, or to the next line elsewhere, to flush.

    The workers share a pipe, which takes only so much in one piece (pipe(7)): no more is left to
    wait, or the lines of one would stand in the middle of another's.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting = 0
        self._flushing: asyncio.AbstractEventLoop | None = None

    def msg(self, line: str) -> None:
        """Write a line, in its order among the others of the stream."""
        if self._waiting + len(line) >= PIPE_BUF:
            self._flush()
        self._waiting += self._stream.write(f"{line}\n")
        loop = asyncio.get_running_loop()
        if self._flushing is not loop:  # One that has ended flushes nothing any more.
            self._flushing = loop
            loop.call_later(FLUSHED_EVERY, self._flush_in_time)

    debug = info = warning = error = critical = msg

    def _flush_in_time(self) -> None:
        self._flushing = None
        self._flush()

    def _flush(self) -> None:
        self._waiting = 0
        self._stream.flush()


def _as_json(_: object, __: str, event: EventDict) -> str:
    """Do what `JSONRenderer` does, with an encoder that is made once."""
    return _ENCODER.encode(event)


def _without_colours(_: object, __: str, event: EventDict) -> EventDict:
    """Drop uvicorn's second, coloured copy of its message."""
    event.pop("color_message", None)
    return event


def _renderers(style: Literal["json", "console"]) -> list[Processor]:
    """Return how an event becomes a line; tracebacks without variables, which may be passwords."""
    if style == "console":
        plain = structlog.dev.plain_traceback
        return [
            structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=plain)
        ]
    return [
        structlog.processors.EventRenamer("message"),
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
        structlog.processors.JSONRenderer(),
    ]
