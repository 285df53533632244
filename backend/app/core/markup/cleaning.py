"""Cleaning: nh3 (ammonia) parses as browsers do and keeps what the policy names, nothing else."""

import re
from collections.abc import Callable

import nh3

from app.core.markup.addresses import Hosts, safe_address
from app.core.markup.policy import (
    ALIGNMENTS,
    ANCHOR,
    ATTRIBUTES,
    LINK_SCHEMES,
    LINK_TYPES,
    LONGEST_ANCHOR,
    NUMBER,
    NUMBERS,
    TAGS,
    WEB_SCHEMES,
    WORDS,
    is_class,
)

_ANCHOR_NAME = re.compile(rf"[\w.:-]{{1,{LONGEST_ANCHOR}}}")
_ALIGNMENT = re.compile(r"text-align:\s*(\w+)")
# What XML cannot hold. It comes from character references, because the door refuses it.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Cleaner:
    """Cleans markup by the one policy; safe to share between threads."""

    def __init__(self, hosts: Hosts) -> None:
        """Take the hosts whose videos may stay."""
        self._hosts = hosts
        self._cleaner = nh3.Cleaner(
            tags=TAGS,
            attributes=ATTRIBUTES,
            attribute_filter=self._keep,
            link_rel=None,
            url_schemes=LINK_SCHEMES,
            filter_style_properties={"text-align"},
        )
        self._rules: dict[str, Callable[[str, str], str | None]] = {
            "cite": lambda _, value: safe_address(value, WEB_SCHEMES),
            "class": _classes,
            "href": lambda _, value: safe_address(value, LINK_SCHEMES),
            "id": _anchor,
            "rel": _link_types,
            "src": self._source,
            "style": _alignment,
            "type": _type,
        }

    def clean(self, markup: str) -> str:
        """Return well-formed markup, in which `<` and `>` stand only where a tag begins and ends.

        Styles hold nothing but an alignment.
        """
        return _UNPRINTABLE.sub("", self._cleaner.clean(markup))

    def _keep(self, tag: str, attribute: str, value: str) -> str | None:
        """Return an attribute's value as it may stay, or None."""
        value = _UNPRINTABLE.sub("", value)
        if attribute in NUMBERS:
            return value if NUMBER.fullmatch(value) else None
        if attribute in WORDS:
            return value.lower() if value.lower() in WORDS[attribute] else None
        rule = self._rules.get(attribute)
        return rule(tag, value) if rule else value

    def _source(self, tag: str, value: str) -> str | None:
        address = safe_address(value, WEB_SCHEMES)
        if tag == "iframe" and not (address and self._hosts.shows(address)):
            return None
        return address


def _classes(tag: str, value: str) -> str | None:
    return " ".join(name for name in value.split() if is_class(tag, name)) or None


def _anchor(_: str, value: str) -> str | None:
    name = value.removeprefix(ANCHOR)
    return f"{ANCHOR}{name}" if _ANCHOR_NAME.fullmatch(name) else None


def _link_types(_: str, value: str) -> str | None:
    return " ".join(sorted(LINK_TYPES & set(value.lower().split()))) or None


def _alignment(_: str, value: str) -> str | None:
    alignment = _ALIGNMENT.search(value.lower())
    return f"text-align:{alignment[1]}" if alignment and alignment[1] in ALIGNMENTS else None


def _type(tag: str, value: str) -> str | None:
    allowed = {"checkbox"} if tag == "input" else set("1aAiI")
    return value if value in allowed else None
