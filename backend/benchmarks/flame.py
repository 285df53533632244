"""A flame graph: where time goes, as an SVG that is written by hand.

Each box is a function, as wide as the share of the time that it and all it calls take. What it
calls stands below it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

WIDE, ROW, TOP, LETTER = 1200, 17, 58, 6.1
# What is narrower than this is left out.
NARROWEST = 2.0
# The event loop itself, and what asyncpg does for it: none of it is Python.
REST = "uvloop:sockets, and asyncpg's protocol"
OURS = "benchmarks."
# The first that a module's name begins with says whose it is.
COLOURS: Mapping[str, tuple[str, str]] = {
    "app.": ("Galley", "#8fbce6"),
    "fastapi": ("FastAPI, Starlette", "#f6c177"),
    "starlette": ("FastAPI, Starlette", "#f6c177"),
    "asyncpg": ("asyncpg, SQLAlchemy", "#a3d9a5"),
    "sqlalchemy": ("asyncpg, SQLAlchemy", "#a3d9a5"),
    "pydantic": ("Pydantic", "#eba0ac"),
    "uvicorn": ("uvicorn, uvloop, asyncio", "#c8b6e2"),
    "uvloop": ("uvicorn, uvloop, asyncio", "#c8b6e2"),
    "asyncio": ("uvicorn, uvloop, asyncio", "#c8b6e2"),
    "structlog": ("structlog, logging", "#e6dc8f"),
    "logging": ("structlog, logging", "#e6dc8f"),
    "": ("other", "#d5d0c8"),
}
STYLE = "text{font:11px system-ui,sans-serif;fill:#1a1a1a}.t{font-size:15px;font-weight:600}"


@dataclass(slots=True)
class Call:
    """A function, how often it was seen in this place, and what it was seen to call."""

    name: str
    count: int = 0
    calls: dict[str, "Call"] = field(default_factory=dict)

    def see(self, stack: Iterable[str], count: int) -> None:
        """Count a stack of calls, the outermost first."""
        here = self
        here.count += count
        for name in stack:
            here = here.calls.setdefault(name, Call(name))
            here.count += count


def tree(lines: str, below: str) -> Call:
    """Read lines of `outer;inner COUNT`; what is not below a function is left out, and it itself.

    What that function was seen to do itself is called by the name REST.
    """
    root = Call("all")
    for line in lines.splitlines():
        stack, _, count = line.rpartition(" ")
        _, _, inner = f";{stack};".partition(f";{below};")
        names = [name for name in inner.split(";") if name and not name.startswith(OURS)]
        root.see(names or [REST], int(count))
    return root


def flame(root: Call, title: str) -> str:
    """Return the picture of a tree."""
    boxes = list(_boxes(root, 0.0, WIDE / max(root.count, 1), 0))
    height = TOP + (1 + max((box.depth for box in boxes), default=0)) * ROW + 8
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {height}" role="img">',
            f"<title>{escape(title)}</title><style>{STYLE}</style>",
            f'<rect width="{WIDE}" height="{height}" fill="#fff"/>',
            f'<text class="t" x="4" y="20">{escape(title)}</text>',
            *_legend(),
            *(box.drawn(root.count) for box in boxes),
            "</svg>\n",
        ]
    )


@dataclass(frozen=True, slots=True)
class _Box:
    call: Call
    left: float
    wide: float
    depth: int

    def drawn(self, total: int) -> str:
        module, _, function = self.call.name.rpartition(":")
        share = f"{self.call.count / total:.1%}"
        y = TOP + self.depth * ROW
        words = f"{function} {share}"
        short = words[: max(0, int((self.wide - 4) / LETTER))]
        text = f'<text x="{self.left + 3:.1f}" y="{y + 12}">{escape(short)}</text>'
        return (
            f"<g><title>{escape(f'{module}.{function}: {share}')}</title>"
            f'<rect x="{self.left:.1f}" y="{y}" width="{max(self.wide - 0.6, 0.4):.1f}" '
            f'height="{ROW - 1}" fill="{_kind(module)[1]}"/>{text if short else ""}</g>'
        )


def _boxes(call: Call, left: float, scale: float, depth: int) -> Iterator[_Box]:
    for each in sorted(call.calls.values(), key=lambda called: -called.count):
        wide = each.count * scale
        if wide >= NARROWEST:
            yield _Box(each, left, wide, depth)
            yield from _boxes(each, left, scale, depth + 1)
        left += wide


def _kind(module: str) -> tuple[str, str]:
    return next(kind for start, kind in COLOURS.items() if module.startswith(start))


def _legend() -> Iterator[str]:
    left = 4
    for name, colour in dict(COLOURS.values()).items():
        yield f'<rect x="{left}" y="32" width="12" height="12" fill="{colour}"/>'
        yield f'<text x="{left + 17}" y="42">{escape(name)}</text>'
        left += 40 + round(len(name) * LETTER)
