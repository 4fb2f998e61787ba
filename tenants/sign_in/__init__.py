"""Who somebody is: signing in, proving it again, and the ways to do either."""

from tenants.reauthentication import proved_at

__all__ = ["proved_at"]
