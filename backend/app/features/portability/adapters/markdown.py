"""A folder of Markdown files, as Jekyll, Hugo and Astro keep them.

Nothing in the files is trusted: links are not followed, sizes are bounded, and the front matter is
read by loaders that make nothing but plain data, however it is nested or repeated.
"""

import hashlib
import json
import os
import re
import stat
import tomllib
import unicodedata
from collections.abc import Hashable, Iterator
from datetime import date, time
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any, ClassVar

import frontmatter
import yaml
from frontmatter.default_handlers import BaseHandler
from typing_extensions import override

from app.features.portability.errors import CannotImport
from app.features.portability.schemas import Document

ENDINGS = (".md", ".markdown", ".mdx")
DRAFT_FOLDERS = {"_drafts", "drafts"}
LARGEST_FILE = 5_000_000
# In UTF-8; PostgreSQL's index of paths takes 2,700 bytes, and not more.
LONGEST_PATH = 2_000
LONGEST_FRONT_MATTER = 50_000
MOST_VALUES = 10_000
DEEPEST = 50
LARGEST_NUMBER = 2**63 - 1
WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})", re.ASCII)
YAML_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


class MarkdownFolder:
    """The Markdown files below a folder."""

    def __init__(self, root: Path) -> None:
        """Take the folder."""
        self._root = root

    def paths(self) -> list[str]:
        """Return the files below the folder, by name; what is hidden is left out."""
        return sorted(self._walk())

    def has(self, source: str) -> bool:
        """Say whether there is a file from which a document of this path can come."""
        return source in self._sources

    def read(self, path: str) -> Document:
        """Read one of them; raise CannotImport."""
        name, _, _ = path.rpartition(".")
        folder, _, stem = name.rpartition("/")
        if stem == "_index":
            raise CannotImport("describes a list of pages, and is no article")
        source = _source(path)
        try:
            if len(source.encode()) > LONGEST_PATH:
                raise CannotImport(f"has a path of more than {LONGEST_PATH:,} bytes")
            raw = _content(self._root / path)
            text = raw.decode("utf-8-sig")
            name = folder.rpartition("/")[2] if stem == "index" and folder else stem
            digest = hashlib.sha256(name.encode() + b"\0" + raw).hexdigest()
        except UnicodeError:
            raise CannotImport("is not written in UTF-8") from None
        front_matter, body = split(text.replace("\r\n", "\n").replace("\r", "\n"))
        in_drafts = not DRAFT_FOLDERS.isdisjoint(folder.split("/"))
        return Document(source, name, in_drafts, front_matter, body, digest)

    @cached_property
    def _sources(self) -> frozenset[str]:
        return frozenset(_source(path) for path in self._walk())

    def _walk(self) -> Iterator[str]:
        for folder, folders, files in os.walk(self._root):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in files:
                if name.lower().endswith(ENDINGS) and not name.startswith("."):
                    yield Path(folder, name).relative_to(self._root).as_posix()


def _source(path: str) -> str:
    """Return what a path is remembered as: one system composes its letters, another does not."""
    return unicodedata.normalize("NFC", path)


