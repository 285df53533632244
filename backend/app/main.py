"""The door for servers: `app.main:app`."""

from app.bootstrap import create_app
from app.core.config import Settings, SettingsError

try:
    app = create_app(Settings.load())
except SettingsError as error:
    raise SystemExit(str(error)) from None
