import pytest
from django.contrib.messages import get_messages

from operations.models import OperationRun
from restore_safety.models import CapturedEvidence, DraftChange, RestoreDraft, RestoreRun
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.scope import ScopeMode
from tenants.access.service import bootstrap_role
from tenants.models.capabilities import Role
from tests.factories import TenantFactory, UserFactory
from tests.restore_safety.factories import BackupSetFactory
from tests.restore_safety.factories_runs import RestoreRunFactory

STEPS = ("backup", "scope", "checks", "preview", "confirm")
PAGES = [("get", f"{step}/") for step in STEPS] + [("post", f"{step}/") for step in STEPS]
ADDRESSES = [
    *PAGES,
    ("get", ""),
    ("get", "discard/"),
    ("post", "discard/"),
    ("post", "capture/checks/"),
    ("post", "capture/preview/"),
    ("post", "queue/"),
]


def _said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.fixture
def elsewhere(workspace):
    """Operator of another tenant of the same workspace."""
    user = UserFactory(username="elsewhere")
    bootstrap_role(user=user, tenant=TenantFactory(workspace=workspace), role=Role.OPERATOR)
    return user


@pytest.fixture(
    params=[("outsider", 404), ("elsewhere", 404), ("member", 404), ("auditor", 403)],
    ids=lambda param: param[0],
)
def kept_out(request, sign_in):
    """The browser of somebody who may not prepare restores here, and how they are told."""
    who, status = request.param
    return sign_in(request.getfixturevalue(who)), status


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_who_may_not_prepare_changes_and_sees_nothing(kept_out, draft, proven, method, path):
    browser, status = kept_out

    response = getattr(browser, method)(f"/restores/drafts/{draft.pk}/{path}")

    assert response.status_code == status
    assert list(RestoreDraft.objects.all()) == [draft]
    assert CapturedEvidence.objects.count() == 2
    assert (DraftChange.objects.count(), RestoreRun.objects.count()) == (0, 0)


@pytest.mark.parametrize(("method", "path"), ADDRESSES)
def test_who_is_not_signed_in_is_sent_to_sign_in(client, draft, method, path):
    response = getattr(client, method)(f"/restores/drafts/{draft.pk}/{path}")

    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("who", ["operator", "manager", "owner"])
@pytest.mark.parametrize("step", STEPS)
def test_who_may_prepare_sees_every_step(request, sign_in, draft, who, step):
    browser = sign_in(request.getfixturevalue(who))

    response = browser.get(f"/restores/drafts/{draft.pk}/{step}/")

    assert response.context["page"].step == step


@pytest.mark.parametrize(
    ("path", "step", "what_now"),
    [
        ("queue/", "confirm", "confirm again."),
        ("capture/checks/", "checks", "run it again here."),
        ("capture/preview/", "preview", "run it again here."),
    ],
)
def test_signing_in_again_leads_to_the_step_and_queues_nothing(desk, path, step, what_now):
    response = desk.browser.get(f"/restores/drafts/{desk.draft.pk}/{path}")

    assert response["Location"] == desk.address(step)
    assert _said(response) == [
        f"If your session had ended, what you sent is gone. Nothing was queued: {what_now}"
    ]
    assert OperationRun.objects.count() == 0


@pytest.mark.parametrize("path", ["queue/", "capture/checks/"])
def test_signing_in_again_after_it_was_queued_leads_to_the_run(desk, backup_set, path):
    run = RestoreRunFactory(tenant=desk.draft.tenant, draft=desk.draft, backup_set=backup_set)
    RestoreDraft.objects.filter(pk=desk.draft.pk).update(submitted_at=run.created_at)

    response = desk.browser.get(f"/restores/drafts/{desk.draft.pk}/{path}")

    assert response["Location"] == f"/restores/{run.pk}/"


def test_an_unknown_kind_of_evidence_does_not_exist(sign_in, operator, draft):
    response = sign_in(operator).post(f"/restores/drafts/{draft.pk}/capture/everything/")

    assert response.status_code == 404
    assert CapturedEvidence.objects.count() == 0


@pytest.mark.parametrize("kind", list(EvidenceKind))
def test_capturing_queues_it_once_and_stays_on_its_step(desk, kind):
    capture = f"/restores/drafts/{desk.draft.pk}/capture/{kind}/"

    answers = [desk.browser.post(capture) for _ in range(2)]

    assert [answer["Location"] for answer in answers] == [desk.address(kind)] * 2
    evidence = CapturedEvidence.objects.get()
    assert (evidence.kind, evidence.state) == (kind, CaptureState.CAPTURING)
    assert evidence.operation_run == OperationRun.objects.get()


