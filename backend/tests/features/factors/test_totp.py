"""An authenticator app is set up, confirmed and removed by its owner."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree as ET

import httpx
import pyotp
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.config import Settings
from app.core.policy import Role
from app.core.services import Services
from app.features.factors.errors import RequiredByRole
from app.features.factors.service import FactorService
from app.models import Authenticator, LoginSession, RecoveryCode, User
from tests.conftest import SignIn
from tests.factories import Factory, MovableClock
from tests.features.factors.conftest import AUTH, App, Enrol, Person, audited

RECENT = timedelta(minutes=15)
REQUIRING = {"second_factor_roles": (Role.ADMIN, Role.AUTHOR)}


async def has_second_factor(session: AsyncSession, user: User) -> bool:
    query = select(User.second_factor).where(User.id == user.id)
    return bool(await session.scalar(query))


# Setting one up


async def test_the_secret_comes_as_text_as_an_address_and_as_a_picture(anna: Person) -> None:
    answer = await anna("POST", "/totp")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    setup = answer.json()
    assert len(setup["secret"]) == 32
    uri = urlsplit(setup["uri"])
    assert (uri.scheme, uri.netloc, unquote(uri.path)) == ("otpauth", "totp", "/Galley:anna")
    assert parse_qs(uri.query) == {"secret": [setup["secret"]], "issuer": ["Galley"]}
    picture = ET.fromstring(setup["qr_svg"])
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"


async def test_an_app_understands_the_address(anna: Person, clock: MovableClock) -> None:
    setup = (await anna("POST", "/totp")).json()
    app = pyotp.parse_uri(setup["uri"])
    assert isinstance(app, pyotp.TOTP)
    answer = await anna("POST", "/totp/confirm", {"code": app.at(clock())})
    assert answer.status_code == 200


async def test_the_longest_names_fit_into_the_picture(
    make: Factory, services: Services, settings: Settings
) -> None:
    user = await make.user(username="\u00e4" * 50)
    titled = settings.model_copy(update={"site_title": "Blog: " + "\U0001f5de" * 194})
    async with services.sessions() as session:
        service = FactorService(session, titled, services.sealer)
        setup = await service.begin_totp(user, at=services.clock())
    assert setup.qr_svg.startswith("<svg")
    assert unquote(urlsplit(setup.uri).path).count(":") == 1


async def test_it_counts_only_once_it_is_confirmed(anna: Person, session: AsyncSession) -> None:
    await anna("POST", "/totp")
    overview = (await anna("GET", "/factors")).json()
    assert overview == {
        "totp_confirmed_at": None,
        "passkeys": 0,
        "recovery_codes_left": 0,
        "required": False,
    }
    assert not await has_second_factor(session, anna.user)


async def test_confirming_it_gives_ten_recovery_codes(
    anna: Person, annas_app: App, session: AsyncSession
) -> None:
    assert len(set(annas_app.recovery_codes)) == 10
    assert {len(code) for code in annas_app.recovery_codes} == {23}
    assert (await anna("GET", "/factors")).json() == {
        "totp_confirmed_at": "2026-01-15T12:00:00Z",
        "passkeys": 0,
        "recovery_codes_left": 10,
        "required": False,
    }
    assert await has_second_factor(session, anna.user)


async def test_nothing_of_it_can_be_read_in_the_database(
    annas_app: App, session: AsyncSession, services: Services
) -> None:
    sealed = (await session.scalars(select(Authenticator.sealed_secret))).one()
    assert annas_app.secret not in sealed
    assert services.sealer.open(sealed) == annas_app.secret
    hashes = (await session.scalars(select(RecoveryCode.code_hash))).all()
    assert {len(each) for each in hashes} == {32}


@pytest.mark.parametrize("typed", ["{} {}", "{}-{}", " {}{} "])
async def test_a_code_may_be_typed_as_apps_show_it(
    anna: Person, clock: MovableClock, typed: str
) -> None:
    app = App(clock, (await anna("POST", "/totp")).json()["secret"])
    code = app.code()
    answer = await anna("POST", "/totp/confirm", {"code": typed.format(code[:3], code[3:])})
    assert answer.status_code == 200


@pytest.mark.parametrize("steps", [-1, 0, 1])
async def test_a_clock_may_be_a_step_off(
    anna: Person, clock: MovableClock, session: AsyncSession, steps: int
) -> None:
    app = App(clock, (await anna("POST", "/totp")).json()["secret"])
    answer = await anna("POST", "/totp/confirm", {"code": app.code(steps=steps)})
    assert answer.status_code == 200
    last_step = await session.scalar(select(Authenticator.last_step))
    assert last_step == int(clock().timestamp()) // 30 + steps


WrongCode = Callable[[App], str]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda app: app.wrong_code(),
        lambda app: app.code(steps=-2),
        lambda app: app.code(steps=2),
        lambda app: app.code()[:5],
        lambda app: app.code() + "0",
        lambda app: "".join(chr(ord(digit) - ord("0") + 0x0660) for digit in app.code()),
        lambda app: app.secret,
        lambda app: f"{app.code()}'; --",
    ],
)
async def test_a_wrong_code_confirms_nothing(
    anna: Person, clock: MovableClock, session: AsyncSession, wrong: WrongCode
) -> None:
    app = App(clock, (await anna("POST", "/totp")).json()["secret"])
    answer = await anna("POST", "/totp/confirm", {"code": wrong(app)})
    assert (answer.status_code, answer.json()["code"]) == (422, "code_not_confirmed")
    assert answer.json()["errors"][0]["loc"] == ["body", "code"]
    assert not await has_second_factor(session, anna.user)
    assert (await anna("POST", "/totp/confirm", {"code": app.code()})).status_code == 200


async def test_beginning_again_replaces_what_was_not_confirmed(
    anna: Person, clock: MovableClock
) -> None:
    first, second = [App(clock, (await anna("POST", "/totp")).json()["secret"]) for _ in "12"]
    assert first.secret != second.secret
    refused = await anna("POST", "/totp/confirm", {"code": first.code()})
    assert refused.status_code == 422
    assert (await anna("POST", "/totp/confirm", {"code": second.code()})).status_code == 200


async def test_a_confirmed_one_is_not_replaced(anna: Person, annas_app: App) -> None:
    for path, body in (("/totp", None), ("/totp/confirm", {"code": annas_app.code(steps=1)})):
        answer = await anna("POST", path, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "totp_already_set_up")


async def test_what_was_not_begun_cannot_be_confirmed(anna: Person) -> None:
    answer = await anna("POST", "/totp/confirm", {"code": "123456"})
    assert (answer.status_code, answer.json()["code"]) == (400, "totp_not_started")


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"code": ""},
        {"code": "1" * 65},
        {"code": 123456},
        {"code": "12\x003456"},
        {"code": "123456", "secret": "JBSWY3DPEHPK3PXP"},
    ],
)
async def test_what_is_no_code_is_refused(anna: Person, body: object) -> None:
    await anna("POST", "/totp")
    assert (await anna("POST", "/totp/confirm", body)).status_code == 422


async def test_half_a_character_is_refused(anna: Person) -> None:
    headers = {**anna.headers, "Content-Type": "application/json"}
    where, body = f"{AUTH}/totp/confirm", b'{"code": "\\ud800"}'
    answer = await anna.client.post(where, headers=headers, content=body)
    assert answer.status_code == 422


async def test_the_first_factor_ends_the_other_sessions(
    anna: Person,
    make: Factory,
    enrol: Enrol,
    session: AsyncSession,
) -> None:
    bert = await make.user()
    others = [await make.login_session(anna.user) for _ in "12"]
    await enrol(anna)
    left = set(await session.scalars(select(LoginSession.id)))
    assert left == {make.sessions_of[anna.user.id], make.sessions_of[bert.id]}
    assert not left & {other.id for other in others}
    assert await audited(session, anna.user) == [
        ("factor.added", {"method": "totp", "sessions_ended": 2})
    ]


# Removing it


async def test_it_can_be_removed_with_all_that_belongs_to_it(
    anna: Person, annas_app: App, session: AsyncSession
) -> None:
    answer = await anna("DELETE", "/totp")
    assert (answer.status_code, answer.content) == (204, b"")
    assert not await has_second_factor(session, anna.user)
    assert await session.scalar(select(func.count()).select_from(RecoveryCode)) == 0
    assert (await audited(session, anna.user))[-1] == ("factor.removed", {"method": "totp"})
    assert (await anna("DELETE", "/totp")).status_code == 404


async def test_one_that_was_never_confirmed_can_be_removed(
    anna: Person, session: AsyncSession
) -> None:
    await anna("POST", "/totp")
    assert (await anna("DELETE", "/totp")).status_code == 204
    assert await audited(session, anna.user) == []
    answer = await anna("POST", "/totp/confirm", {"code": "123456"})
    assert answer.json()["code"] == "totp_not_started"


async def test_where_the_role_needs_it_the_last_one_stays(
    anna: Person, annas_app: App, services: Services, settings: Settings, session: AsyncSession
) -> None:
    demanding = settings.model_copy(update=REQUIRING)
    async with services.sessions() as other:
        service = FactorService(other, demanding, services.sealer)
        assert (await service.overview(anna.user)).required
        with pytest.raises(RequiredByRole) as refused:
            await service.remove_totp(anna.user, at=services.clock())
    assert refused.value.code == "second_factor_required_by_role"
    assert await has_second_factor(session, anna.user)


async def test_an_operator_can_take_all_from_who_has_lost_them(
    anna: Person, annas_app: App, factors: FactorService, clock: MovableClock, session: AsyncSession
) -> None:
    await factors.forget(anna.user, at=clock())
    assert await factors.methods(anna.user) == []
    overview = await factors.overview(anna.user)
    assert (overview.totp_confirmed_at, overview.recovery_codes_left) == (None, 0)
    assert (await audited(session, anna.user))[-1] == ("factor.removed", {"method": "all"})


# Recovery codes


async def test_new_recovery_codes_replace_the_old(anna: Person, annas_app: App) -> None:
    answer = await anna("POST", "/recovery-codes")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    new = set(answer.json()["recovery_codes"])
    assert len(new) == 10
    assert not new & set(annas_app.recovery_codes)
    assert (await anna("GET", "/factors")).json()["recovery_codes_left"] == 10


async def test_recovery_codes_stand_in_for_something(anna: Person) -> None:
    answer = await anna("POST", "/recovery-codes")
    assert (answer.status_code, answer.json()["code"]) == (400, "no_second_factor")


# Who may


OPERATIONS = [
    ("POST", "/totp"),
    ("POST", "/totp/confirm"),
    ("DELETE", "/totp"),
    ("POST", "/recovery-codes"),
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_changing_them_takes_somebody_who_has_just_signed_in(
    anna: Person, annas_app: App, clock: MovableClock, sign_in: SignIn, method: str, path: str
) -> None:
    clock.move(RECENT)
    anna.headers = sign_in(anna.user)
    body = {"code": annas_app.code()} if "confirm" in path else None
    answer = await anna(method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (403, "recent_sign_in_required")
    assert (await anna("GET", "/factors")).json()["recovery_codes_left"] == 10


@pytest.mark.parametrize(("method", "path"), [*OPERATIONS, ("GET", "/factors")])
async def test_strangers_are_asked_who_they_are(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    body = {"code": "123456"} if "confirm" in path else None
    answer = await client.request(method, f"{AUTH}{path}", json=body)
    assert answer.status_code == 401


async def test_everybody_sees_their_own(
    anna: Person, annas_app: App, make: Factory, sign_in: SignIn
) -> None:
    user = await make.user()
    bert = Person(user, anna.client, sign_in(user))
    assert (await bert("GET", "/factors")).json()["totp_confirmed_at"] is None
    assert (await bert("DELETE", "/totp")).status_code == 404
    assert (await anna("GET", "/factors")).json()["totp_confirmed_at"] is not None
