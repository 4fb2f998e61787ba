import pytest
from django.contrib import admin
from django.urls import reverse

from restore_safety.models import (
    BackupItem,
    BackupSet,
    CapturedEvidence,
    PlanItem,
    PolicyPayload,
    RestoreDraft,
    RestoreRun,
)
from tests.factories import UserFactory
from tests.restore_safety.factories_runs import RestoreRunFactory

READ_ONLY = [BackupSet, CapturedEvidence, RestoreDraft, RestoreRun]


@pytest.fixture
def administrator(db):
    return UserFactory(is_staff=True, is_superuser=True)


@pytest.mark.parametrize("model", READ_ONLY)
def test_rows_are_shown_and_not_changed(sign_in, administrator, model):
    RestoreRunFactory()
    row = model.objects.get()
    browser = sign_in(administrator)
    address = f"admin:restore_safety_{model._meta.model_name}"

    listed = browser.get(reverse(f"{address}_changelist"), {"q": "x"})
    shown = browser.get(reverse(f"{address}_change", args=[row.pk]))
    added = browser.get(reverse(f"{address}_add"))
    posted = browser.post(reverse(f"{address}_change", args=[row.pk]), {})

    answers = (listed, shown, added, posted)
    assert [answer.status_code for answer in answers] == [200, 200, 403, 403]
    assert 'type="submit" value="Save"' not in shown.content.decode()


@pytest.mark.parametrize("model", [BackupItem, PlanItem, PolicyPayload])
def test_rows_that_hold_payloads_stay_out_of_the_admin(model):
    assert not admin.site.is_registered(model)
