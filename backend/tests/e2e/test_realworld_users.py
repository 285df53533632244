"""The RealWorld API: signing up, signing in, and one's own account."""

import pytest

from tests.e2e.conduit import BLANK, PASSWORD, TAKEN, Conduit, Json, Somebody, unique

pytest_plugins = ["tests.e2e.conduit"]


def _account(**changes: object) -> Json:
    username = unique("u")
    account = {"username": username, "email": f"{username}@test.com", "password": PASSWORD}
    return {"user": account | changes}


def _me(conduit: Conduit, me: Somebody) -> Json:
    user: Json = conduit.ask("GET /user", me)["user"]
    return user


def _change(conduit: Conduit, me: Somebody, **changes: object) -> Json:
    user: Json = conduit.ask("PUT /user", me, {"user": changes})["user"]
    return user


class TestSigningUp:
    def test_answers_the_account_with_a_token_that_is_good(self, conduit: Conduit) -> None:
        wanted = _account()["user"]
        user = conduit.ask("POST /users", body={"user": wanted})["user"]
        words = {"username": wanted["username"], "email": wanted["email"]}
        assert {key: user[key] for key in ("username", "email", "bio", "image")} == {
            **words,
            "bio": None,
            "image": None,
        }
        me = _me(conduit, Somebody(**words, token=user["token"]))
        assert (me["username"], me["email"]) == (wanted["username"], wanted["email"])

    @pytest.mark.parametrize("field", ["username", "email", "password"])
    @pytest.mark.parametrize("nothing", ["", None])
    def test_refuses_an_empty_field(
        self, conduit: Conduit, field: str, nothing: str | None
    ) -> None:
        body = _account(**{field: nothing})
        conduit.refused("POST /users", 422, {field: BLANK}, body=body)

    @pytest.mark.parametrize("field", ["username", "email"])
    def test_refuses_white_space_alone(self, conduit: Conduit, field: str) -> None:
        conduit.refused("POST /users", 422, {field: BLANK}, body=_account(**{field: "   "}))

    @pytest.mark.parametrize("field", ["username", "email", "password"])
    def test_refuses_a_missing_field(self, conduit: Conduit, field: str) -> None:
        account = _account()["user"]
        del account[field]
        conduit.refused("POST /users", 422, {field: BLANK}, body={"user": account})

    def test_names_every_empty_field_at_once(self, conduit: Conduit) -> None:
        body = _account(username="", email="", password="")
        errors = {"username": BLANK, "email": BLANK, "password": BLANK}
        conduit.refused("POST /users", 422, errors, body=body)

    def test_refuses_a_taken_username(self, conduit: Conduit, anna: Somebody) -> None:
        body = _account(username=anna.username)
        conduit.refused("POST /users", 409, {"username": TAKEN}, body=body)

    def test_refuses_a_taken_email(self, conduit: Conduit, anna: Somebody) -> None:
        conduit.refused("POST /users", 409, {"email": TAKEN}, body=_account(email=anna.email))

    def test_refuses_both_at_once(self, conduit: Conduit, anna: Somebody) -> None:
        body = _account(username=anna.username, email=anna.email)
        errors = conduit.refused("POST /users", 409, body=body)
        assert set(errors) <= {"username", "email"}
        assert all(messages == TAKEN for messages in errors.values())

    @pytest.mark.parametrize("field", ["username", "email"])
    def test_takes_upper_case_for_the_same_name(
        self, conduit: Conduit, anna: Somebody, field: str
    ) -> None:
        loud = _account(**{field: getattr(anna, field).upper()})
        conduit.refused("POST /users", 409, {field: TAKEN}, body=loud)

    def test_refuses_what_is_no_email(self, conduit: Conduit) -> None:
        errors = conduit.refused("POST /users", 422, body=_account(email="nobody"))
        assert set(errors) == {"email"}

    @pytest.mark.parametrize("password", ["a", "1234567", "passwor"])
    def test_refuses_a_password_under_8_characters(self, conduit: Conduit, password: str) -> None:
        errors = conduit.refused("POST /users", 422, body=_account(password=password))
        assert set(errors) == {"password"}

    @pytest.mark.parametrize(
        "password",
        ["password", "password123", "12345678", "x" * 64, "käse und brot " * 4, " spaces around "],
    )
    def test_accepts_a_password_of_8_to_64_and_signs_in_with_it(
        self, conduit: Conduit, password: str
    ) -> None:
        somebody = conduit.sign_up(password)
        body = {"user": {"email": somebody.email, "password": password}}
        assert conduit.ask("POST /users/login", body=body)["user"]["email"] == somebody.email

    def test_ignores_what_it_does_not_know(self, conduit: Conduit) -> None:
        body = _account(role="admin", token="mine", bio="Smuggled", following=True)
        user = conduit.ask("POST /users", body=body)["user"]
        assert user["token"] != "mine"


