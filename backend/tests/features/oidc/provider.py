"""A small OpenID provider, which does everything right unless a test tells it how to be wrong.

It is a process of its own: `python provider.py` prints its port and serves. Each first part of a
path is a realm: a provider with an issuer, a client and habits of its own, which a test sets with
PUT and asks about with GET. Whoever comes to `authorize` is signed in as the realm's person.
"""

import asyncio
import base64
import gzip
import hashlib
import hmac
import json
import secrets
import socket
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote_plus, urlencode

import uvicorn
from joserfc.jwk import ECKey, KeyParameters, RSAKey
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

ALGORITHMS = ["RS256", "PS256", "ES256"]
FOR_EVER = 3600
HUGE = 8 * 1024 * 1024


@cache
def key(name: str) -> RSAKey | ECKey:
    """Return the key of this name; making one is slow, so all realms share it."""
    parameters: KeyParameters = {"kid": name, "use": "sig"}
    if name.startswith("EC"):
        return ECKey.generate_key("P-256", parameters)
    return RSAKey.generate_key(1024 if name == "short" else 2048, parameters)


@dataclass
class Realm:
    """A provider. What begins with `id_token` changes what it says; the rest, how it behaves."""

    issuer: str
    now: int = 0
    client_id: str = "galley"
    client_secret: str = "a secret/with+signs"
    redirect_uri: str = ""
    person: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    denied: bool = False
    id_token: dict[str, Any] = field(default_factory=dict)
    id_token_header: dict[str, Any] = field(default_factory=dict)
    id_token_alg: str = "RS256"
    signed_by: str = "first"
    published: list[str] = field(default_factory=lambda: ["first", "EC"])
    trouble: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)


REALMS: dict[str, Realm] = {}


def _realm(request: Request, asked: str) -> Realm:
    realm = REALMS[request.path_params["realm"]]
    realm.asked.append(asked)
    return realm


