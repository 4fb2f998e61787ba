"""Marks of the tenant or the cloud a backup comes from, left in the content of policies."""

from collections.abc import Iterable, Iterator

from restore_safety.checks.context import CheckContext, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.checks.payload_texts import texts_in, written_texts
from restore_safety.models import Severity
from tenants.graph.clouds import Cloud, endpoints


def check(context: CheckContext) -> Iterable[FoundIssue]:
    yield from _origin_ids(context)
    yield from _other_clouds(context)


def _origin_ids(context: CheckContext) -> Iterator[FoundIssue]:
    origin = context.origin_directory_id.lower()
    if not origin or context.same_origin:
        return
    holding = [
        policy
        for policy in context.written
        if any(origin in text.lower() for text in written_texts(policy.planned.policy.payload))
    ]
    if not holding:
        return
    subjects = subjects_of(holding)
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code="origin_id_left",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'holds', 'hold')} the id of the tenant the "
            "backup comes from"
        ),
        why=(
            f"Devices of {context.tenant_name} would be pointed to the directory {origin}: "
            f"{listed(one.name for one in subjects)}."
        ),
        remedy="Exclude these policies, and make them by hand with this tenant's own id.",
        subjects=subjects,
    )


def _other_clouds(context: CheckContext) -> Iterator[FoundIssue]:
    # The emulator stands in for the global cloud.
    cloud = context.facts.cloud
    own = _host(Cloud.GLOBAL if cloud is Cloud.EMULATOR else cloud)
    others = {_host(one) for one in Cloud if one is not Cloud.EMULATOR} - {own}
    found = {
        policy: hosts
        for policy in context.written
        if (
            hosts := {one for text in texts_in(policy.payload) if (one := _host_in(text)) in others}
        )
    }
    if not found:
        return
    subjects = subjects_of(found)
    named = listed(one for hosts in found.values() for one in hosts)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="cloud_mismatch",
        title=f"{counted(len(subjects))} {verb(subjects, 'comes', 'come')} from another cloud",
        why=(
            f"The backup holds addresses of {named}; {context.tenant_name} is reached at {own}. "
            "Settings and templates of another cloud may not exist here."
        ),
        remedy="Make sure the settings exist in this cloud, and read the matches in the preview.",
        subjects=subjects,
    )


def _host(cloud: Cloud) -> str:
    return endpoints(cloud).graph.removeprefix("https://")


def _host_in(text: str) -> str:
    return text.removeprefix("https://").partition("/")[0] if text.startswith("https://") else ""