class TestSigningIn:
    def test_answers_the_account_with_a_token_that_is_good(
        self, conduit: Conduit, anna: Somebody
    ) -> None:
        body = {"user": {"email": anna.email, "password": PASSWORD}}
        user = conduit.ask("POST /users/login", body=body)["user"]
        assert (user["username"], user["email"]) == (anna.username, anna.email)
        assert (user["bio"], user["image"]) == (None, None)
        again = Somebody(anna.username, anna.email, user["token"])
        assert _me(conduit, again)["username"] == anna.username

    def test_leaves_who_is_signed_in_elsewhere_signed_in(
        self, conduit: Conduit, anna: Somebody
    ) -> None:
        body = {"user": {"email": anna.email, "password": PASSWORD}}
        assert conduit.ask("POST /users/login", body=body)["user"]["token"] != anna.token
        assert _me(conduit, anna)["username"] == anna.username

    def test_does_not_mind_the_case_of_the_email(self, conduit: Conduit, anna: Somebody) -> None:
        body = {"user": {"email": anna.email.upper(), "password": PASSWORD}}
        assert conduit.ask("POST /users/login", body=body)["user"]["username"] == anna.username

    def test_refuses_a_wrong_password_as_it_refuses_a_stranger(
        self, conduit: Conduit, anna: Somebody
    ) -> None:
        wrong = {"user": {"email": anna.email, "password": "wrongpassword"}}
        unknown = {"user": {"email": f"{unique('u')}@test.com", "password": PASSWORD}}
        for body in (wrong, unknown):
            conduit.refused("POST /users/login", 401, {"credentials": ["invalid"]}, body=body)

    @pytest.mark.parametrize("field", ["email", "password"])
    @pytest.mark.parametrize("nothing", ["", None])
    def test_refuses_an_empty_field(
        self, conduit: Conduit, field: str, nothing: str | None
    ) -> None:
        body = {"user": {"email": "somebody@test.com", "password": PASSWORD, field: nothing}}
        conduit.refused("POST /users/login", 422, {field: BLANK}, body=body)

    @pytest.mark.parametrize("field", ["email", "password"])
    def test_refuses_a_missing_field(self, conduit: Conduit, field: str) -> None:
        user = {"email": "somebody@test.com", "password": PASSWORD}
        del user[field]
        conduit.refused("POST /users/login", 422, {field: BLANK}, body={"user": user})


