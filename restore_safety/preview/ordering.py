"""The order in which policies are decided and written: what others depend on comes first."""

from collections.abc import Iterable, Iterator, Sequence

from restore_safety.preview.policies import PolicyToRestore
from restore_safety.preview.referenced import referenced_by
from tenants.graph.contracts import policy_links, runtime_type
from tenants.graph.references import CONTRACT_OF_KIND, NAME_PREFIX, normal_id

# A network profile links to a certificate, and that one to its root; a crafted backup goes deeper.
_DEEPEST = 8


def dependencies_first(policies: Iterable[PolicyToRestore]) -> list[PolicyToRestore]:
    """The policies by the rank of their type, and within a type what others link to first.

    Beside that the order of the backup stays; policies that link in a circle keep it too.
    """
    ordered = sorted(policies, key=lambda policy: policy.order)
    known = {key: policy for policy in reversed(ordered) for key in _keys_of(policy)}
    placed: dict[str, PolicyToRestore] = {}
    for policy in ordered:
        _place(policy, known, placed, frozenset())
    return list(placed.values())


def _place(
    policy: PolicyToRestore,
    known: dict[tuple[str, str], PolicyToRestore],
    placed: dict[str, PolicyToRestore],
    around: frozenset[str],
) -> None:
    if policy.id in placed or policy.id in around or len(around) > _DEEPEST:
        return
    for needed in _linked_by(policy, known):
        _place(needed, known, placed, around | {policy.id})
    placed[policy.id] = policy


def _linked_by(
    policy: PolicyToRestore, known: dict[tuple[str, str], PolicyToRestore]
) -> Sequence[PolicyToRestore]:
    if not policy_links(policy.contract, runtime_type(policy.contract, policy.payload)):
        return ()
    wanted = ((CONTRACT_OF_KIND.get(one.kind), one.id) for one in referenced_by(policy))
    return [
        known[key, one] for key, one in wanted if key == policy.contract.key and (key, one) in known
    ]


def _keys_of(policy: PolicyToRestore) -> Iterator[tuple[str, str]]:
    yield policy.contract.key, normal_id(policy.object_id)
    yield policy.contract.key, f"{NAME_PREFIX}{policy.name}"
