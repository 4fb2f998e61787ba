from dataclasses import replace

from restore_safety.checks.masked_secrets import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import WHOLE


def test_a_masked_secret_is_a_blocker_that_says_where():
    masked = checked(completeness=replace(WHOLE, secrets_masked=("preSharedKey",)))

    issues = list(check(context(masked)))

    assert outline(issues) == [(Severity.BLOCKER, "masked_secrets", ["Firewall"])]
    assert "Masked: preSharedKey." in issues[0].why


def test_no_mask_raises_nothing():
    assert outline(check(context(checked()))) == []
