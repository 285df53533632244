"""Nothing that anybody sends makes Galley answer 5xx, repeat a secret, or do half of a thing."""

import json
from itertools import islice

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.services import Services
from tests.hostile.attacks import attacks, too_large, volleys
from tests.hostile.conftest import contents
from tests.hostile.document import Ask, Operation
from tests.hostile.tokens import OTHER_SCHEMES, SAMPLES, authorizations
from tests.hostile.verdict import faults
from tests.hostile.wire import Answer, Wire
from tests.hostile.world import World

SHOWN = 300
ENOUGH = 20
PARTS = 6

# This site has no OpenID provider, so that these serve nobody; tests/features/oidc/ has one.
NEED_A_PROVIDER = {"oidc_start", "oidc_callback", "oidc_link"}
SORTS = ("-published_at", "title", "name")

Callers = dict[str, bytes | None]


async def _send(wire: Wire, connection: AsyncConnection, ask: Ask) -> Answer:
    """Send, and take back what was done: each attack finds the same world.

    That goes for reading as well: an export of an account is written down, for one.
    """
    async with connection.begin_nested() as savepoint:
        answer = await wire.send(ask)
        if answer.status < 400:
            await savepoint.rollback()
    return answer


class Attacker:
    """Sends attacks as one caller, and notes what was wrong with the answers."""

    def __init__(
        self, wire: Wire, connection: AsyncConnection, authorization: bytes | None
    ) -> None:
        self._wire = wire
        self._connection = connection
        self._authorization = authorization
        self.wrong: list[str] = []
        self.sent = 0

    async def attack(self, operation: Operation, every: int) -> None:
        """Send every n-th attack on an operation; what is refused must have changed nothing."""
        before = await contents(self._connection)
        for ask in islice(attacks(operation, SORTS), None, None, every):
            await self.send(ask)
        for volley in islice(volleys(operation), None, None, every):
            blamed = _blamed(await self.send(volley.at_once()))
            for ask in volley.one_by_one(blamed):
                await self.send(ask)
        if await contents(self._connection) != before:
            self.wrong.append(f"{operation.id} changes what it refuses to change")

    async def send(self, ask: Ask) -> Answer | None:
        """Send one attack, and take back what was done: the next one finds the same world."""
        if self._authorization is not None:
            ask = ask.with_header("authorization", self._authorization)
        answer: Answer | None = None
        try:
            answer = await _send(self._wire, self._connection, ask)
        except Exception as error:  # noqa: BLE001 - a server would drop the connection
            self.wrong.append(f"raises {error!r}: {_shown(ask)}")
        else:
            self.wrong += [f"{fault}: {_shown(ask)}" for fault in faults(ask, answer)]
        self.sent += 1
        assert len(self.wrong) < ENOUGH, _report(self.wrong)
        return answer


def _blamed(answer: Answer | None) -> set[str]:
    """Return the fields that an answer finds fault with."""
    if answer is None or answer.status != 422:
        return set()
    errors = json.loads(answer.body).get("errors", [])
    return {str(problem["loc"][1]) for problem in errors if len(problem["loc"]) > 1}


def _shown(ask: Ask) -> str:
    parts = (ask.method, ask.path, ask.query, ask.body, ask.headers)
    return " ".join(repr(part)[:SHOWN] for part in parts)


def _report(wrong: list[str]) -> str:
    return f"{len(wrong)} answers are wrong:\n" + "\n".join(wrong)


async def _least_caller(
    wire: Wire, connection: AsyncConnection, operation: Operation, callers: Callers
) -> str:
    """Return the least of the callers whom the operation serves; its example must work for one."""
    if operation.id in NEED_A_PROVIDER:
        return "author"
    for caller, authorization in callers.items():
        ask = operation.ask()
        signed = ask.with_header("authorization", authorization) if authorization else ask
        if (await _send(wire, connection, signed)).status < 300:
            return caller
    pytest.fail(f"the example of {operation.id} works for nobody")


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_operation_survives_the_corpus(
    wire: Wire, world: World, callers: Callers, connection: AsyncConnection, part: int
) -> None:
    """The least caller whom an operation serves sends everything, the others a sample of it.

    In parts, which together are all operations, so that several workers share them.
    """
    attackers = {name: Attacker(wire, connection, value) for name, value in callers.items()}
    for operation in world.operations[part::PARTS]:
        least = await _least_caller(wire, connection, operation, callers)
        for caller, attacker in attackers.items():
            await attacker.attack(operation, every=1 if caller == least else 40)
    wrong = [fault for attacker in attackers.values() for fault in attacker.wrong]
    assert not wrong, _report(wrong)


async def test_no_forged_token_signs_anybody_in(
    wire: Wire, world: World, callers: Callers, connection: AsyncConnection, services: Services
) -> None:
    good = (callers["author"] or b"").decode().removeprefix("Bearer ")
    secret = services.settings.secret_key.get_secret_value()
    forged = (*authorizations(secret, good), *OTHER_SCHEMES)
    who_am_i = next(each for each in world.operations if each.id == "users_me").ask()
    attacker = Attacker(wire, connection, None)
    attempts = {value: who_am_i.with_header("authorization", value) for value in forged}
    answers = {value: await attacker.send(ask) for value, ask in attempts.items()}
    believed = [value for value, answer in answers.items() if not answer or answer.status != 401]
    assert believed == []
    assert not attacker.wrong, _report(attacker.wrong)


async def test_a_bad_token_is_no_way_past_any_operation(
    wire: Wire, world: World, connection: AsyncConnection
) -> None:
    """Where signing in is optional, a bad token is refused all the same, and never a crash."""
    attacker = Attacker(wire, connection, None)
    for operation in world.operations:
        for value in (*SAMPLES, *OTHER_SCHEMES):
            await attacker.send(operation.ask().with_header("authorization", value))
    assert not attacker.wrong, _report(attacker.wrong)


async def test_a_body_of_20_mb_is_refused_wherever_it_goes(
    wire: Wire, world: World, callers: Callers
) -> None:
    for operation in world.operations:
        if operation.media_type is not None:
            ask = too_large(operation).with_header("authorization", callers["admin"] or b"")
            assert (await wire.send(ask)).status == 413
