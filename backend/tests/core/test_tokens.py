"""Tokens: only what we issued ourselves, unchanged, in time and for this purpose, is good."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from jose import jwt

from app.core.errors import Unauthenticated
from app.core.tokens import (
    LONGEST,
    AccessClaims,
    PreviewClaims,
    Purpose,
    TokenSigner,
    key_id,
)

SECRET = "7hK2pQ9sV4xZ1bN6mC8dF3gJ5lR0tY2w"
OTHER_SECRET = "4wE8rT1yU6iO3pA9sD2fG7hJ5kL0zX8c"
NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SIGNER = TokenSigner(SECRET, timedelta(minutes=15))
ANNA = AccessClaims(account_id=7, session_id=31)
LINK = PreviewClaims(article_id=7, preview_id="8Zr1V0nLw6TkXy2P")
HEADER = {"alg": "HS256", "kid": key_id(SECRET), "typ": "JWT"}
CLAIMS = {
    "sub": "7",
    "sid": 31,
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 900,
    "jti": "one-of-a-kind",
    "iss": "galley",
    "aud": "galley-api",
    "typ": "access",
}
IN_EVERY_TOKEN = [name for name in CLAIMS if name != "sid"]
BAD_VALUES: list[object] = [..., None, [], {}, True, 1.5]

_Read = Callable[[TokenSigner, str, datetime], object]


def _by_link(purpose: Purpose) -> _Read:
    return lambda signer, token, at: signer.read_link(purpose, token, at)


READERS: Mapping[Purpose, _Read] = {
    **{purpose: _by_link(purpose) for purpose in Purpose},
    Purpose.ACCESS: TokenSigner.read,
    Purpose.PREVIEW: TokenSigner.read_preview,
}


def _issued(purpose: Purpose, signer: TokenSigner = SIGNER) -> str:
    if purpose is Purpose.ACCESS:
        return signer.issue(7, 31, NOW).value
    if purpose is Purpose.PREVIEW:
        return signer.issue_preview(LINK, NOW, DAY)
    return signer.issue_link(purpose, 7, NOW, DAY)


def _signed(
    claims: Mapping[str, object] | None = None,
    secret: str = SECRET,
    header: Mapping[str, str] | None = None,
) -> str:
    kept = {name: value for name, value in {**CLAIMS, **(claims or {})}.items() if value is not ...}
    return str(jwt.encode(kept, secret, "HS256", {"kid": key_id(secret), **(header or {})}))


def _json(fields: object) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode()


def _part(fields: object) -> str:
    return base64.urlsafe_b64encode(_json(fields)).decode().rstrip("=")


def _resigned(unsigned: str) -> str:
    signature = base64.urlsafe_b64encode(SIGNER._key.sign(unsigned.encode()))
    return f"{unsigned}.{signature.decode().rstrip('=')}"


def _fields(token: str, part: int) -> dict[str, object]:
    segment = token.split(".")[part]
    fields: dict[str, object] = json.loads(base64.urlsafe_b64decode(segment + "=="))
    return fields


def _refused(read: Callable[[], object]) -> None:
    with pytest.raises(Unauthenticated):
        read()


# What is issued


def test_an_access_token_names_the_account_and_the_session() -> None:
    token = SIGNER.issue(7, 31, NOW)
    assert SIGNER.read(token.value, NOW) == ANNA
    assert token.expires_in == 900


def test_a_token_says_no_more_than_it_must() -> None:
    token = SIGNER.issue(7, 31, NOW).value
    assert _fields(token, 0) == HEADER
    claims = _fields(token, 1)
    assert claims.pop("jti")
    assert claims == {name: CLAIMS[name] for name in CLAIMS if name != "jti"}


@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.PREVIEW])
def test_no_two_tokens_are_the_same(purpose: Purpose) -> None:
    assert _issued(purpose) != _issued(purpose)


def test_the_claims_that_we_sign_here_are_those_that_are_expected() -> None:
    assert SIGNER.read(_signed(), NOW) == ANNA


def test_a_token_that_was_good_is_still_looked_at_each_time() -> None:
    token = SIGNER.issue(7, 31, NOW).value
    for _ in range(2):
        assert SIGNER.read(token, NOW) == ANNA
        with pytest.raises(Unauthenticated):
            SIGNER.read(token, NOW + DAY)
        with pytest.raises(Unauthenticated):
            SIGNER.read_link(Purpose.VERIFY_EMAIL, token, NOW)
        with pytest.raises(Unauthenticated):
            SIGNER.read(token[:-2], NOW)


@pytest.mark.parametrize(
    ("seconds", "good"),
    [(-61, False), (-60, True), (0, True), (899, True), (900, False), (901, False)],
)
def test_an_access_token_is_good_until_it_ends(seconds: int, good: bool) -> None:
    token, at = SIGNER.issue(7, 31, NOW).value, NOW + timedelta(seconds=seconds)
    if good:
        assert SIGNER.read(token, at) == ANNA
    else:
        _refused(lambda: SIGNER.read(token, at))


# What is refused


@pytest.mark.parametrize("name", list(CLAIMS))
@pytest.mark.parametrize("value", BAD_VALUES, ids=str)
def test_every_claim_must_be_there_and_of_its_kind(name: str, value: object) -> None:
    _refused(lambda: SIGNER.read(_signed({name: value}), NOW))


@pytest.mark.parametrize(
    "claims",
    [{"typ": "refresh"}, {"aud": "another-api"}, {"iss": "somebody"}, {"sub": "anna"},
     {"sub": "-7"}, {"iat": 2**63}, {"aud": ["galley-api"]},
     {"sid": "31"}, {"sid": 0}, {"sid": -31}, {"sid": 2**63}, {"sid": 10**400}, {"sid": [31]}],
    ids=lambda claims: str(claims)[:40],
)  # fmt: skip
def test_a_token_for_something_else_is_refused(claims: dict[str, object]) -> None:
    _refused(lambda: SIGNER.read(_signed(claims), NOW))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "..",
        "a.b.c",
        "not a token",
        _signed(secret=OTHER_SECRET),
        _signed()[:-2],
        _signed().rsplit(".", 1)[0] + ".",
        _signed() + ".more",
        _signed().replace(".", ".\ud800", 1),
        f"{_part(HEADER)}.{_part(json.loads('[' * 400 + ']' * 400))}.{'a' * 43}",
        _signed({"jti": "x" * LONGEST}),
    ],
    ids=["empty", "dots", "words", "prose", "another key", "cut off", "unsigned", "four parts",
         "surrogate", "deep", "long"],
)  # fmt: skip
def test_what_we_did_not_issue_is_refused(token: str) -> None:
    _refused(lambda: SIGNER.read(token, NOW))


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none"},
        {"alg": "HS512"},
        {"kid": "another"},
        {"kid": ""},
        {"kid": ["a", "list"]},
        {"kid": "../../../../dev/null"},
        {"jku": "https://attacker.example/keys"},
        {"jwk": {"kty": "oct", "k": "AA"}},
        {"x5u": "https://attacker.example/certificate"},
        {"crit": ["exp"]},
        {"b64": False},
        {"zip": "DEF"},
        {"cty": "JWT"},
        {"typ": "at+jwt"},
    ],
    ids=str,
)
def test_a_header_that_says_anything_else_is_refused(header: dict[str, object]) -> None:
    """The signature is our own, and right: the header alone is to blame."""
    payload = _signed().split(".")[1]
    assert SIGNER.read(_resigned(f"{_part(HEADER)}.{payload}"), NOW) == ANNA
    _refused(lambda: SIGNER.read(_resigned(f"{_part({**HEADER, **header})}.{payload}"), NOW))


@pytest.mark.parametrize("gone", list(HEADER))
def test_a_header_that_says_less_is_refused(gone: str) -> None:
    header = {name: value for name, value in HEADER.items() if name != gone}
    token = _resigned(f"{_part(header)}.{_signed().split('.')[1]}")
    _refused(lambda: SIGNER.read(token, NOW))


def test_a_header_in_other_words_is_refused() -> None:
    reordered = _part(dict(reversed(HEADER.items())))
    token = _resigned(f"{reordered}.{_signed().split('.')[1]}")
    _refused(lambda: SIGNER.read(token, NOW))


# One token, one purpose


@pytest.mark.parametrize("asked", Purpose)
@pytest.mark.parametrize("purpose", Purpose)
def test_a_token_for_one_purpose_is_no_good_for_another(purpose: Purpose, asked: Purpose) -> None:
    token = _issued(purpose)
    if asked is purpose:
        assert READERS[asked](SIGNER, token, NOW) in (ANNA, LINK, 7)
    else:
        _refused(lambda: READERS[asked](SIGNER, token, NOW))


@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.ACCESS])
def test_a_link_with_the_claims_of_a_session_signs_nobody_in(purpose: Purpose) -> None:
    _refused(lambda: SIGNER.read(_signed({"typ": purpose}), NOW))


@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.ACCESS])
@pytest.mark.parametrize(
    ("after", "good"),
    [(-61, False), (-60, True), (0, True), (86_399, True), (86_400, False), (10**9, False)],
)
def test_a_link_is_good_until_it_ends(purpose: Purpose, after: int, good: bool) -> None:
    token, at = _issued(purpose), NOW + timedelta(seconds=after)
    if good:
        assert READERS[purpose](SIGNER, token, at) in (LINK, 7)
    else:
        _refused(lambda: READERS[purpose](SIGNER, token, at))


@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.ACCESS])
@pytest.mark.parametrize("name", IN_EVERY_TOKEN)
@pytest.mark.parametrize("value", BAD_VALUES, ids=str)
def test_every_claim_of_a_link_must_be_there_and_of_its_kind(
    purpose: Purpose, name: str, value: object
) -> None:
    READERS[purpose](SIGNER, _signed({"typ": purpose}), NOW)
    _refused(lambda: READERS[purpose](SIGNER, _signed({"typ": purpose, name: value}), NOW))


def test_a_link_names_the_row_it_is_about() -> None:
    token = SIGNER.issue_link(Purpose.RESET_PASSWORD, 12, NOW, DAY)
    assert SIGNER.read_link(Purpose.RESET_PASSWORD, token, NOW) == 12


def test_the_token_of_a_preview_is_the_same_each_time() -> None:
    assert SIGNER.issue_preview(LINK, NOW, DAY) == SIGNER.issue_preview(LINK, NOW, DAY)
    other = PreviewClaims(7, "another")
    assert SIGNER.issue_preview(LINK, NOW, DAY) != SIGNER.issue_preview(other, NOW, DAY)


# Two keys, while the signing key is being changed

ROTATED = TokenSigner(OTHER_SECRET, timedelta(minutes=15), previous=SECRET)


@pytest.mark.parametrize("purpose", Purpose)
def test_what_the_previous_key_signed_stays_good(purpose: Purpose) -> None:
    old, new = _issued(purpose, SIGNER), _issued(purpose, ROTATED)
    assert READERS[purpose](ROTATED, old, NOW) == READERS[purpose](ROTATED, new, NOW)


@pytest.mark.parametrize("purpose", Purpose)
def test_new_tokens_are_signed_with_the_current_key(purpose: Purpose) -> None:
    token = _issued(purpose, ROTATED)
    assert _fields(token, 0)["kid"] == key_id(OTHER_SECRET)
    _refused(lambda: READERS[purpose](SIGNER, token, NOW))


@pytest.mark.parametrize("purpose", Purpose)
def test_without_the_previous_key_its_tokens_are_refused(purpose: Purpose) -> None:
    alone = TokenSigner(OTHER_SECRET, timedelta(minutes=15))
    _refused(lambda: READERS[purpose](alone, _issued(purpose, SIGNER), NOW))


@pytest.mark.parametrize(("signed_by", "named"), [(SECRET, OTHER_SECRET), (OTHER_SECRET, SECRET)])
def test_a_header_that_names_the_other_key_is_refused(signed_by: str, named: str) -> None:
    assert ROTATED.read(_signed(secret=signed_by), NOW) == ANNA
    _refused(
        lambda: ROTATED.read(_signed(secret=signed_by, header={"kid": key_id(named)}), NOW),
    )


def test_an_empty_previous_key_signs_nothing() -> None:
    _refused(lambda: SIGNER.read(_signed(secret=""), NOW))


def test_the_name_of_a_key_says_nothing_about_it() -> None:
    assert key_id(SECRET) == key_id(SECRET) != key_id(OTHER_SECRET)
    assert not any(SECRET[start : start + 4] in key_id(SECRET) for start in range(len(SECRET)))
