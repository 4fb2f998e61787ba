"""Who a person is: signing in, confirming it again, and the ways to do either."""

from tenants.reauthentication import proved_at

__all__ = ["proved_at"]
