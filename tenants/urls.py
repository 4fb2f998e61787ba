"""Addresses of signing in, of tenants, and of preferences."""

from django.urls import path

from tenants import views
from tenants.sign_in import oidc
from tenants.sign_in import views as sign_in

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
    path("preferences/", views.preferences, name="preferences"),
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
