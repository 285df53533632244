"""Tokens: only what we issued ourselves, unchanged, in time and for this purpose, is good."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from jose import jwt

from app.core.errors import Unauthenticated
from app.core.tokens import LONGEST, PreviewClaims, TokenSigner

SECRET = "7hK2pQ9sV4xZ1bN6mC8dF3gJ5lR0tY2w"
NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
SIGNER = TokenSigner(SECRET, timedelta(minutes=30))
CLAIMS = {
    "sub": "7",
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 1800,
    "jti": "one-of-a-kind",
    "iss": "galley",
    "aud": "galley-api",
    "typ": "access",
}


def _signed(claims: Mapping[str, object] | None = None, secret: str = SECRET) -> str:
    kept = {name: value for name, value in {**CLAIMS, **(claims or {})}.items() if value is not ...}
    return str(jwt.encode(kept, secret, "HS256"))


def _part(fields: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


def test_a_token_names_the_account_it_was_issued_for() -> None:
    token = SIGNER.issue(7, NOW)
    assert SIGNER.read(token.value, NOW) == 7
    assert token.expires_in == 1800


def test_no_two_tokens_are_the_same() -> None:
    assert SIGNER.issue(7, NOW).value != SIGNER.issue(7, NOW).value


def test_the_claims_that_we_sign_here_are_those_that_are_expected() -> None:
    assert SIGNER.read(_signed(), NOW) == 7


@pytest.mark.parametrize(
    ("minutes", "good"), [(-2, False), (-1, True), (0, True), (29, True), (30, False), (31, False)]
)
def test_a_token_is_good_until_it_ends(minutes: int, good: bool) -> None:
    token, at = SIGNER.issue(7, NOW).value, NOW + timedelta(minutes=minutes)
    if good:
        assert SIGNER.read(token, at) == 7
    else:
        with pytest.raises(Unauthenticated):
            SIGNER.read(token, at)


@pytest.mark.parametrize("name", list(CLAIMS))
@pytest.mark.parametrize("value", [..., None, [], {}, True, 1.5], ids=str)
def test_every_claim_must_be_there_and_of_its_kind(name: str, value: object) -> None:
    with pytest.raises(Unauthenticated):
        SIGNER.read(_signed({name: value}), NOW)


@pytest.mark.parametrize(
    "claims",
    [{"typ": "refresh"}, {"aud": "another-api"}, {"iss": "somebody"}, {"sub": "anna"},
     {"sub": "-7"}, {"iat": 2**63}, {"aud": ["galley-api"]}],
    ids=str,
)  # fmt: skip
def test_a_token_for_something_else_is_refused(claims: dict[str, object]) -> None:
    with pytest.raises(Unauthenticated):
        SIGNER.read(_signed(claims), NOW)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "..",
        "a.b.c",
        "not a token",
        _signed(secret="another-secret-of-32-characters!"),
        _signed()[:-2],
        _signed().rsplit(".", 1)[0] + ".",
        _signed() + ".more",
        f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(CLAIMS)}.",
        f"{_part({'typ': 'JWT', 'alg': 'HS256'})}.{_signed().split('.', 1)[1]}",
        _signed().replace(".", ".\ud800", 1),
        f"{_signed().split('.')[0]}.{_part(json.loads('[' * 400 + ']' * 400))}.{'a' * 43}",
        _signed({"jti": "x" * LONGEST}),
    ],
    ids=["empty", "dots", "words", "prose", "another key", "cut off", "unsigned", "four parts",
         "alg none", "reordered header", "surrogate", "deep", "long"],
)  # fmt: skip
def test_what_we_did_not_issue_is_refused(token: str) -> None:
    with pytest.raises(Unauthenticated):
        SIGNER.read(token, NOW)


# Preview tokens

LINK = PreviewClaims(article_id=7, preview_id="8Zr1V0nLw6TkXy2P")
DAY = timedelta(days=1)


def test_a_preview_token_says_which_article_and_which_link() -> None:
    assert SIGNER.read_preview(SIGNER.issue_preview(LINK, NOW, DAY), NOW) == LINK


def test_the_token_of_a_link_is_the_same_each_time() -> None:
    assert SIGNER.issue_preview(LINK, NOW, DAY) == SIGNER.issue_preview(LINK, NOW, DAY)
    other = PreviewClaims(7, "another")
    assert SIGNER.issue_preview(LINK, NOW, DAY) != SIGNER.issue_preview(other, NOW, DAY)


@pytest.mark.parametrize(
    ("after", "good"),
    [(-2 * 60, False), (-60, True), (0, True), (86_399, True), (86_400, False), (10**9, False)],
)
def test_a_preview_token_is_good_until_it_ends(after: int, good: bool) -> None:
    token, at = SIGNER.issue_preview(LINK, NOW, DAY), NOW + timedelta(seconds=after)
    if good:
        assert SIGNER.read_preview(token, at) == LINK
    else:
        with pytest.raises(Unauthenticated):
            SIGNER.read_preview(token, at)


def test_a_token_for_one_purpose_is_no_good_for_the_other() -> None:
    with pytest.raises(Unauthenticated):
        SIGNER.read_preview(SIGNER.issue(7, NOW).value, NOW)
    with pytest.raises(Unauthenticated):
        SIGNER.read(SIGNER.issue_preview(LINK, NOW, DAY), NOW)


@pytest.mark.parametrize("name", list(CLAIMS))
@pytest.mark.parametrize("value", [..., None, [], {}, True, 1.5], ids=str)
def test_every_claim_of_a_preview_must_be_there_and_of_its_kind(name: str, value: object) -> None:
    assert SIGNER.read_preview(_signed({"typ": "preview"}), NOW).preview_id == "one-of-a-kind"
    with pytest.raises(Unauthenticated):
        SIGNER.read_preview(_signed({"typ": "preview", name: value}), NOW)


@pytest.mark.parametrize("secret", ["another-secret-of-32-characters!"])
def test_a_preview_that_others_signed_is_refused(secret: str) -> None:
    with pytest.raises(Unauthenticated):
        SIGNER.read_preview(_signed({"typ": "preview"}, secret), NOW)
