"""Addresses of signing in, of tenants and access to them, of people, and of preferences."""

from django.urls import path

from tenants.access import views as access_views
from tenants.change_windows import views as windows
from tenants.connections import views
from tenants.people import invitation_views, preference_views
from tenants.people import views as people_views
from tenants.sign_in import oidc
from tenants.sign_in import views as sign_in
from tenants.tokens import views as token_views

app_name = "tenants"

urlpatterns = [
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("prove/directory/", oidc.prove, name="prove-with-account"),
    path("account/directory/connect/", oidc.connect, name="account-connect"),
    path(
        "account/directory/<int:pk>/disconnect/",
        sign_in.account_disconnect,
        name="account-disconnect",
    ),
    path("preferences/", preference_views.preferences, name="preferences"),
    path("preferences/tokens/", token_views.token_list, name="token-list"),
    path("preferences/tokens/new/", token_views.token_create, name="token-create"),
    path(
        "preferences/tokens/<int:token_id>/revoke/", token_views.token_revoke, name="token-revoke"
    ),
    path("tenants/", views.tenant_list, name="tenant-list"),
    path("tenants/<slug:slug>/", views.tenant_detail, name="tenant-detail"),
    path("tenants/<slug:slug>/connection/", views.connection_change, name="connection-change"),
    path(
        "tenants/<slug:slug>/connection/verify/",
        views.connection_verify,
        name="connection-verify",
    ),
    path("tenants/<slug:slug>/write-gate/", views.write_gate_set, name="write-gate-set"),
    path("tenants/<slug:slug>/four-eyes/", views.four_eyes_set, name="four-eyes-set"),
    path("tenants/<slug:slug>/change-windows/", windows.window_list, name="change-window-list"),
    path("tenants/<slug:slug>/change-windows/add/", windows.window_add, name="change-window-add"),
    path(
        "tenants/<slug:slug>/change-windows/<int:window_id>/remove/",
        windows.window_remove,
        name="change-window-remove",
    ),
    path("tenants/<slug:slug>/access/", access_views.access, name="access"),
    path("tenants/<slug:slug>/access/grant/", access_views.access_grant, name="access-grant"),
    path(
        "tenants/<slug:slug>/access/people/<int:person_id>/",
        access_views.access_person,
        name="access-person",
    ),
    path(
        "tenants/<slug:slug>/access/people/<int:person_id>/role/",
        access_views.access_person_role,
        name="access-person-role",
    ),
    path(
        "tenants/<slug:slug>/access/groups/<int:group_id>/",
        access_views.access_group,
        name="access-group",
    ),
    path(
        "tenants/<slug:slug>/access/groups/<int:group_id>/role/",
        access_views.access_group_role,
        name="access-group-role",
    ),
    path("tenants/<slug:slug>/access/tokens/", token_views.access_tokens, name="access-tokens"),
    path(
        "tenants/<slug:slug>/access/tokens/<int:token_id>/revoke/",
        token_views.access_token_revoke,
        name="access-token-revoke",
    ),
    path("roles/", access_views.roles, name="roles"),
    path("workspaces/<slug:slug>/members/", people_views.member_list, name="member-list"),
    path(
        "workspaces/<slug:slug>/members/<int:person_id>/",
        people_views.member_detail,
        name="member-detail",
    ),
    path(
        "workspaces/<slug:slug>/members/<int:person_id>/remove/",
        people_views.member_remove,
        name="member-remove",
    ),
    path("workspaces/<slug:slug>/groups/", people_views.group_list, name="group-list"),
    path("workspaces/<slug:slug>/groups/new/", people_views.group_create, name="group-create"),
    path(
        "workspaces/<slug:slug>/groups/<int:group_id>/",
        people_views.group_detail,
        name="group-detail",
    ),
    path(
        "workspaces/<slug:slug>/groups/<int:group_id>/rename/",
        people_views.group_rename,
        name="group-rename",
    ),
    path(
        "workspaces/<slug:slug>/groups/<int:group_id>/delete/",
        people_views.group_delete,
        name="group-delete",
    ),
    path(
        "workspaces/<slug:slug>/groups/<int:group_id>/members/add/",
        people_views.group_member_add,
        name="group-member-add",
    ),
    path(
        "workspaces/<slug:slug>/groups/<int:group_id>/members/<int:person_id>/remove/",
        people_views.group_member_remove,
        name="group-member-remove",
    ),
    path(
        "workspaces/<slug:slug>/invitations/", people_views.invitation_list, name="invitation-list"
    ),
    path(
        "workspaces/<slug:slug>/invitations/new/",
        people_views.invitation_create,
        name="invitation-create",
    ),
    path(
        "workspaces/<slug:slug>/invitations/<int:invitation_id>/revoke/",
        people_views.invitation_revoke,
        name="invitation-revoke",
    ),
    path("invitation/", invitation_views.invitation_accept, name="invitation-accept"),
    path("invitation/directory/", oidc.join, name="join-with-account"),
    path("invitation/<str:token>/", invitation_views.invitation_open, name="invitation-open"),
]
