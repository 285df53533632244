"""An OpenID provider, over the network. The only home of authlib, its joserfc, and httpx.

What a provider says of itself (OpenID Connect Discovery 1.0) and its keys (RFC 7517) are kept for
an hour; an unknown key has them fetched again, but not over and over. Whatever is asked of it ends
after five seconds and 256 KiB, follows no redirects and goes over TLS: plain HTTP only reaches
a provider whose issuer is on this very machine.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus, urlsplit

import httpx
import structlog
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey, import_key
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, ValidationError

from app.features.oidc.errors import BadAnswer, ProviderRefused, ProviderUnavailable
from app.features.oidc.schemas import Answer, Trip

log = structlog.stdlib.get_logger("galley.oidc")

SECONDS = 5.0
LARGEST = 256 * 1024
LEEWAY = 60
KEPT = timedelta(hours=1)
KEYS_KEPT_AT_LEAST = timedelta(seconds=30)
PAUSE = timedelta(seconds=5)
MOST_KEYS = 50
FEWEST_RSA_BITS = 2048
SCOPE = "openid email profile"
THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})

# Signatures by a key that only the provider has: neither `none` nor those by a shared secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")


class Discovery(BaseModel):
    """What a provider says of itself, as far as we need it."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    id_token_signing_alg_values_supported: list[str] = ["RS256"]
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]
    code_challenge_methods_supported: list[str] = ["S256"]
    authorization_response_iss_parameter_supported: bool = False

    @property
    def algorithms(self) -> list[str]:
        """The ways it signs that we believe."""
        return [name for name in ALGORITHMS if name in self.id_token_signing_alg_values_supported]

    @property
    def addresses(self) -> list[str]:
        """Where we, or browsers, go."""
        ours = [self.authorization_endpoint, self.token_endpoint, self.jwks_uri]
        return [*ours, self.userinfo_endpoint] if self.userinfo_endpoint else ours


@dataclass(frozen=True, slots=True)
class Client:
    """How the provider knows us."""

    id: str
    secret: str = field(repr=False)
    redirect_uri: str


