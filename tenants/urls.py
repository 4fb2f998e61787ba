"""Addresses of signing in, of tenants, and of preferences."""

from django.urls import path

from tenants import token_views, views

app_name = "tenants"

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("preferences/", views.preferences, name="preferences"),
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
]
