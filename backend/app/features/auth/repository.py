"""The queries for accounts as identities."""

from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.text import as_id
from app.models import User


class AccountRepository:
    """Finds accounts by what they are called."""

    def __init__(self, session: AsyncSession) -> None:
        """Take the session of the request or job."""
        self._session = session

    async def by_id(self, account_id: int) -> User | None:
        """Return the account with this id, whole and as it is now."""
        return await self._session.get(User, account_id, populate_existing=True)

    async def by_ref(self, ref: str) -> User | None:
        """Return the account with this id or username, whatever its case."""
        account_id = as_id(ref)
        if account_id is not None:
            return await self.by_id(account_id)
        query = select(User).where(func.lower(User.username) == func.lower(ref))
        return (await self._session.scalars(query)).one_or_none()

    async def by_login(self, login: str) -> User | None:
        """Return the account with this username or e-mail, whatever its case."""
        lowered = func.lower(login)
        same = or_(func.lower(User.username) == lowered, func.lower(User.email) == lowered)
        return (await self._session.scalars(select(User).where(same))).one_or_none()

    async def replace_hash(self, account: User, new: str) -> None:
        """Store a password's new hash, unless the password itself has changed meanwhile."""
        unchanged = (User.id == account.id) & (User.password_hash == account.password_hash)
        statement = update(User).where(unchanged).values(password_hash=new)
        await self._session.execute(statement, execution_options={"synchronize_session": False})
