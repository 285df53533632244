"""The operations of the OpenAPI document, each with a request that works: its own examples."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from urllib.parse import quote, urlencode

from fastapi import FastAPI
from starlette.types import ASGIApp

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request exactly as it stands on the wire, which no decent client library would send."""

    method: str
    path: bytes
    query: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""

    def with_header(self, name: str, value: bytes) -> "Ask":
        """Return the same request with one header more."""
        return replace(self, headers=(*self.headers, (name.encode(), value)))


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, as the document describes it."""

    id: str
    method: str
    template: str
    path_values: Mapping[str, str]
    queries: tuple[str, ...]
    query: Mapping[str, str]
    headers: tuple[str, ...]
    media_type: str | None
    fields: tuple[str, ...]
    example: Mapping[str, Any]

    def ask(self) -> Ask:
        """Return the request that the document's examples make."""
        if self.media_type is None:
            return Ask(self.method, self.path(), urlencode(self.query).encode())
        encoded = urlencode(self.example) if self.media_type == FORM else json.dumps(self.example)
        return self.with_body(encoded.encode())

    def with_body(self, body: bytes, media_type: bytes | None = None) -> Ask:
        """Return the request with another body."""
        content_type = media_type or (self.media_type or JSON).encode()
        return Ask(self.method, self.path(), b"", ((b"content-type", content_type),), body)

    def path(self, **raw: str) -> bytes:
        """Return the path, with raw (already percent-encoded) values instead of examples."""
        examples = {name: quote(value, safe="") for name, value in self.path_values.items()}
        return self.template.format(**examples | raw).encode()


def operations(
    app: ASGIApp,
    paths: Mapping[str, Mapping[str, str]],
    fields: Mapping[str, Mapping[str, Any]],
) -> list[Operation]:
    """Read all operations; what `paths` and `fields` say of one wins over its examples."""
    document = cast("FastAPI", app).openapi()
    return [
        _operation(document, template, method, paths, fields)
        for template, methods in document["paths"].items()
        for method in METHODS
        if method in methods
    ]


def _operation(
    document: Mapping[str, Any],
    template: str,
    method: str,
    paths: Mapping[str, Mapping[str, str]],
    fields: Mapping[str, Mapping[str, Any]],
) -> Operation:
    described = document["paths"][template][method]
    name = described["operationId"]
    media_type, schema = _body(document, described)
    return Operation(
        id=name,
        method=method.upper(),
        template=template,
        path_values={**dict(_examples(described, "path")), **paths.get(name, {})},
        queries=_names(described, "query"),
        query=dict(_examples(described, "query")),
        headers=_names(described, "header"),
        media_type=media_type,
        fields=tuple(schema.get("properties", {})),
        example={**schema.get("examples", [{}])[0], **fields.get(name, {})},
    )


def _body(
    document: Mapping[str, Any], described: Mapping[str, Any]
) -> tuple[str | None, Mapping[str, Any]]:
    content = described.get("requestBody", {}).get("content", {})
    for media_type, body in content.items():
        name = body["schema"]["$ref"].rpartition("/")[2]
        return media_type, document["components"]["schemas"][name]
    return None, {}


def _names(described: Mapping[str, Any], place: str) -> tuple[str, ...]:
    parameters = described.get("parameters", [])
    return tuple(parameter["name"] for parameter in parameters if parameter["in"] == place)


def _examples(described: Mapping[str, Any], place: str) -> Iterator[tuple[str, str]]:
    """Yield an example for each parameter that a request must have."""
    for parameter in described.get("parameters", []):
        if parameter["in"] == place and parameter.get("required"):
            yield parameter["name"], str(parameter["schema"]["examples"][0])
