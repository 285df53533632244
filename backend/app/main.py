"""The door for servers: `app.main:app`."""

from app.bootstrap import create_app
from app.core.config import Settings

app = create_app(Settings.load_or_exit())
