"""The mapping step marks the groups that the checks found missing: all of them, and no other."""

import uuid

from restore_safety.checks.missing_groups import check
from restore_safety.drafts.readiness import draft_status
from restore_safety.models import RestoreDraft
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.wizard.pages.checks import missing_groups
from tests.restore_safety.checks.contexts import checked, context
from tests.restore_safety.factories_runs import NOW, FindingFactory
from tests.restore_safety.policies.fakes import FakeReader, catalog, to_group


def _marked(captured, draft, ids, names=None):
    policy = checked(catalog(), assignments=[to_group(one) for one in ids])
    looked = context(policy, reader=FakeReader(), groups=ids, group_names=names or {})
    checks = captured(EvidenceKind.CHECKS)
    for place, issue in enumerate(check(looked), 1):
        FindingFactory(
            evidence=checks,
            position=place,
            severity=issue.severity,
            code=issue.code,
            title=issue.title,
            why=issue.why,
            remedy=issue.remedy,
            missing=[{"kind": one.kind, "id": one.id} for one in issue.missing],
        )
    fresh = RestoreDraft.objects.get(pk=draft.pk)
    return missing_groups(draft_status(draft=fresh, actor=draft.owner, now=NOW))


def test_more_missing_groups_than_a_sentence_names_are_all_marked_missing(captured, draft):
    ids = {str(uuid.UUID(int=number + 1)) for number in range(12)}

    assert _marked(captured, draft, ids) == ids


def test_a_groups_name_is_no_group(captured, draft):
    gone, other = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))

    assert _marked(captured, draft, {gone}, {gone: f"Copy of {other}"}) == {gone}
