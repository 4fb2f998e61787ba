"""Who somebody is: signing in, proving it again, and the ways to do either."""

from tenants.sign_in.proof import proved_at

__all__ = ["proved_at"]
