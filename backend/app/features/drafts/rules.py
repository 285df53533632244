"""What a working copy holds, and when it may be published: decisions without I/O."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

State = Mapping[str, Any]


def digest(value: object) -> str:
    """Return what stands for a value of an article's state, however long that is."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def merged(copy: State, given: State, article: State) -> dict[str, Any]:
    """Return the copy's changes with the given ones, without what the article has already."""
    changes = {**copy, **given}
    return {name: value for name, value in changes.items() if article[name] != value}


def seen(known: Mapping[str, str], given: State, changes: State, article: State) -> dict[str, str]:
    """Return what the article had in each changed field when it was last saved in the copy."""
    return {
        name: known[name] if name in known and name not in given else digest(article[name])
        for name in changes
    }


def conflicts(known: Mapping[str, str], changes: State, article: State) -> list[str]:
    """Return the fields that the article and its copy have changed since, each in its own way."""
    return [
        name
        for name, value in known.items()
        if digest(article[name]) != value and article[name] != changes[name]
    ]
