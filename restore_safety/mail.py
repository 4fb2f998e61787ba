"""Where mail goes: to a server, in the embedded profile to files, and otherwise nowhere."""

from typing import Any

from restore_safety.environment import EMBEDDED, HOME, env


def mailers(url: str) -> dict[str, dict[str, Any]]:
    """Return Django's `MAILERS` for the server at this address; none where there is no way out."""
    if url:
        server = env.email_url_config(url)
        return {
            "default": {
                "BACKEND": server["EMAIL_BACKEND"],
                "OPTIONS": {
                    "host": server["EMAIL_HOST"],
                    "port": server["EMAIL_PORT"],
                    "username": server["EMAIL_HOST_USER"] or "",
                    "password": server["EMAIL_HOST_PASSWORD"] or "",
                    "use_tls": server.get("EMAIL_USE_TLS", False),
                    "use_ssl": server.get("EMAIL_USE_SSL", False),
                    "timeout": 10,
                },
            }
        }
    if EMBEDDED:
        return {
            "default": {
                "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
                "OPTIONS": {"file_path": str(HOME / "mail")},
            }
        }
    return {}
