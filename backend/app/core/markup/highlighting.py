"""Colours for code: pygments' short class names below `.highlight`, never a style.

pygments is Python and holds the interpreter's lock, and some of its languages take quadratic time
over hostile code. So only these are known, and only so much code is highlighted.
"""

from collections.abc import Iterator
from html import escape, unescape
from itertools import groupby

from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, _TokenType

from app.core.markup.tokens import Token, start

LONGEST_BLOCK = 4_000
LONGEST_TOTAL = 24_000
MOST_LINES = 300
_COLOURLESS = frozenset({"", "w"})
LANGUAGES = frozenset({
    "awk", "bash", "c", "c++", "clojure", "cmake", "cpp", "csharp", "cs", "c#", "css", "dart",
    "diff", "docker", "dockerfile", "elixir", "elm", "erlang", "go", "golang", "graphql", "groovy",
    "haskell", "hcl", "html", "http", "ini", "java", "javascript", "js", "json", "julia", "kotlin",
    "latex", "less", "lisp", "lua", "make", "makefile", "markdown", "md", "mysql", "nginx", "nim",
    "nix", "ocaml", "perl", "php", "postgres", "postgresql", "powershell", "ps1", "py", "pycon",
    "python", "r", "rb", "rs", "ruby", "rust", "sass", "scala", "scheme", "scss", "sh", "shell",
    "sql", "swift", "terraform", "toml", "ts", "tsx", "typescript", "vim", "xml", "yaml", "zig",
    "zsh",
})  # fmt: skip


def highlight(tokens: list[Token]) -> list[Token]:
    """Return the page with colours for the code blocks of known languages, up to the limits."""
    left = LONGEST_TOTAL
    highlighted = list(tokens)
    for at, language in _blocks(tokens):
        code = unescape(tokens[at].source)
        if len(code) <= min(LONGEST_BLOCK, left) and code.count("\n") <= MOST_LINES:
            left -= len(code)
            highlighted[at - 2] = start("pre", {"class": "highlight"})
            highlighted[at] = Token("".join(_coloured(code, language)))
    return highlighted


def _blocks(tokens: list[Token]) -> Iterator[tuple[int, str]]:
    """Find code blocks without markup inside: where their text is, and in what language."""
    for at in range(2, len(tokens) - 1):
        pre, code, text, end = tokens[at - 2 : at + 2]
        if pre.name == "pre" and code.name == end.name == "code" and not text.name:
            for language in map(_language, code.classes()):
                if language in LANGUAGES:
                    yield at, language
                    break


def _language(name: str) -> str:
    return name.removeprefix("language-").lower() if name.startswith("language-") else ""


def _coloured(code: str, language: str) -> Iterator[str]:
    """Write the code with a span around each run of one kind; its text stays as it is."""
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    kinds = ((_class(kind), words) for _, kind, words in lexer.get_tokens_unprocessed(code))
    for name, run in groupby(kinds, key=lambda pair: pair[0]):
        words = escape("".join(words for _, words in run), quote=False)
        yield f'<span class="{name}">{words}</span>' if name not in _COLOURLESS else words


def _class(kind: _TokenType) -> str:
    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    return STANDARD_TYPES[kind]
