"""The emulated tenant, for what reads one."""

from tests.restore_safety.policies.emulated import connected, draft_of, refusing

__all__ = ["connected", "draft_of", "refusing"]
