"""Settings that the settings catalog of the tenant does not have."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, sentences, verb
from restore_safety.checks.tenant_facts import new_definitions
from restore_safety.models import Severity

type _Settings = dict[CheckedPolicy, list[str]]


def check(context: CheckContext) -> Iterable[FoundIssue]:
    gained = {
        policy: definitions
        for policy in context.written
        if (definitions := new_definitions(policy.planned, policy.live_payload))
    }
    known = context.lists.definitions
    missing = _those(gained, lambda one: known.get(one) is False)
    unread = _those(gained, lambda one: not isinstance(known.get(one), bool))
    yield from _missing(context, missing)
    yield from _unknown(context, unread)


def _those(
    gained: Mapping[CheckedPolicy, frozenset[str]], is_meant: Callable[[str], bool]
) -> _Settings:
    """The settings of each policy that are meant; a policy without any is left out."""
    found = {policy: sorted(filter(is_meant, some)) for policy, some in gained.items()}
    return {policy: settings for policy, settings in found.items() if settings}


def _missing(context: CheckContext, missing: _Settings) -> Iterator[FoundIssue]:
    if not missing:
        return
    subjects = subjects_of(missing)
    each = sentences(f"{policy.name}: {listed(some)}." for policy, some in missing.items())
    yield FoundIssue(
        severity=Severity.WARNING,
        code="setting_definition_missing",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'holds', 'hold')} settings that "
            f"{context.tenant_name} does not have"
        ),
        why=(
            "The settings catalog has no definition of them: Microsoft withdrew them, or the "
            f"tenant lacks what they belong to. Intune is likely to refuse the write. {each}"
        ),
        remedy=(
            "Exclude the policy and make it in Intune with the settings of today, or restore a "
            "later version of it."
        ),
        subjects=subjects,
    )


def _unknown(context: CheckContext, unread: _Settings) -> Iterator[FoundIssue]:
    if not unread:
        return
    subjects = subjects_of(unread)
    yield FoundIssue(
        severity=Severity.UNKNOWN,
        code="setting_definitions_unknown",
        title=(
            f"Whether {context.tenant_name} has the settings of {counted(len(subjects))} is not "
            "known"
        ),
        why=(
            "Definitions of the settings catalog could not be read, or there were too many to look "
            f"up. A setting without one is refused: {listed(one.name for one in subjects)}."
        ),
        remedy=(
            "Make sure the connection may read them (DeviceManagementConfiguration.Read.All), or "
            "choose fewer policies, then run the checks again."
        ),
        subjects=subjects,
    )
