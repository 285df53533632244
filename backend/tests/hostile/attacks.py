"""Puts the corpus into every parameter, header and field of one operation."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from urllib.parse import quote_plus

from tests.hostile import corpus
from tests.hostile.document import FORM, JSON, Ask, Operation

SECRET = "a-Secret-that-nobody-repeats"


@dataclass(frozen=True, slots=True)
class Volley:
    """One bad value for each of many fields; `ask_with` makes a request of some of them."""

    values: Mapping[str, str]
    ask_with: Callable[[Mapping[str, str]], Ask]

    def at_once(self) -> Ask:
        """Return the request with all of them: every value that is refused is named in `errors`."""
        return self.ask_with(self.values)

    def one_by_one(self, blamed: Collection[str]) -> Iterator[Ask]:
        """Yield a request for each value that was let in, so that it meets the rules alone."""
        for name in self.values.keys() - blamed:
            yield self.ask_with({name: self.values[name]})


def volleys(operation: Operation) -> Iterator[Volley]:
    """Yield every value for every field of the query and of the body."""

    def with_query(values: Mapping[str, str]) -> Ask:
        return replace(operation.ask(), query=_form({**query_example, **values}))

    def with_json(values: Mapping[str, str]) -> Ask:
        return operation.with_body(_json_object({**json_example, **values}))

    def with_form(values: Mapping[str, str]) -> Ask:
        return operation.with_body(_form({**form_example, **values}))

    query_example = {name: quote_plus(value) for name, value in operation.query.items()}
    json_example = {name: json.dumps(value) for name, value in operation.example.items()}
    form_example = {name: quote_plus(str(value)) for name, value in operation.example.items()}
    query_values = tuple(corpus.query_values())
    yield from _rotated(operation.queries, query_values, with_query)
    if operation.media_type == JSON:
        yield from _rotated(operation.fields, corpus.JSON_VALUES, with_json)
    if operation.media_type == FORM:
        secrets = (f"{SECRET}%00", SECRET * 50)
        yield from _rotated(operation.fields, (*query_values, *secrets), with_form)


def _rotated(
    names: Sequence[str], values: Sequence[str], ask_with: Callable[[Mapping[str, str]], Ask]
) -> Iterator[Volley]:
    """Give each name another value every time, until each has had all of them."""
    for turn in range(len(values) if names else 0):
        chosen = {name: values[(turn + place) % len(values)] for place, name in enumerate(names)}
        yield Volley(chosen, ask_with)


def attacks(operation: Operation, sorts: tuple[str, ...]) -> Iterator[Ask]:
    """Yield everything that cannot be part of a volley."""
    yield from _on_the_path(operation)
    yield from _on_the_query(operation, sorts)
    yield from _on_the_headers(operation)
    yield from _on_the_method(operation)
    if operation.media_type == JSON:
        yield from _on_json_fields(operation)
    if operation.media_type is not None:
        yield from _on_the_body(operation)


def too_large(operation: Operation) -> Ask:
    """Return the operation with a body of 20 MB, which nothing announces."""
    ask = operation.with_body(b'{"title": "' + b"x" * 20 * corpus.MEBIBYTE + b'"}')
    return ask.with_header("transfer-encoding", b"chunked").with_header("content-length", b"")


def _on_the_path(operation: Operation) -> Iterator[Ask]:
    ask = operation.ask()
    for name in operation.path_values:
        for value in corpus.PATH_VALUES:
            yield replace(ask, path=operation.path(**{name: value}))
    for ending in (b"/", b"//", b"%00", b"/..", b"%", b";a=b"):
        yield replace(ask, path=ask.path + ending)


def _on_the_query(operation: Operation, sorts: tuple[str, ...]) -> Iterator[Ask]:
    ask = operation.ask()
    for name in operation.queries:
        yield replace(ask, query=f"{name}=1&{name}=2&{name}[]=3".encode())
    if "cursor" in operation.queries:
        orders = sorts if "sort" in operation.queries else sorts[:1]
        for cursor, sort in zip(corpus.cursors(sorts), cycle(orders), strict=False):
            yield replace(ask, query=f"cursor={cursor}&sort={sort}".encode())
    for query in (b"\xff=\xff", b"%00=%00", b"a=1&" * 2000, b"&&&&", b"=", b"__class__=x"):
        yield replace(ask, query=query)


def _on_the_headers(operation: Operation) -> Iterator[Ask]:
    """Yield every value of every header, one of each header at a time."""
    values = corpus.OTHER_HEADERS | dict.fromkeys(operation.headers, corpus.HEADER_VALUES)
    for turn in range(max(map(len, values.values()))):
        ask = operation.ask()
        for name, choices in values.items():
            ask = ask.with_header(name, choices[turn % len(choices)])
        yield ask
    for name in operation.headers:
        yield operation.ask().with_header(name, b"one").with_header(name, b"two")


def _on_the_method(operation: Operation) -> Iterator[Ask]:
    for method in corpus.METHODS:
        yield replace(operation.ask(), method=method)


def _on_json_fields(operation: Operation) -> Iterator[Ask]:
    """Yield bodies that are broken, or whose keys are."""
    example = {name: json.dumps(value) for name, value in operation.example.items()}
    first, *_ = operation.fields
    for value in corpus.BROKEN_JSON_VALUES:
        yield operation.with_body(_json_object({**example, first: value}))
    for name in operation.fields:
        twice = f'{_json_object(example).decode()[:-1]}, "{name}": 1, "{name}": [{{}}]}}'
        yield operation.with_body(twice.encode())
        for value in _secrets(name):
            yield operation.with_body(_json_object({**example, name: value}))
    for name in (r"\u0000", r"\ud800", "", "x" * 5000, "__init__", "password ", "id", "role"):
        yield operation.with_body(_json_object({**example, name: f'"{SECRET}"'}))


def _secrets(name: str) -> tuple[str, ...]:
    """Return secrets that cannot be taken, for the fields that hold one."""
    if "password" not in name:
        return ()
    return (f'"{SECRET}\\u0000"', f'["{SECRET}"]', f'{{"x": "{SECRET}"}}', f'"{SECRET * 50}"')


def _json_object(fields: Mapping[str, str]) -> bytes:
    return ("{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}").encode()


def _form(fields: Mapping[str, str]) -> bytes:
    return "&".join(map("=".join, fields.items())).encode()


def _on_the_body(operation: Operation) -> Iterator[Ask]:
    good = operation.ask().body
    secret = json.dumps({"password": SECRET}).encode()
    for body in (*corpus.BODIES, secret[:-1], secret + b"x", json.dumps(SECRET).encode()):
        yield operation.with_body(body)
    for media_type in corpus.CONTENT_TYPES:
        yield operation.with_body(good, media_type)
        yield operation.with_body(secret, media_type)
    for body in corpus.MULTIPART:
        yield operation.with_body(body, b"multipart/form-data; boundary=b")
    yield replace(operation.ask(), headers=())
