"""Finishing: elements whose attributes depend on each other, which cleaning sees one by one."""

from collections.abc import Iterable, Iterator
from types import MappingProxyType

from app.core.markup.policy import ALIGNED
from app.core.markup.tokens import Token, start

# The player may run its scripts on its own origin, never on ours, and may not steer the page.
_PLAYER = MappingProxyType({
    "sandbox": "allow-scripts allow-same-origin allow-presentation allow-popups",
    "allow": "encrypted-media; fullscreen; picture-in-picture",
    "loading": "lazy",
    "referrerpolicy": "strict-origin-when-cross-origin",
})  # fmt: skip
_STYLE = "text-align:"


def finish_elements(tokens: Iterable[Token]) -> Iterator[Token]:
    """Leave out what has lost its purpose, force the rest into form, and turn styles to `align`."""
    lost_player = False
    for token in tokens:
        if token.name == "iframe":
            lost_player = token.get("src") is None if token.opening else lost_player
            if not lost_player:
                yield start("iframe", token.attributes | _PLAYER) if token.opening else token
        elif token.name == "img":
            yield from (token,) if token.get("src") else ()
        elif token.name == "input":
            yield from (_checkbox(token),) if token.get("type") else ()
        elif token.name in ALIGNED and token.get("style"):
            yield _aligned(token)
        else:
            yield token


def _checkbox(token: Token) -> Token:
    checked = {"checked": ""} if "checked" in token.attributes else {}
    return start("input", {"type": "checkbox", "disabled": "", **checked})


def _aligned(token: Token) -> Token:
    attributes = token.attributes
    alignment = attributes.pop("style").strip("; ").removeprefix(_STYLE)
    return start(token.name, {"align": alignment} | attributes)


def mark_tasks(tokens: list[Token]) -> Iterator[Token]:
    """Give a list item that begins with a checkbox the class that says so."""
    for at, token in enumerate(tokens):
        if token.name == "li" and token.opening and _begins_with_checkbox(tokens, at + 1):
            yield start("li", token.attributes | {"class": "task-list-item"})
        else:
            yield token


def _begins_with_checkbox(tokens: list[Token], at: int) -> bool:
    following = tokens[at : at + 3]
    names = [token.name for token in following if token.name or not token.source.isspace()]
    return names[:1] == ["input"] or names[:2] == ["p", "input"]