async def _trouble(realm: Realm, place: str) -> Response | None:
    """Return the wrong answer that a test wishes for here."""
    wish = realm.trouble.get(place)
    if wish == "slow":
        await asyncio.sleep(FOR_EVER)
    wrong = {
        "crash": PlainTextResponse("Oh no", 500),
        "huge": PlainTextResponse("{" + " " * HUGE + "}"),
        "packed": Response(gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"}),
        "garbage": PlainTextResponse("[" * 100_000),
        "list": JSONResponse([1]),
        "redirect": RedirectResponse(f"{realm.issuer}/elsewhere"),
        "gone": JSONResponse({"error": "not_found"}, 404),
    }
    return wrong[wish] if wish else None


async def control(request: Request) -> Response:
    """PUT: change the realm, and make it first if need be. GET: say what it has been asked."""
    name = request.path_params["realm"]
    realm = REALMS.setdefault(name, Realm(f"{request.base_url}{name}"))
    if request.method == "PUT":
        for habit, value in (await request.json()).items():
            setattr(realm, habit, value)
    return JSONResponse({"asked": realm.asked, "issuer": realm.issuer})


async def discovery(request: Request) -> Response:
    """OpenID Connect Discovery 1.0, section 4."""
    realm = _realm(request, "discovery")
    document = {
        "issuer": realm.issuer,
        "authorization_endpoint": f"{realm.issuer}/authorize",
        "token_endpoint": f"{realm.issuer}/token",
        "jwks_uri": f"{realm.issuer}/jwks",
        "userinfo_endpoint": f"{realm.issuer}/userinfo",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [*ALGORITHMS, "HS256", "none"],
        "code_challenge_methods_supported": ["S256"],
    }
    return await _trouble(realm, "discovery") or JSONResponse(document | realm.metadata)


async def authorize(request: Request) -> Response:
    """OpenID Connect Core 1.0, section 3.1.2: sign the realm's person in, and send them back."""
    realm, asked = _realm(request, "authorize"), dict(request.query_params)
    wanted = {
        "response_type": "code",
        "client_id": realm.client_id,
        "redirect_uri": realm.redirect_uri,
        "code_challenge_method": "S256",
        "scope": "openid email profile",
    }
    if any(asked.get(name) != value for name, value in wanted.items()):
        return JSONResponse({"error": "invalid_request", "asked": asked}, 400)
    answer = {"state": asked["state"], "iss": realm.issuer}
    if realm.denied:
        answer["error"] = "access_denied"
    else:
        answer["code"] = secrets.token_urlsafe(16)
        realm.codes[answer["code"]] = asked
    return RedirectResponse(f"{realm.redirect_uri}?{urlencode(answer)}")


async def token(request: Request) -> Response:
    """RFC 6749, 4.1.3, with PKCE (RFC 7636, 4.6): a code is good for once."""
    realm, form = _realm(request, "token"), dict(await request.form())
    if trouble := await _trouble(realm, "token"):
        return trouble
    if _credentials(request, form) != (realm.client_id, realm.client_secret):
        return JSONResponse({"error": "invalid_client"}, 401)
    asked = realm.codes.pop(str(form.get("code")), {})
    digest = hashlib.sha256(str(form.get("code_verifier")).encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    same_way = form.get("redirect_uri") == asked.get("redirect_uri")
    if challenge != asked.get("code_challenge") or not same_way:
        return JSONResponse({"error": "invalid_grant"}, 400)
    access_token = secrets.token_urlsafe(16)
    realm.tokens.add(access_token)
    id_token = _id_token(realm, asked["nonce"], access_token)
    return JSONResponse(
        {"access_token": access_token, "token_type": "Bearer", "id_token": id_token}
    )


def _credentials(request: Request, form: dict[str, Any]) -> tuple[object, object]:
    """Return who asks (RFC 6749, 2.3.1): each half of the header is form-encoded."""
    scheme, _, packed = request.headers.get("authorization", "").partition(" ")
    if scheme != "Basic":
        return form.get("client_id"), form.get("client_secret", "")
    client_id, _, secret = base64.b64decode(packed).decode().partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


def _id_token(realm: Realm, nonce: str, access_token: str) -> str:
    """OpenID Connect Core 1.0, section 2. A claim that a test sets to null is left out."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    claims = {
        "iss": realm.issuer,
        "aud": realm.client_id,
        "iat": realm.now,
        "exp": realm.now + 300,
        "nonce": nonce,
        "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
        **realm.person,
        **realm.id_token,
    }
    said = {name: value for name, value in claims.items() if value is not None}
    header = {"alg": realm.id_token_alg, "kid": realm.signed_by, **realm.id_token_header}
    if header["kid"] is None:
        del header["kid"]
    parts = (json.dumps(part).encode() for part in (header, said))
    signing_input = b".".join(map(_packed, parts))
    return b".".join((signing_input, _packed(_signature(realm, signing_input)))).decode()


def _packed(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def _signature(realm: Realm, signing_input: bytes) -> bytes:
    """Sign what no library would: without a key, or with one that is no secret."""
    match realm.id_token_alg:
        case "none":
            return b""
        case "HS256":
            public = key("first").as_pem(private=False)
            secret = public if realm.signed_by == "public" else realm.client_secret.encode()
            return hmac.digest(secret, signing_input, "sha256")
        case name:
            return JWSRegistry.algorithms[name].sign(signing_input, key(realm.signed_by))


async def jwks(request: Request) -> Response:
    """RFC 7517. Among the keys are some that are none, or not for this."""
    realm = _realm(request, "jwks")
    keys: list[Any] = [each.as_dict(private=False) for each in map(key, realm.published)]
    strange = [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
        {"kty": "AKP", "kid": "of tomorrow"},
        {"kty": "RSA", "kid": "first", "n": "%%%"},
        "no key at all",
    ]
    return await _trouble(realm, "jwks") or JSONResponse({"keys": [*strange, *keys]})


async def userinfo(request: Request) -> Response:
    """OpenID Connect Core 1.0, section 5.3."""
    realm = _realm(request, "userinfo")
    if request.headers.get("authorization", "").removeprefix("Bearer ") not in realm.tokens:
        return JSONResponse({"error": "invalid_token"}, 401)
    return await _trouble(realm, "userinfo") or JSONResponse(realm.userinfo or realm.person)


app = Starlette(
    routes=[
        Route("/{realm}", control, methods=["GET", "PUT"]),
        Route("/{realm}/.well-known/openid-configuration", discovery),
        Route("/{realm}/authorize", authorize),
        Route("/{realm}/token", token, methods=["POST"]),
        Route("/{realm}/jwks", jwks),
        Route("/{realm}/userinfo", userinfo),
    ]
)


def main() -> None:
    """Serve on a port that is free, and say which."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)  # noqa: T201 - this is how the tests hear of it
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()
