"""Second factors for the small world, and requests about them that work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import cbor2
import pyotp
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.sealing import Sealer, secret_hash
from app.features.factors.schemas import ChallengePurpose
from app.features.passkeys.adapters.ceremonies import handle_of
from app.models import Authenticator, Challenge, Passkey, RecoveryCode, User
from tests.features.passkeys.authenticator import Authenticator as Device
from tests.features.passkeys.authenticator import encoded

HOST = "localhost"
RECOVERY_CODE = "k3v7q-2mfah-xw5nc-d6tje"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@dataclass
class Factors:
    """Somebody's app that waits to be confirmed, recovery code, passkey and open challenges."""

    owner: User
    sealer: Sealer
    at: datetime
    phone: Device = field(default_factory=Device)
    laptop: Device = field(default_factory=Device)

    async def keep(self, session: AsyncSession) -> int:
        """Put all of it into the database; return the id of the passkey."""
        owner_id, now = self.owner.id, self.at
        self.phone.user_handle = handle_of(owner_id)
        passkey = Passkey(
            user_id=owner_id, name="Phone", credential_id=self.phone.credential_id,
            public_key=cbor2.dumps(self.phone.cose_key()), transports=[], created_at=now,
        )  # fmt: skip
        app = Authenticator(
            user_id=owner_id, sealed_secret=self.sealer.seal(SECRET), created_at=now
        )
        code_hash = secret_hash(RECOVERY_CODE.replace("-", ""))
        code = RecoveryCode(user_id=owner_id, code_hash=code_hash, created_at=now)
        session.add_all([passkey, app, code, *map(self._challenge, ChallengePurpose)])
        await session.execute(update(User).values(second_factor=True).filter_by(id=owner_id))
        await session.flush()
        return passkey.id

    def fields(self) -> Mapping[str, Mapping[str, Any]]:
        """Return what operations are sent, besides their examples, to be served."""
        owner = {"id": handle_of(self.owner.id)}
        creation = {"user": owner, "rp": {"id": HOST}, "challenge": _token("register_passkey")}
        request = {"rpId": HOST, "challenge": _token("sign_in_with_passkey")}
        return {
            "totp_confirm": {"code": pyotp.TOTP(SECRET).at(self.at)},
            "passkeys_create": {"credential": self.laptop.create(creation)},
            "auth_passkey": {"credential": self.phone.get(request)},
            "auth_second_factor": {"challenge": _token("second_factor"), "code": RECOVERY_CODE},
        }

    def _challenge(self, purpose: ChallengePurpose) -> Challenge:
        signs_in = purpose is ChallengePurpose.SIGN_IN_WITH_PASSKEY
        return Challenge(
            challenge_hash=secret_hash(_token(purpose)), purpose=purpose,
            user_id=None if signs_in else self.owner.id,
            method="password" if purpose is ChallengePurpose.SECOND_FACTOR else None,
            created_at=self.at, expires_at=self.at + timedelta(minutes=5),
        )  # fmt: skip


def _token(purpose: str) -> str:
    return encoded(purpose.encode())
