"""Results as a picture: an SVG that is written by hand."""

from collections.abc import Iterator
from xml.sax.saxutils import escape

from benchmarks.results import Figures, Results
from benchmarks.table import short

ROW, BAR, LEFT, WIDE, RIGHT, TOP = 22, 14, 190, 480, 210, 46
PRODUCT, FLOOR = "#2b6cb0", "#c9c3b8"
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1a1a1a}.t{font-size:14px;font-weight:600}"
    ".e{text-anchor:end}.q{fill:#666}"
)


def chart(results: Results) -> str:
    """Return bars: how many requests a second, each scenario above the floor that it stands on.

    The bars of such a group share one scale, because a file is served a hundred times as fast as
    a list is made.
    """
    groups = list(_groups(results))
    height = TOP + sum(len(group) * ROW + 10 for group in groups)
    width = LEFT + WIDE + RIGHT
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>Requests a second</title><style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        '<text class="t" x="12" y="22">Requests a second, each group on its own scale</text>',
        f'<text class="q" x="12" y="38">{escape(_subtitle(results))}</text>',
    ]
    top = TOP
    for group in groups:
        lines += _bars(results, group, top)
        top += len(group) * ROW + 10
    return "\n".join([*lines, "</svg>"]) + "\n"


def _subtitle(results: Results) -> str:
    about = results.about
    return f"{about['articles']} articles, {about['cores']} cores, {about['at']}"


def _groups(results: Results) -> Iterator[list[Figures]]:
    """Yield the scenarios that stand on a floor, each with it."""
    for each in results.figures.values():
        below = results.figures.get(each.floor)
        if below is not None:
            yield [each, below]


def _bars(results: Results, group: list[Figures], top: int) -> Iterator[str]:
    greatest = max(each.rate for each in group)
    for place, each in enumerate(group):
        y = top + place * ROW
        wide = max(1.0, each.rate / greatest * WIDE)
        colour = FLOOR if place else PRODUCT
        words = f"{short(each.rate)}/s, p99 {short(each.p99)} ms"
        ratio = results.ratio(each.key)
        if ratio is not None:
            words += f" · {short(ratio)} of the floor"
        yield f'<text class="e" x="{LEFT - 8}" y="{y + 12}">{escape(each.title)}</text>'
        yield f'<rect x="{LEFT}" y="{y}" width="{wide:.1f}" height="{BAR}" fill="{colour}"/>'
        yield f'<text class="q" x="{LEFT + wide + 6:.1f}" y="{y + 12}">{escape(words)}</text>'
