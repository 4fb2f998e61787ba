"""Addresses of signing in under the names allauth looks for; what is not here is not offered."""

from django.urls import path, re_path
from django.views.generic import RedirectView

from tenants.sign_in import oidc, views

_DIRECTORY = {"provider_id": oidc.PROVIDER}

urlpatterns = [
    path("sign-in/", views.sign_in, name="account_login"),
    path("sign-in/leave/", views.leave, name="account_logout"),
    path("sign-in/second-factor/", views.second_factor_of_sign_in, name="mfa_authenticate"),
    path("sign-in/passkey/", views.passkey_sign_in, name="mfa_login_webauthn"),
    path("sign-in/directory/", oidc.sign_in, _DIRECTORY, name="openid_connect_login"),
    path("sign-in/directory/done/", oidc.callback, _DIRECTORY, name="openid_connect_callback"),
    path("sign-in/password/", views.password_reset, name="account_reset_password"),
    path("sign-in/password/sent/", views.password_reset_sent, name="account_reset_password_done"),
    path(
        "sign-in/password/changed/",
        views.password_reset_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^sign-in/password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[-\w]+)/$",
        views.password_reset_from_mail,
        name="account_reset_password_from_key",
    ),
    path("prove/", views.prove_with_password, name="account_reauthenticate"),
    path("prove/code/", views.prove_with_code, name="mfa_reauthenticate"),
    path("prove/passkey/", views.prove_with_passkey, name="mfa_reauthenticate_webauthn"),
    path("account/", views.security, name="mfa_index"),
    path("account/password/", views.password_change, name="account_change_password"),
    path("account/password/set/", views.password_set, name="account_set_password"),
    path("account/app/", views.app_add, name="mfa_activate_totp"),
    path("account/app/remove/", views.app_remove, name="mfa_deactivate_totp"),
    path("account/passkeys/add/", views.passkey_add, name="mfa_add_webauthn"),
    path("account/passkeys/<int:pk>/remove/", views.passkey_remove, name="mfa_remove_webauthn"),
    path("account/recovery-codes/", views.recovery_codes_view, name="mfa_view_recovery_codes"),
    path(
        "account/recovery-codes/new/",
        views.recovery_codes_make,
        name="mfa_generate_recovery_codes",
    ),
    path("admin/login/", views.admin_sign_in, name="admin-sign-in"),
    path(
        "admin/password_change/",
        RedirectView.as_view(pattern_name="account_change_password"),
        name="admin-password-change",
    ),
]
