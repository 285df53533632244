"""What others see of a person."""

import httpx
import pytest

from app.core.policy import Role
from tests.conftest import SignIn
from tests.factories import Factory

PUBLIC = {"id", "username", "full_name", "bio", "website", "avatar", "created_at"}


@pytest.mark.parametrize("ref", ["{id}", "Anna", "aNNA"])
async def test_a_profile_is_found_by_id_or_username(
    client: httpx.AsyncClient, make: Factory, ref: str
) -> None:
    anna = await make.user(username="Anna")
    answer = await client.get(f"/api/v1/users/{ref.format(id=anna.id)}")
    assert answer.json()["username"] == "Anna"
    assert answer.json().keys() == PUBLIC


@pytest.mark.parametrize(
    "ref", ["nobody", "0", "999999999", "9223372036854775808", "9" * 99, "an%25", "ann_"]
)
@pytest.mark.parametrize("rest", ["", "/articles"])
async def test_there_is_no_other_user(
    client: httpx.AsyncClient, make: Factory, ref: str, rest: str
) -> None:
    await make.user(username="anna")
    answer = await client.get(f"/api/v1/users/{ref}{rest}")
    assert (answer.status_code, answer.json()["detail"]) == (404, "User not found")


@pytest.mark.parametrize("ref", ["nul%00", "%ff", "x" * 101])
async def test_what_cannot_be_a_name_is_refused(client: httpx.AsyncClient, ref: str) -> None:
    assert (await client.get(f"/api/v1/users/{ref}")).status_code in {404, 422}


@pytest.mark.parametrize(
    ("role", "sees_all"),
    [(None, False), (Role.READER, False), (Role.EDITOR, False), (Role.ADMIN, True)],
)
async def test_only_administrators_see_somebody_elses_email(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn, role: Role | None, sees_all: bool
) -> None:
    anna = await make.user(email="private@example.com")
    headers = sign_in(await make.user(role)) if role else {}
    answer = await client.get(f"/api/v1/users/{anna.id}", headers=headers)
    assert ("private@example.com" in answer.text) is sees_all
    assert (answer.json().keys() == PUBLIC) is not sees_all


async def test_one_sees_ones_own_whole_account(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    anna = await make.user()
    answer = await client.get(f"/api/v1/users/{anna.username}", headers=sign_in(anna))
    assert answer.json()["email"] == anna.email
    assert "Authorization" in answer.headers["Vary"]


async def test_a_profile_has_an_etag(client: httpx.AsyncClient, make: Factory) -> None:
    address = f"/api/v1/users/{(await make.user()).id}"
    etag = (await client.get(address)).headers["ETag"]
    answer = await client.get(address, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


async def test_no_answer_holds_a_password_hash(
    client: httpx.AsyncClient, make: Factory, sign_in: SignIn
) -> None:
    admin = await make.user(Role.ADMIN)
    await make.article(admin)
    for path in ("users", "users/me", f"users/{admin.id}", "articles?include=content"):
        answer = await client.get(f"/api/v1/{path}", headers=sign_in(admin))
        assert answer.status_code == 200
        assert "argon2" not in answer.text
        assert "password" not in answer.text
