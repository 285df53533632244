"""Forged and confused tokens: whatever is not the access token of a living session is a 401.

Each forgery is as good as its kind allows: it names an account and a session that are there, and
where it is about anything but the signature, the signature is our own.
"""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.core.sealing import secret_hash
from app.core.services import Services
from app.core.tokens import PreviewClaims, Purpose, TokenSigner, key_id
from app.models import User
from tests.conftest import SignIn
from tests.factories import Factory

ME = "/api/v1/users/me"
ARTICLES = "/api/v1/articles"
HOUR = timedelta(hours=1)
STRANGERS_KEY = "0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0u"

Claims = dict[str, Any]


def _segment(content: object) -> str:
    if not isinstance(content, bytes):
        content = json.dumps(content, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


class Forger:
    """Knows a good token and the key it was signed with, and makes others of them."""

    def __init__(self, user: User, session_id: int, services: Services) -> None:
        self.user = user
        self.services = services
        self.secret = services.settings.secret_key.get_secret_value()
        self.good = services.tokens.issue(user.id, session_id, services.clock()).value
        self.now = int(services.clock().timestamp())
        self.claims: Claims = {
            "sub": str(user.id), "sid": session_id, "iat": self.now, "exp": self.now + 900,
            "jti": "one-of-a-kind", "iss": "galley", "aud": "galley-api", "typ": "access",
        }  # fmt: skip

    def signed(
        self,
        claims: object = None,
        header: object = None,
        secret: str | None = None,
        digest: str = "sha256",
    ) -> str:
        """Return a token; what is not given is as in a good one, byte for byte."""
        head = self.good.split(".")[0] if header is None else _segment(header)
        content = f"{head}.{_segment(self.claims if claims is None else claims)}"
        key = (self.secret if secret is None else secret).encode()
        return f"{content}.{_segment(hmac.new(key, content.encode(), digest).digest())}"

    def saying(self, **claims: object) -> str:
        """Return a token that says something else; `...` leaves a claim out."""
        changed = {**self.claims, **claims}
        return self.signed({name: value for name, value in changed.items() if value is not ...})

    def headed(self, **fields: object) -> str:
        """Return a token that says something else in its header."""
        return self.signed(header={**self.header(), **fields})

    def header(self) -> Claims:
        """Return what a good token's header says, in its order."""
        return {"alg": "HS256", "kid": key_id(self.secret), "typ": "JWT"}

    def parts(self) -> list[str]:
        """Return the three parts of the good token."""
        return self.good.split(".")

    def link(self, purpose: Purpose) -> str:
        """Return the token of a link in a mail."""
        return self.services.tokens.issue_link(purpose, self.user.id, self.services.clock(), HOUR)


def _unsigned(forger: Forger) -> str:
    return f"{_segment({'alg': 'none', 'typ': 'JWT'})}.{_segment(forger.claims)}."


def _unsigned_under_our_header(forger: Forger) -> str:
    head, payload, _ = forger.parts()
    return f"{head}.{payload}."


def _of_a_longer_hash(forger: Forger) -> str:
    header = {**forger.header(), "alg": "HS512"}
    return forger.signed(header=header, digest="sha512")


def _preview(forger: Forger) -> str:
    claims = PreviewClaims(forger.user.id, "8Zr1V0nLw6TkXy2P")
    return forger.services.tokens.issue_preview(claims, forger.services.clock(), HOUR)


def _of_another_site(forger: Forger) -> str:
    elsewhere = TokenSigner(STRANGERS_KEY, HOUR)
    sid = forger.claims["sid"]
    return elsewhere.issue(forger.user.id, sid, forger.services.clock()).value


def _under_our_key_id(forger: Forger) -> str:
    return forger.signed(secret=STRANGERS_KEY)


def _changed_afterwards(forger: Forger) -> str:
    head, _, signature = forger.parts()
    return f"{head}.{_segment({**forger.claims, 'sub': '1'})}.{signature}"


def _with_a_deep_payload(forger: Forger) -> str:
    deep = json.loads('{"a":' * 400 + "1" + "}" * 400)
    return forger.saying(jti=deep)


def _with_a_header_too_deep_to_parse(forger: Forger) -> str:
    _, payload, signature = forger.parts()
    deep = b'{"a":' * 500 + b"1" + b"}" * 500
    return f"{_segment(deep)}.{payload}.{signature}"


def _encrypted(forger: Forger) -> str:
    head, payload, signature = forger.parts()
    return f"{head}.{payload}.{payload}.{payload}.{signature}"


def _in_json(forger: Forger) -> str:
    head, payload, signature = forger.parts()
    return json.dumps({"protected": head, "payload": payload, "signature": signature})


def _signed_with_the_hash_of_the_key(forger: Forger) -> str:
    return forger.signed(secret=secret_hash(forger.secret).hex())


KINDS: Mapping[str, Callable[[Forger], str]] = {
    "alg none": _unsigned,
    "alg none in other letters": lambda forger: forger.headed(alg="nOnE"),
    "no signature": _unsigned_under_our_header,
    "another hash": _of_a_longer_hash,
    "an asymmetric algorithm": lambda forger: forger.headed(alg="RS256"),
    "the key of another site": _of_another_site,
    "the key of a stranger under our key's name": _under_our_key_id,
    "an empty key": lambda forger: forger.signed(secret=""),
    "the hash of the key": _signed_with_the_hash_of_the_key,
    "changed after it was signed": _changed_afterwards,
    "cut off": lambda forger: forger.good[:-2],
    "expired by a second": lambda forger: forger.saying(iat=forger.now - 901, exp=forger.now - 1),
    "expired just now": lambda forger: forger.saying(exp=forger.now),
    "issued in the future": lambda forger: forger.saying(iat=forger.now + 61),
    "never expiring": lambda forger: forger.saying(exp=...),
    "expiring at infinity": lambda forger: forger.saying(exp=float("inf")),
    "not valid yet": lambda forger: forger.saying(nbf=10**11),
    "another typ": lambda forger: forger.saying(typ="refresh"),
    "no typ": lambda forger: forger.saying(typ=...),
    "another aud": lambda forger: forger.saying(aud="another-api"),
    "our aud among others": lambda forger: forger.saying(aud=["galley-api", "another-api"]),
    "another iss": lambda forger: forger.saying(iss="https://accounts.example.com"),
    "no sid": lambda forger: forger.saying(sid=...),
    "a sid that is no number": lambda forger: forger.saying(sid=str(forger.claims["sid"])),
    "a sid that is true": lambda forger: forger.saying(sid=True),
    "a sid of nobody": lambda forger: forger.saying(sid=forger.claims["sid"] + 10_000),
    "a sid beyond all numbers": lambda forger: forger.saying(sid=10**400),
    "a sub of nobody": lambda forger: forger.saying(sub=str(forger.user.id + 10_000)),
    "a sub that is a number": lambda forger: forger.saying(sub=forger.user.id),
    "a sub beyond all numbers": lambda forger: forger.saying(sub="9" * 400),
    "a sub with SQL in it": lambda forger: forger.saying(sub=f"{forger.user.id} OR 1=1"),
    "the reset of a password": lambda forger: forger.link(Purpose.RESET_PASSWORD),
    "the proof of an address": lambda forger: forger.link(Purpose.VERIFY_EMAIL),
    "the change of an address": lambda forger: forger.link(Purpose.CHANGE_EMAIL),
    "an invitation": lambda forger: forger.link(Purpose.INVITATION),
    "a preview": _preview,
    "a kid that is a path": lambda forger: forger.headed(kid="../../../../dev/null"),
    "a kid with SQL in it": lambda forger: forger.headed(kid="' UNION SELECT 'key"),
    "a kid of no key": lambda forger: forger.headed(kid=key_id(STRANGERS_KEY)),
    "a kid that is a list": lambda forger: forger.headed(kid=[key_id(forger.secret)]),
    "no kid": lambda forger: forger.signed(header={"alg": "HS256", "typ": "JWT"}),
    "a jku": lambda forger: forger.headed(jku="https://attacker.example/keys"),
    "a jwk": lambda forger: forger.headed(jwk={"kty": "oct", "k": _segment(b"known")}),
    "an x5u": lambda forger: forger.headed(x5u="https://attacker.example/certificate"),
    "a crit": lambda forger: forger.headed(crit=["exp"]),
    "an unencoded payload": lambda forger: forger.headed(b64=False, crit=["b64"]),
    "a compressed payload": lambda forger: forger.headed(zip="DEF"),
    "a header in another order": lambda forger: forger.signed(
        header=dict(reversed(forger.header().items()))
    ),
    "a header that is a list": lambda forger: forger.signed(header=[]),
    "claims that are a list": lambda forger: forger.signed([forger.claims]),
    "claims that are null": lambda forger: forger.signed(b"null"),
    "claims that are no JSON": lambda forger: forger.signed(b"{'sub': 1}"),
    "claims that are no text": lambda forger: forger.signed(b"\xff\xfe\xed\xa0\x80"),
    "deep nesting": _with_a_deep_payload,
    "a header of deep nesting": _with_a_header_too_deep_to_parse,
    "huge": lambda forger: forger.saying(jti="x" * 100_000),
    "encrypted": _encrypted,
    "in JSON": _in_json,
    "two tokens": lambda forger: f"{forger.good}, {forger.good}",
    "a token within quotation marks": lambda forger: f'"{forger.good}"',
    "a NUL at the end": lambda forger: f"{forger.good}\x00",
}


@pytest.fixture
async def user(make: Factory) -> User:
    """Whom the forger wants to be."""
    return await make.user()


@pytest.fixture
def forger(user: User, make: Factory, services: Services) -> Forger:
    """Who forges."""
    return Forger(user, make.sessions_of[user.id], services)


def test_there_are_more_than_twenty_five_kinds() -> None:
    assert len(KINDS) > 25


async def test_what_the_forger_starts_from_is_good(
    client: httpx.AsyncClient, forger: Forger
) -> None:
    """Else everything below would prove nothing."""
    for token in (forger.good, forger.signed(header=None), forger.saying()):
        headers = {"Authorization": f"Bearer {token}"}
        assert (await client.get(ME, headers=headers)).status_code == 200


@pytest.mark.parametrize("path", [ME, ARTICLES], ids=["who must sign in", "who may"])
@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_refused(
    client: httpx.AsyncClient, forger: Forger, kind: str, path: str
) -> None:
    token = KINDS[kind](forger)
    headers = {b"Authorization": b"Bearer " + token.encode()}
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"
    assert answer.json()["detail"] == "Could not validate credentials"
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert token not in answer.text


class TestWhileTheKeyIsChanged:
    """What the previous key has signed is good; what only pretends to be of that time is not."""

    @pytest.fixture
    def services(self, services: Services) -> Services:
        both = TokenSigner(
            STRANGERS_KEY, HOUR, previous=services.settings.secret_key.get_secret_value()
        )
        object.__setattr__(services, "tokens", both)
        return services

    async def test_both_keys_are_good_each_under_its_own_name(
        self, client: httpx.AsyncClient, forger: Forger, user: User, sign_in: SignIn
    ) -> None:
        assert (await client.get(ME, headers=sign_in(user))).status_code == 200
        old = forger.signed(header=forger.header())
        assert (await client.get(ME, headers={"Authorization": f"Bearer {old}"})).status_code == 200

    async def test_the_names_cannot_be_exchanged(
        self, client: httpx.AsyncClient, forger: Forger
    ) -> None:
        for token in (
            forger.signed(header=forger.header(), secret=STRANGERS_KEY),
            forger.headed(kid=key_id(STRANGERS_KEY)),
        ):
            headers = {"Authorization": f"Bearer {token}"}
            assert (await client.get(ME, headers=headers)).status_code == 401
