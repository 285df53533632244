"""Finishing: elements whose attributes depend on each other, which cleaning sees one by one."""

import re
from types import MappingProxyType

from app.core.markup.tokens import GAP, StartTags, Token, start

# The player may run its scripts on its own origin, never on ours, and may not steer the page.
_PLAYER = MappingProxyType({
    "sandbox": "allow-scripts allow-same-origin allow-presentation allow-popups",
    "allow": "encrypted-media; fullscreen; picture-in-picture",
    "loading": "lazy",
    "referrerpolicy": "strict-origin-when-cross-origin",
})  # fmt: skip


def finish_elements(markup: str) -> str:
    """Leave out what has lost its purpose, force the rest into form, and turn styles to `align`."""
    markup = _STYLED.rewrite(markup, _aligned)
    markup = _EMBEDDED.rewrite(markup, lambda tag: _FINISH[tag.name](tag))
    return markup.replace(f"{GAP.source}</iframe>", GAP.source)


def _player(token: Token) -> Token:
    is_lost = token.get("src") is None
    return GAP if is_lost else start("iframe", token.attributes | _PLAYER)


def _picture(token: Token) -> Token:
    return token if token.get("src") else GAP


def _checkbox(token: Token) -> Token:
    if not token.get("type"):
        return GAP
    checked = {"checked": ""} if "checked" in token.attributes else {}
    return start("input", {"type": "checkbox", "disabled": "", **checked})


def _aligned(token: Token) -> Token:
    attributes = token.attributes
    alignment = attributes.pop("style", "").strip("; ").removeprefix("text-align:")
    return start(token.name, {"align": alignment} | attributes) if alignment else token


_FINISH = {"iframe": _player, "img": _picture, "input": _checkbox}
_EMBEDDED = StartTags(*_FINISH)
_STYLED = StartTags(having=' style="')


# A checkbox is what a task begins with, after white space and `<p>`.
_SPACE = rf"(?:\s|{GAP.source})*+"
_TASK = re.compile(rf"<li(?=[ >])[^<>]*>(?={_SPACE}(?:<p(?=[ >])[^<>]*>{_SPACE})?+<input)")


def mark_tasks(markup: str) -> str:
    """Give a list item that begins with a checkbox the class that says so."""
    return _TASK.sub(_marked, markup) if "<input" in markup else markup


def _marked(item: re.Match[str]) -> str:
    return start("li", Token(item[0], name="li").attributes | {"class": "task-list-item"}).source
