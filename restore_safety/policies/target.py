"""The digest of what the tenant holds: the preview notes it, execution compares it."""

from collections.abc import Sequence

from tenants.canonical_json import digest_of
from tenants.graph.contracts import Contract
from tenants.graph.normal_form import normal_assignments, normal_form
from tenants.graph.payloads import Json


def target_digest(
    contract: Contract,
    payload: Json,
    assignments: Sequence[Json] | None,
) -> str:
    """Equal for two readings exactly when content and direct assignments are the same."""
    return digest_of(
        {
            "policy": normal_form(contract, payload),
            "assignments": None if assignments is None else normal_assignments(assignments),
        }
    )
