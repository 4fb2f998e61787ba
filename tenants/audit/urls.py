"""Addresses of the audit trail."""

from django.urls import path

from tenants.audit import views as audit_views

app_name = "audit"

urlpatterns = [
    path("", audit_views.event_list, name="event-list"),
    path("events.csv", audit_views.event_csv, name="event-csv"),
    path("events.json", audit_views.event_json, name="event-json"),
]