class OpenIdProvider:
    """One provider, as one client of it sees it, with what it has said of itself lately."""

    def __init__(self, issuer: str, client: Client) -> None:
        """Take the issuer exactly as the provider writes it; nothing is asked yet."""
        self._issuer = issuer
        self._client = client
        self._discovered: tuple[Discovery, datetime] | None = None
        self._keys: tuple[KeySet, datetime] | None = None
        self._failed_at: datetime | None = None

    @property
    def issuer(self) -> str:
        """What the provider calls itself."""
        return self._issuer

    async def departure(self, trip: Trip, *, at: datetime) -> str:
        """Return the address to send a browser to, with PKCE (RFC 7636) by SHA-256."""
        async with _time_limit():
            discovery = await self._discovery(at)
        address: str = prepare_grant_uri(
            discovery.authorization_endpoint,
            self._client.id,
            "code",
            self._client.redirect_uri,
            SCOPE,
            trip.state,
            nonce=trip.nonce,
            code_challenge=create_s256_code_challenge(trip.code_verifier),
            code_challenge_method="S256",
        )
        return address

    async def claims(self, answer: Answer, trip: Trip, *, at: datetime) -> Mapping[str, Any]:
        """Exchange a code, and return what the ID token says once every part of it fits."""
        if answer.error is not None or answer.code is None:
            raise ProviderRefused
        async with _time_limit():
            discovery = await self._discovery(at)
            self._check_issuer(answer.issuer, discovery)
            tokens = await self._exchange(discovery, answer.code, trip)
            id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
            if not isinstance(id_token, str) or not isinstance(access_token, str):
                raise _unbelievable("no tokens")
            token = await self._verified(discovery, id_token, at)
            claims = self._checked(token, trip.nonce, access_token, at)
            if "email" in claims or discovery.userinfo_endpoint is None:
                return claims
            return await self._with_userinfo(claims, discovery.userinfo_endpoint, access_token)

    def _check_issuer(self, issuer: str | None, discovery: Discovery) -> None:
        """Raise BadAnswer when an answer is, by its own words, another provider's (RFC 9207)."""
        is_named = issuer is not None or discovery.authorization_response_iss_parameter_supported
        if is_named and issuer != self._issuer:
            raise _unbelievable("another provider's answer")

    async def _exchange(self, discovery: Discovery, code: str, trip: Trip) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._client.redirect_uri,
            "code_verifier": trip.code_verifier,
        }
        own_form, auth = self._credentials(discovery)
        status, answer = await self._ask(
            "POST", discovery.token_endpoint, data=form | own_form, auth=auth
        )
        if status == HTTPStatus.OK:
            return answer
        if status == HTTPStatus.BAD_REQUEST and answer.get("error") == "invalid_grant":
            raise ProviderRefused
        raise _unusable("the code was not exchanged", discovery.token_endpoint, status)

    def _credentials(self, discovery: Discovery) -> tuple[dict[str, str], httpx.Auth | None]:
        """Return who we are, for the form or for the header (RFC 6749, 2.3.1)."""
        client, methods = self._client, discovery.token_endpoint_auth_methods_supported
        if not client.secret:
            return {"client_id": client.id}, None
        if "client_secret_basic" in methods:
            return {}, httpx.BasicAuth(quote_plus(client.id), quote_plus(client.secret))
        return {"client_id": client.id, "client_secret": client.secret}, None

    async def _verified(self, discovery: Discovery, id_token: str, at: datetime) -> jwt.Token:
        """Return the token once its signature is good (OpenID Connect Core 1.0, 3.1.3.7)."""
        for kept in (KEPT, KEYS_KEPT_AT_LEAST):
            keys = await self._key_set(discovery, kept, at)
            token = _decoded(id_token, keys, discovery.algorithms)
            if token is not None:
                return token
        raise _unbelievable("no such key")

    def _checked(
        self, token: jwt.Token, nonce: str, access_token: str, at: datetime
    ) -> dict[str, Any]:
        """Return the claims once they are about this visit, by this provider, for us, and now."""
        options = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": self._client.id},
        }
        visit = {"nonce": nonce, "client_id": self._client.id, "access_token": access_token}
        try:
            claims = CodeIDToken(token.claims, token.header, options, visit)
            claims.validate(now=int(at.timestamp()), leeway=LEEWAY)
        except Exception as error:  # noqa: BLE001 - claims of other types raise whatever they like
            raise _unbelievable(type(error).__name__, getattr(error, "claim", None)) from None
        return dict(claims)

    async def _with_userinfo(
        self, claims: dict[str, Any], address: str, access_token: str
    ) -> dict[str, Any]:
        """Add what only the userinfo endpoint says (5.3.2: if it speaks of the same person)."""
        bearer = {"Authorization": f"Bearer {access_token}"}
        status, info = await self._ask("GET", address, headers=bearer)
        if status != HTTPStatus.OK:
            raise _unusable("no userinfo", address, status)
        if info.get("sub") != claims["sub"]:
            raise _unbelievable("userinfo about somebody else")
        return {**info, **claims}

    async def _discovery(self, at: datetime) -> Discovery:
        """Return what the provider says of itself; after a failure, nobody asks for a moment."""
        if self._discovered and at < self._discovered[1] + KEPT:
            return self._discovered[0]
        if self._failed_at and at < self._failed_at + PAUSE:
            raise ProviderUnavailable(retry_after=int(PAUSE.total_seconds()))
        try:
            self._discovered = await self._discover(), at
        except BaseException:  # The time limit ends it as a cancellation.
            self._failed_at = at
            raise
        return self._discovered[0]

    async def _discover(self) -> Discovery:
        address = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
        status, document = await self._ask("GET", address)
        if status != HTTPStatus.OK:
            raise _unusable("no discovery", address, status)
        try:
            discovery = Discovery.model_validate(document)
        except ValidationError:
            raise _unusable("the discovery lacks something", address) from None
        if discovery.issuer != self._issuer:
            raise _unusable("it calls itself something else", address)
        if not discovery.algorithms or "S256" not in discovery.code_challenge_methods_supported:
            raise _unusable("it can do nothing that we believe", address)
        for each in discovery.addresses:
            self._check_address(each)
        return discovery

    async def _key_set(self, discovery: Discovery, kept: timedelta, at: datetime) -> KeySet:
        """Return the provider's keys, fetched again when they are older than `kept`."""
        if self._keys and at < self._keys[1] + kept:
            return self._keys[0]
        status, document = await self._ask("GET", discovery.jwks_uri)
        listed = document.get("keys")
        if status != HTTPStatus.OK or not isinstance(listed, list):
            raise _unusable("no keys", discovery.jwks_uri, status)
        keys = [key for each in listed[:MOST_KEYS] if (key := _public_key(each)) is not None]
        self._keys = KeySet(keys), at
        return self._keys[0]

    def _check_address(self, address: str) -> None:
        """Raise ProviderUnavailable for plain HTTP, unless all of it stays on this machine."""
        with suppress(ValueError):
            parts, issuer = urlsplit(address), urlsplit(self._issuer)
            if parts.scheme == "https" and parts.hostname:
                return
            hosts = {parts.hostname, issuer.hostname}
            if parts.scheme == issuer.scheme == "http" and hosts <= THIS_MACHINE:
                return
        raise _unusable("neither HTTPS nor a provider on this machine", address)

    async def _ask(
        self,
        method: str,
        address: str,
        **request: Any,  # noqa: ANN401 - as httpx takes them
    ) -> tuple[int, dict[str, Any]]:
        """Return the status and the JSON object of an answer; raise ProviderUnavailable."""
        self._check_address(address)
        try:
            async with (
                httpx.AsyncClient(
                    verify=_trust(), trust_env=False, timeout=SECONDS, headers=_HEADERS
                ) as client,
                client.stream(method, address, **request) as response,
            ):
                body = bytearray()
                async for part in response.aiter_raw():
                    body += part
                    if len(body) > LARGEST:
                        raise _unusable("its answer is too long", address)
                status = response.status_code
            document = json.loads(body)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
            raise _unusable(type(error).__name__, address) from None
        if not isinstance(document, dict):
            raise _unusable("its answer is no JSON object", address, status)
        return status, document