def test_an_empty_scope_is_not_captured(desk):
    desk.draft.mode = ScopeMode.SELECTED
    desk.draft.save()

    response = desk.browser.post(f"/restores/drafts/{desk.draft.pk}/capture/checks/")

    assert response["Location"] == desk.address("scope")
    assert _said(response) == ["Nothing is in scope. Select at least one policy first."]
    assert CapturedEvidence.objects.count() == 0


def test_resuming_goes_to_what_is_asked_first(desk, captured):
    resume = f"/restores/drafts/{desk.draft.pk}/"

    seen = [desk.browser.get(resume)["Location"]]
    captured(EvidenceKind.CHECKS)
    seen.append(desk.browser.get(resume)["Location"])
    captured(EvidenceKind.PREVIEW)
    seen.append(desk.browser.get(resume)["Location"])

    assert seen == [desk.address(step) for step in ("checks", "preview", "confirm")]


def test_only_tenants_one_may_prepare_for_are_offered(
    sign_in, operator, auditor, tenant, other_tenant
):
    browser = sign_in(operator)

    offered = [
        list(browser.get("/restores/new/", {"q": text}).context["tenants"])
        for text in ("", "cont", "fabrikam")
    ]

    assert offered == [[tenant], [tenant], []]
    assert list(sign_in(auditor).get("/restores/new/").context["tenants"]) == []


def test_a_draft_is_opened_for_a_tenant(sign_in, operator, tenant):
    response = sign_in(operator).post("/restores/new/", {"tenant": tenant.slug})

    draft = RestoreDraft.objects.get()
    assert (draft.tenant, draft.owner, draft.backup_set) == (tenant, operator, None)
    assert response["Location"] == f"/restores/drafts/{draft.pk}/backup/"


def test_a_draft_is_opened_from_a_backup_set(sign_in, operator, tenant, backup_set):
    response = sign_in(operator).post(
        "/restores/new/", {"tenant": tenant.slug, "backup_set": str(backup_set.pk)}
    )

    draft = RestoreDraft.objects.get()
    assert draft.backup_set == backup_set
    assert response["Location"] == f"/restores/drafts/{draft.pk}/scope/"


@pytest.mark.parametrize("set_id", ["nonsense", "foreign"])
def test_a_foreign_backup_set_opens_nothing(sign_in, operator, tenant, other_tenant, set_id):
    foreign = BackupSetFactory(tenant=other_tenant)
    sent = str(foreign.pk) if set_id == "foreign" else set_id

    response = sign_in(operator).post("/restores/new/", {"tenant": tenant.slug, "backup_set": sent})

    assert response.status_code == 404
    assert RestoreDraft.objects.count() == 0


@pytest.mark.parametrize("slug", ["contoso", "", "nowhere", "con\x00toso"])
def test_a_draft_is_not_opened_where_one_may_not_prepare(kept_out, tenant, slug):
    browser, status = kept_out

    response = browser.post("/restores/new/", {"tenant": slug})

    assert response.status_code == (status if slug == tenant.slug else 404)
    assert RestoreDraft.objects.count() == 0


def test_discarding_asks_first(sign_in, operator, draft, proven):
    browser, address = sign_in(operator), f"/restores/drafts/{draft.pk}/discard/"

    asked = browser.get(address)
    kept = RestoreDraft.objects.count()
    response = browser.post(address)

    assert "are removed for good" in asked.content.decode()
    assert (kept, RestoreDraft.objects.count()) == (1, 0)
    assert (response["Location"], _said(response)) == ("/", ["The draft was discarded."])


def test_a_draft_that_was_rehearsed_stays_on_record(sign_in, operator, draft, backup_set):
    RestoreRunFactory(tenant=draft.tenant, draft=draft, backup_set=backup_set, is_dry_run=True)

    response = sign_in(operator).post(f"/restores/drafts/{draft.pk}/discard/")

    assert list(RestoreDraft.objects.all()) == [draft]
    assert response["Location"] == f"/restores/drafts/{draft.pk}/"
    assert _said(response) == ["Runs were made from this draft, so it stays on record."]