class TestOnesOwnAccount:
    def test_is_what_was_signed_up_with_a_token_that_is_good(
        self, conduit: Conduit, anna: Somebody
    ) -> None:
        user = _me(conduit, anna)
        assert (user["username"], user["email"]) == (anna.username, anna.email)
        assert (user["bio"], user["image"]) == (None, None)
        assert _me(conduit, Somebody(anna.username, anna.email, user["token"])) == user

    @pytest.mark.parametrize(
        ("field", "value"),
        [("bio", "I write about *rivers*."), ("image", "https://example.com/photo.jpg")],
    )
    def test_changes_one_field_and_keeps_the_others(
        self, conduit: Conduit, anna: Somebody, field: str, value: str
    ) -> None:
        before = _me(conduit, anna)
        changed = _change(conduit, anna, **{field: value})
        assert changed | {"token": ""} == before | {field: value, "token": ""}
        assert _me(conduit, anna)[field] == value

    @pytest.mark.parametrize("field", ["bio", "image"])
    @pytest.mark.parametrize("nothing", ["", None])
    def test_takes_an_empty_bio_or_image_for_none(
        self, conduit: Conduit, anna: Somebody, field: str, nothing: str | None
    ) -> None:
        _change(conduit, anna, bio="Short.", image="https://example.com/a.png")
        assert _change(conduit, anna, **{field: nothing})[field] is None
        me = _me(conduit, anna)
        assert me[field] is None
        assert {"bio": "Short.", "image": "https://example.com/a.png"}.items() - me.items() == {
            (field, "Short." if field == "bio" else "https://example.com/a.png")
        }

    def test_takes_a_new_name_and_email(self, conduit: Conduit, anna: Somebody) -> None:
        _change(conduit, anna, bio="Still me.")
        username = f"{anna.username}_upd"
        changed = _change(conduit, anna, username=username, email=f"{username}@test.com")
        assert (changed["username"], changed["email"]) == (username, f"{username}@test.com")
        assert changed["bio"] == "Still me."
        renamed = Somebody(username, changed["email"], changed["token"])
        assert _me(conduit, renamed) | {"token": ""} == changed | {"token": ""}
        login = {"user": {"email": changed["email"], "password": PASSWORD}}
        assert conduit.ask("POST /users/login", body=login)["user"]["username"] == username
        gone = {"user": {"email": anna.email, "password": PASSWORD}}
        conduit.refused("POST /users/login", 401, {"credentials": ["invalid"]}, body=gone)

    @pytest.mark.parametrize("password", ["12345678", "another password", "y" * 64])
    def test_takes_a_new_password(self, conduit: Conduit, anna: Somebody, password: str) -> None:
        user = _change(conduit, anna, password=password)
        still = Somebody(anna.username, anna.email, user["token"])
        assert _me(conduit, still)["username"] == anna.username
        login = {"email": anna.email, "password": password}
        assert conduit.ask("POST /users/login", body={"user": login})["user"]["email"] == anna.email
        old = {"user": login | {"password": PASSWORD}}
        conduit.refused("POST /users/login", 401, {"credentials": ["invalid"]}, body=old)

    def test_accepts_what_it_has_already(self, conduit: Conduit, anna: Somebody) -> None:
        same = {"username": anna.username, "email": anna.email, "bio": "", "image": ""}
        changed = _change(conduit, anna, **same)
        assert (changed["username"], changed["email"]) == (anna.username, anna.email)

    def test_changes_nothing_when_nothing_is_given(self, conduit: Conduit, anna: Somebody) -> None:
        before = _me(conduit, anna)
        assert _change(conduit, anna) | {"token": ""} == before | {"token": ""}

    def test_ignores_what_it_does_not_know(self, conduit: Conduit, anna: Somebody) -> None:
        changed = _change(conduit, anna, bio="Mine.", token="mine", role="admin", following=True)
        assert changed["bio"] == "Mine."
        assert changed["token"] != "mine"

    @pytest.mark.parametrize("field", ["username", "email", "password"])
    @pytest.mark.parametrize("nothing", ["", None])
    def test_refuses_an_empty_name_email_or_password(
        self, conduit: Conduit, anna: Somebody, field: str, nothing: str | None
    ) -> None:
        body = {"user": {"bio": "Not this either.", field: nothing}}
        conduit.refused("PUT /user", 422, {field: BLANK}, anna, body)
        me = _me(conduit, anna)
        assert (me["username"], me["email"], me["bio"]) == (anna.username, anna.email, None)
        login = {"user": {"email": anna.email, "password": PASSWORD}}
        conduit.ask("POST /users/login", body=login)

    def test_refuses_a_password_under_8_characters(self, conduit: Conduit, anna: Somebody) -> None:
        errors = conduit.refused("PUT /user", 422, None, anna, {"user": {"password": "1234567"}})
        assert set(errors) == {"password"}

    @pytest.mark.parametrize("field", ["username", "email"])
    def test_refuses_what_somebody_else_has(
        self, conduit: Conduit, anna: Somebody, ben: Somebody, field: str
    ) -> None:
        body = {"user": {field: getattr(ben, field), "bio": "Not this either."}}
        conduit.refused("PUT /user", 409, {field: TAKEN}, anna, body)
        me = _me(conduit, anna)
        assert (me["username"], me["email"], me["bio"]) == (anna.username, anna.email, None)
