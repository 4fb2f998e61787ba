"""The addresses of runs name no tenant, so a link to one never goes stale."""

from django.urls import path

from operations import views

app_name = "operations"

urlpatterns = [
    path("", views.run_list, name="run-list"),
    path("notifications/", views.notification_list, name="notification-list"),
    path("notifications/read/", views.notification_read_all, name="notification-read-all"),
    path("<uuid:run_id>/", views.run_detail, name="run-detail"),
    path("<uuid:run_id>/progress/", views.run_progress, name="run-progress"),
    path("<uuid:run_id>/cancel/", views.run_cancel, name="run-cancel"),
]