def _content(path: Path) -> bytes:
    """Read a regular file, neither a link (it may lead anywhere) nor a pipe (it may never end)."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise CannotImport("is a link or a device, which is not followed")
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise CannotImport(f"cannot be read: {error.strerror}") from None
    if len(content) > LARGEST_FILE:
        raise CannotImport(f"is larger than {LARGEST_FILE:,} bytes")
    return content


def split(text: str) -> tuple[dict[str, Any], str]:
    """Return the front matter and what follows it; raise CannotImport when it makes no sense.

    A file that starts like front matter which never ends is refused: published as it is, it would
    show what was meant to be hidden. Between two rules (`---`) there may also be text.
    """
    handler = frontmatter.detect_format(text, HANDLERS)
    if handler is None:
        return {}, text
    try:
        written, body = handler.split(text)
        if len(written) > LONGEST_FRONT_MATTER:
            raise CannotImport(f"front matter: longer than {LONGEST_FRONT_MATTER:,} characters")
        loaded: object = handler.load(written)
    except (ValueError, OverflowError, RecursionError, yaml.YAMLError) as error:
        raise CannotImport(f"front matter: {_reason(error)}") from None
    if isinstance(loaded, dict):
        return Plain().mapping(loaded), body
    return {}, text if loaded else body


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    if isinstance(error, yaml.MarkedYAMLError):
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        return f"{error.problem or error.context or 'is no YAML'}{line}"
    return str(error).partition("\n")[0]


class Plain:
    """Makes loaded data fit for JSON in PostgreSQL, and refuses what explodes when written out."""

    def __init__(self) -> None:
        """Begin to count."""
        self._room = MOST_VALUES

    def mapping(self, loaded: dict[Any, Any], depth: int = 0) -> dict[str, Any]:
        """Return a mapping with keys of text and plain values."""
        items = [
            (self.text(str(key)), self.value(value, depth + 1)) for key, value in loaded.items()
        ]
        return dict(items)

    def value(self, loaded: object, depth: int = 0) -> Any:  # noqa: ANN401 - JSON may be anything
        """Return a plain value; dates become text, as ISO 8601 writes them."""
        self._room -= 1
        if depth > DEEPEST or self._room < 0:
            raise CannotImport("front matter: holds or repeats too many values")
        if isinstance(loaded, dict):
            return self.mapping(loaded, depth)
        if isinstance(loaded, list):
            return [self.value(item, depth + 1) for item in loaded]
        if isinstance(loaded, date | time):
            return loaded.isoformat()
        return self._scalar(loaded)

    def _scalar(self, loaded: object) -> Any:  # noqa: ANN401 - JSON may be anything
        if loaded is None or isinstance(loaded, bool):
            return loaded
        if isinstance(loaded, int):
            return loaded if abs(loaded) <= LARGEST_NUMBER else hex(loaded)
        if isinstance(loaded, float) and isfinite(loaded):
            return loaded
        return self.text(str(loaded))

    @staticmethod
    def text(loaded: str) -> str:
        """Return text without what PostgreSQL cannot keep: NUL and lone surrogates."""
        return loaded.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


class _YamlLoader(yaml.SafeLoader):
    """Takes scalars as the text that they are, besides `true`, `false`, `null` and whole numbers.

    YAML 1.1 would make 1.10 out of a version 1.1, 690 out of 11:30, and an error out of 0000-00-00.
    Tags (`!ruby/object`) mean nothing here.
    """

    yaml_implicit_resolvers = {}  # noqa: RUF012 - as the library declares it
    yaml_constructors = {}  # noqa: RUF012 - as the library declares it

    @override
    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        super().flatten_mapping(node)
        if len(node.value) > MOST_VALUES:
            raise CannotImport("front matter: holds or repeats too many values")

    def construct_plain(self, node: yaml.Node) -> Any:  # noqa: ANN401 - YAML may be anything
        """Return what a node of whatever tag holds."""
        if isinstance(node, yaml.MappingNode):
            return self.construct_yaml_map(node)
        if isinstance(node, yaml.SequenceNode):
            return self.construct_yaml_seq(node)
        return _yaml_scalar(str(node.value), is_quoted=getattr(node, "style", None) is not None)


_YamlLoader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])
_YamlLoader.add_constructor(None, _YamlLoader.construct_plain)


def _yaml_scalar(text: str, *, is_quoted: bool) -> Hashable:
    if is_quoted:
        return text
    if text.lower() in YAML_WORDS:
        return YAML_WORDS[text.lower()]
    return int(text) if WHOLE_NUMBER.fullmatch(text) else text


class _Fenced(BaseHandler):
    """Front matter between two lines that stand for nothing else."""

    BOUNDARY: ClassVar[re.Pattern[str]]

    @override
    def split(self, text: str) -> tuple[str, str]:
        _, *parts = self.BOUNDARY.split(text, 2)
        if len(parts) == 1:
            raise CannotImport("front matter: begins and never ends")
        return parts[0], parts[1]


class _Yaml(_Fenced):
    BOUNDARY = FM_BOUNDARY = re.compile(r"(?:\A---|(?<=\n)(?:---|\.\.\.))[ \t]*$", re.MULTILINE)

    @override
    def load(self, fm: str) -> Any:
        return yaml.load(fm, _YamlLoader)  # noqa: S506 - it is a safe loader, made safer


class _Toml(_Fenced):
    BOUNDARY = FM_BOUNDARY = re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE)

    @override
    def load(self, fm: str) -> Any:
        return tomllib.loads(fm)


class _Json(BaseHandler):
    """Hugo's third way: an object, and the text begins after its last brace."""

    FM_BOUNDARY = re.compile(r"\{\s*[\"}]")

    @override
    def split(self, text: str) -> tuple[str, str]:
        _, end = json.JSONDecoder().raw_decode(text)
        return text[:end], text[end:]

    @override
    def load(self, fm: str) -> Any:
        return json.loads(fm)


HANDLERS = (_Yaml(), _Toml(), _Json())
