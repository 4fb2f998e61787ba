"""The environment that the settings are read from: its profile, its folder and its secrets."""

import base64
import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
PROFILE = env.str("RESTORE_SAFETY_PROFILE", "embedded")
if PROFILE not in {"embedded", "production"}:
    raise ImproperlyConfigured("RESTORE_SAFETY_PROFILE is either embedded or production.")
EMBEDDED = PROFILE == "embedded"

HOME = Path(env.str("RESTORE_SAFETY_HOME", str(BASE_DIR / ".data"))).resolve()
# Sessions and mail lie in it in the clear: only the account it runs under may read them.
HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
for folder in (
    "queue/messages",
    "queue/control",
    "queue/processed",
    "uploads",
    "emulator",
    "static",
    "cache",
    "mail",
):
    (HOME / folder).mkdir(parents=True, exist_ok=True)
_URL_SAFE = str.maketrans("-_", "+/")


def secret(name: str, *, size: int = 48) -> str:
    """The secret from the environment; embedded installations make and keep one of their own."""
    given: str = env.str(name, "")
    if given:
        return given
    if not EMBEDDED:
        raise ImproperlyConfigured(f"Set {name}: the production profile starts with no default.")
    file = HOME / f"{name.lower()}.secret"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(size))
    return file.read_text().strip()


def seed_of(text: str) -> bytes:
    """What the base64 stands for, in either alphabet and padded or not; nothing when it is none."""
    digits = text.rstrip("=").translate(_URL_SAFE)
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except ValueError:
        return b""


def production_needs(sentence: str, *, holds: bool) -> None:
    """Stop the start: what suits a demo must not serve a real tenant unnoticed."""
    if not EMBEDDED and not holds:
        raise ImproperlyConfigured(f"{sentence} The production profile does not start without.")
