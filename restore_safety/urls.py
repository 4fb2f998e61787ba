"""Every address of the product."""

from django.contrib import admin
from django.urls import include, path

from restore_safety.api import v1
from restore_safety.backups import views as backups
from restore_safety.directory import views as directory
from restore_safety.home import views as home
from restore_safety.restores import approval_views, draft_views, record_views
from restore_safety.restores import views as restores
from restore_safety.web import badge_views, health, policy_types
from restore_safety.wizard import views as wizard

restore_patterns = (
    [
        path("", restores.run_list, name="run-list"),
        path("new/", wizard.draft_create, name="draft-create"),
        path("drafts/", draft_views.draft_list, name="draft-list"),
        path("drafts/<uuid:draft_id>/capture/<slug:kind>/", wizard.capture, name="draft-capture"),
        path("drafts/<uuid:draft_id>/queue/", wizard.queue, name="draft-queue"),
        path("drafts/<uuid:draft_id>/discard/", wizard.draft_discard, name="draft-discard"),
        path(
            "drafts/<uuid:draft_id>/evidence/<uuid:evidence_id>/",
            wizard.draft_evidence,
            name="draft-evidence",
        ),
        path("drafts/<uuid:draft_id>/", wizard.draft_resume, name="draft-resume"),
        path("drafts/<uuid:draft_id>/<slug:step>/", wizard.draft_step, name="draft-step"),
        path("approvals/<uuid:request_id>/", approval_views.approval, name="approval"),
        path("approvals/<uuid:request_id>/decide/", approval_views.decide, name="approval-decide"),
        path(
            "approvals/<uuid:request_id>/withdraw/",
            approval_views.withdraw,
            name="approval-withdraw",
        ),
        path("<uuid:run_id>/", restores.run_detail, name="run-detail"),
        path("<uuid:run_id>/print/", restores.run_print, name="run-print"),
        path("<uuid:run_id>/progress/", restores.run_progress, name="run-progress"),
        path("<uuid:run_id>/items/<int:item_id>/", restores.run_item, name="run-item"),
        path("<uuid:run_id>/items.csv", restores.run_items_csv, name="run-items-csv"),
        path("<uuid:run_id>/items.json", restores.run_items_json, name="run-items-json"),
        path("<uuid:run_id>/receipt/", restores.run_receipt, name="run-receipt"),
        path("<uuid:run_id>/receipt.json", restores.run_receipt_file, name="run-receipt-file"),
        path("verify_receipt.py", restores.receipt_verifier, name="receipt-verifier"),
        path("<uuid:run_id>/follow-up/", restores.follow_up, name="run-follow-up"),
        path("<uuid:run_id>/confirm/<slug:act>/", record_views.confirm, name="run-confirm"),
        path("<uuid:run_id>/acknowledge/", record_views.acknowledge, name="run-acknowledge"),
        path("<uuid:run_id>/rerun/", record_views.rerun, name="run-rerun"),
        path("<uuid:run_id>/undo/", record_views.undo, name="run-undo"),
        path("<uuid:run_id>/archive/", record_views.archive, name="run-archive"),
        path("<uuid:run_id>/unarchive/", record_views.unarchive, name="run-unarchive"),
        path("<uuid:run_id>/delete/", record_views.delete, name="run-delete"),
    ],
    "restores",
)
backup_patterns = (
    [
        path("", backups.set_list, name="set-list"),
        path("capture/", backups.capture, name="capture"),
        path("upload/", backups.upload, name="upload"),
        path("<uuid:set_id>/", backups.set_detail, name="set-detail"),
        path("<uuid:set_id>/delete/", backups.set_delete, name="set-delete"),
        path("items/<uuid:item_id>/", backups.item_detail, name="item-detail"),
    ],
    "backups",
)
directory_patterns = (
    [
        path("", directory.object_list, name="object-list"),
        path("search/", directory.search, name="search"),
        path("sync/", directory.sync, name="sync"),
    ],
    "directory",
)

urlpatterns = [
    path("", home.home, name="home"),
    path("badges/", badge_views.badge_list, name="badges"),
    path("policy-types/", policy_types.policy_type_list, name="policy-types"),
    path("healthz", health.healthz, name="healthz"),
    path("restores/", include(restore_patterns)),
    path("backups/", include(backup_patterns)),
    path("tenants/<slug:slug>/directory/", include(directory_patterns)),
    path("operations/", include("operations.urls")),
    path("audit/", include("tenants.audit.urls")),
    path("api/v1/", v1.urls),
    path("", include("tenants.urls")),
    path("", include("tenants.sign_in.urls")),
    path("admin/", admin.site.urls),
]

handler500 = "restore_safety.outages.failed"
handler429 = "tenants.sign_in.limits.too_many_attempts"
