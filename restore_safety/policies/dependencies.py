"""The order in which policies are decided and written: what others depend on comes first."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from restore_safety.policies.policy import PolicyToRestore
from restore_safety.policies.referenced import referenced_by
from tenants.graph.contracts import links_of
from tenants.graph.references import CONTRACT_OF_KIND, NAME_PREFIX, normal_id

# A network profile links to a certificate, and that one to its root; a crafted backup goes deeper.
_DEEPEST = 8


type Known = Mapping[tuple[str, str], Sequence[PolicyToRestore]]


def dependencies_first(
    policies: Iterable[PolicyToRestore], own: Mapping[tuple[str, str], PolicyToRestore]
) -> list[PolicyToRestore]:
    """The policies by the rank of their type, and within a type what others link to first.

    `own` says what the ids and names in the backup stand for. Beside that the order of the backup
    stays; policies that link in a circle keep it too.
    """
    ordered = sorted(policies, key=lambda policy: policy.order)
    by_id = {policy.id: policy for policy in ordered}
    known: dict[tuple[str, str], list[PolicyToRestore]] = {}
    for key, policy in own.items():
        if policy.id in by_id:
            # Of what is restored as a copy, only this still says the name and the id.
            known.setdefault(key, []).append(by_id[policy.id])
    for policy in ordered:
        for key in _keys_of(policy):
            known.setdefault(key, []).append(policy)
    placed: dict[str, PolicyToRestore] = {}
    for policy in ordered:
        _place(policy, known, placed, frozenset())
    return list(placed.values())


def _place(
    policy: PolicyToRestore,
    known: Known,
    placed: dict[str, PolicyToRestore],
    around: frozenset[str],
) -> None:
    if policy.id in placed or policy.id in around or len(around) > _DEEPEST:
        return
    for needed in _linked_by(policy, known):
        _place(needed, known, placed, around | {policy.id})
    placed[policy.id] = policy


def _linked_by(policy: PolicyToRestore, known: Known) -> Iterator[PolicyToRestore]:
    if not links_of(policy.contract, policy.payload):
        return
    for one in referenced_by(policy):
        if CONTRACT_OF_KIND.get(one.kind) == policy.contract.key:
            yield from known.get((policy.contract.key, one.id), ())


def _keys_of(policy: PolicyToRestore) -> Iterator[tuple[str, str]]:
    yield policy.contract.key, normal_id(policy.object_id)
    yield policy.contract.key, f"{NAME_PREFIX}{policy.name}"