# Answers are counted as they come: one that is packed could hold a thousand times as much.
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity"}


@cache
def _trust() -> ssl.SSLContext:
    """Return whom TLS trusts; making it takes longer than a request."""
    return httpx.create_ssl_context()


@asynccontextmanager
async def _time_limit() -> AsyncIterator[None]:
    """End all that one visit asks of the provider after some seconds."""
    try:
        async with asyncio.timeout(SECONDS):
            yield
    except TimeoutError:
        log.warning("provider unusable", reason="it takes too long")
        raise ProviderUnavailable from None


def _unusable(reason: str, address: str, status: int | None = None) -> ProviderUnavailable:
    """Return the error, with a line in the log for whoever runs the site."""
    log.warning("provider unusable", reason=reason, address=address[:200], status=status)
    return ProviderUnavailable()


def _unbelievable(reason: str, claim: str | None = None) -> BadAnswer:
    """Return the error, with a line in the log that holds nothing of the answer itself."""
    log.warning("provider's answer refused", reason=reason, claim=claim)
    return BadAnswer()


def _decoded(id_token: str, keys: KeySet, algorithms: list[str]) -> jwt.Token | None:
    """Return what one of these keys has signed, None for an unknown key; raise BadAnswer."""
    registry = JWSRegistry(algorithms=algorithms, strict_check_header=False)
    try:
        return jwt.decode(id_token, keys, registry=registry)
    except InvalidKeyIdError:
        return None
    except Exception as error:  # noqa: BLE001 - RecursionError, TypeError and more come through
        raise _unbelievable(type(error).__name__) from None


def _public_key(document: Any) -> Key | None:  # noqa: ANN401 - the provider may list anything
    """Return a key that can check signatures, or None for any other, which is not our affair."""
    try:
        key = import_key(document)
    except Exception:  # noqa: BLE001 - keys of other types and of no sense at all are passed over
        return None
    is_short = isinstance(key, RSAKey) and key.public_key.key_size < FEWEST_RSA_BITS
    return key if isinstance(key, RSAKey | ECKey) and not is_short else None
