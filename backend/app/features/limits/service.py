"""Limits: who may do how much of what, and how long somebody has to wait who fails."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.allowance import Allowance
from app.core.config import Settings
from app.core.db import apart, release_connection
from app.core.errors import TooMany
from app.core.provenance import provenance_of
from app.core.services import Services
from app.features.limits import rules
from app.features.limits.repository import LimitRepository, Use
from app.features.limits.rules import Charge


class LimitService:
    """Rates, over one session. What raises TooMany is to be rolled back: then nothing is spent."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of a short transaction: others who are counted there wait for it."""
        self._limits = LimitRepository(session)

    async def spend_all(self, charges: Sequence[Charge], *, at: datetime) -> list[Allowance]:
        """Use several limits once, in one statement; raise TooMany when any is used up."""
        full_at = await self.try_to_spend(charges, at=at)
        for charge in charges:
            if charge.key not in full_at:
                raise await self.refusal(charge, at=at)
        return [charge.limit.allowance(full_at[charge.key], at) for charge in charges]

    async def try_to_spend(
        self, charges: Sequence[Charge], *, at: datetime
    ) -> Mapping[str, datetime]:
        """Use those limits that have room; return by key when they will be whole again."""
        uses = [Use(each.key, each.limit.interval, each.limit.latest(at)) for each in charges]
        return await self._limits.spend(uses, at)

    async def give_back(self, charges: Sequence[Charge]) -> None:
        """Take uses back that shall not count."""
        await self._limits.give_back((each.key, each.limit.interval) for each in charges)

    async def refusal(self, charge: Charge, *, at: datetime) -> TooMany:
        """Return the error that says when there is room again."""
        full_at = await self._limits.full_at(charge.key) or at
        allowance = charge.limit.allowance(full_at, at)
        return TooMany(retry_after=charge.limit.wait(full_at, at), allowance=allowance)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one attempt to sign in counts for."""

    account_id: int | None
    of_account: Charge
    of_address: Charge
    here: str
    is_familiar: bool

    @property
    def charges(self) -> tuple[Charge, Charge]:
        """The rates that it counts for."""
        return self.of_account, self.of_address


class AttemptService:
    """Attempts to sign in, over one session.

    An attempt is counted as a failure before the password is looked at, and taken back when it was
    none: so a hundred at once are not a hundred free ones.
    """

    def __init__(self, session: AsyncSession, settings: Settings) -> None:
        """Take the session of a short transaction, and how much is allowed."""
        self._settings = settings
        self._limits = LimitRepository(session)
        self._rates = LimitService(session)

    async def count(self, login: str, *, address: str, at: datetime) -> int | None:
        """Count an attempt, and return the id of the account that it is at, if there is one.

        Raises TooMany, upon which to roll back, when it has to wait. The place has a rate over all
        accounts, and growing delays at each one. What strangers do elsewhere costs nobody their
        first attempt from anywhere.
        """
        attempt = await self._attempt(login, address)
        spent = await self._rates.try_to_spend(attempt.charges, at=at)
        if attempt.of_address.key not in spent:
            raise await self._rates.refusal(attempt.of_address, at=at)
        under_attack = attempt.of_account.key not in spent
        await self._wait_for_turn(attempt.here, under_attack and not attempt.is_familiar, at)
        return attempt.account_id

    async def succeed(self, login: str, *, address: str) -> None:
        """Forget the failures of this place at this account; somebody has got in."""
        attempt = await self._attempt(login, address)
        await self._rates.give_back(attempt.charges)
        await self._limits.forget(attempt.here)

    async def take_back(self, login: str, *, address: str, at: datetime) -> None:
        """Let the last attempt not have been a failure; those before it stay."""
        attempt = await self._attempt(login, address)
        await self._rates.give_back(attempt.charges)
        await self._limits.take_failure_back(attempt.here, at)

    async def _attempt(self, login: str, address: str) -> Attempt:
        named = await self._limits.named(login)
        place = rules.place(address)
        subject = rules.account_subject(login, named.account_id)
        return Attempt(
            account_id=named.account_id,
            of_account=Charge(rules.sign_ins_of_account(self._settings), subject),
            of_address=Charge(rules.sign_ins_of_address(self._settings), place),
            here=f"sign_in_place:{subject}@{place}",
            is_familiar=place in map(rules.place, named.addresses),
        )

    async def _wait_for_turn(self, key: str, wary: bool, at: datetime) -> None:
        patience = rules.sign_in_patience(self._settings, wary=wary)
        failures = await self._limits.count_failure(
            key, free=patience.free, forgotten=at - rules.FORGOTTEN_AFTER, at=at
        )
        if failures is None:
            until = await self._limits.full_at(key) or at
            wait = max(rules.whole_seconds(until - at), 1)
            raise TooMany(retry_after=wait, allowance=patience.allowance(wait))
        if delay := patience.delay(failures):
            await self._limits.delay(key, delay, at)


class SignInAttempts:
    """Slows down whoever guesses passwords or codes, and nobody else.

    `before` counts each attempt as a failed one, so that a hundred at once are not a hundred free
    ones; `succeeded` and `undo` take that back. After a failure there is nothing to do.
    """

    def __init__(self, session: AsyncSession, services: Services, now: datetime) -> None:
        """Take the session of the request, the process's parts, and when it is."""
        self._session, self._services, self._now = session, services, now
        self._address = provenance_of(session).address

    async def before(self, login: str) -> int | None:
        """Count an attempt at the account of a username or e-mail; return its id, if there is one.

        Raises TooMany.
        """
        await release_connection(self._session)
        async with apart(self._services.sessions, like=self._session) as own:
            return await AttemptService(own, self._services.settings).count(
                login, address=self._address, at=self._now
            )

    async def before_code(self, account_id: int) -> None:
        """Count an attempt at an account's second factor, from wherever; raise TooMany."""
        await release_connection(self._session)
        async with apart(self._services.sessions, like=self._session) as own:
            await LimitService(own).spend_all([self._code(account_id)], at=self._now)

    async def undo(self, login: str) -> None:
        """Take the attempt back: it was right but something else is missing, or nobody looked."""
        await release_connection(self._session)
        async with apart(self._services.sessions, like=self._session) as own:
            await AttemptService(own, self._services.settings).take_back(
                login, address=self._address, at=self._now
            )

    async def answered(self, account_id: int) -> None:
        """Let the last attempt at a second factor be none, in the request's own transaction."""
        await LimitService(self._session).give_back([self._code(account_id)])

    async def succeeded(self, login: str) -> None:
        """Forget the failures, in the request's own transaction: they go if it commits.

        Only for who is signed in now. A right password with a wrong code is none: that would give a
        thief who has the password any number of codes to try.
        """
        await AttemptService(self._session, self._services.settings).succeed(
            login, address=self._address
        )

    def _code(self, account_id: int) -> Charge:
        return Charge(rules.second_factors(self._services.settings), f"account {account_id}")
