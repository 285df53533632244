"""Colours for code: pygments' short class names below `.highlight`, never a style.

pygments is Python and holds the interpreter's lock, and some of its languages take quadratic time
over hostile code. So only these are known, and only so much code is highlighted.
"""

import re
from collections.abc import Iterator
from functools import cache
from html import escape, unescape
from itertools import groupby

from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class_by_name
from pygments.token import STANDARD_TYPES, _TokenType

from app.core.markup.tokens import GAPS, Token

LONGEST_BLOCK = 4_000
LONGEST_TOTAL = 24_000
MOST_LINES = 300
_COLOURLESS = frozenset({"", "w"})
# Code without markup inside.
_BLOCK = re.compile(
    rf"<pre(?=[ >])[^<>]*>{GAPS}(<code(?=[ >])[^<>]*>){GAPS}([^<]+)(?={GAPS}</?code[ >])"
)
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


def highlight(markup: str) -> str:
    """Return the page with colours for the code blocks of known languages, up to the limits."""
    left = LONGEST_TOTAL

    def coloured(block: re.Match[str]) -> str:
        nonlocal left
        language, code = _language(Token(block[1], name="code")), unescape(block[2])
        if not language or len(code) > min(LONGEST_BLOCK, left) or code.count("\n") > MOST_LINES:
            return block[0]
        left -= len(code)
        return "".join(['<pre class="highlight">', block[1], *_coloured(code, language)])

    return _BLOCK.sub(coloured, markup)


def _language(code: Token) -> str | None:
    """Return the first known language that the classes of an element say its text is in."""
    prefix = "language-"
    names = [name.removeprefix(prefix) for name in code.classes() if name.startswith(prefix)]
    return next((name.lower() for name in names if name.lower() in LANGUAGES), None)


def _coloured(code: str, language: str) -> Iterator[str]:
    """Write the code with a span around each run of one kind; its text stays as it is."""
    lexer = _lexer(language)(stripnl=False, ensurenl=False)
    kinds = ((_class(kind), words) for _, kind, words in lexer.get_tokens_unprocessed(code))
    for name, run in groupby(kinds, key=lambda pair: pair[0]):
        words = escape("".join(words for _, words in run), quote=False)
        yield f'<span class="{name}">{words}</span>' if name not in _COLOURLESS else words


@cache
def _lexer(language: str) -> type[Lexer]:
    return find_lexer_class_by_name(language)


def _class(kind: _TokenType) -> str:
    while kind not in STANDARD_TYPES and kind.parent is not None:
        kind = kind.parent
    return STANDARD_TYPES[kind]
