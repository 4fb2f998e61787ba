"""Scope tags, filters, roles, and what a tenant shows of itself."""

from tenants.graph.contracts.administration import (
    assignment_filters,
    device_categories,
    intune_branding_profiles,
    notification_message_templates,
    policy_sets,
    role_assignments,
    role_definitions,
    role_scope_tags,
    terms_and_conditions,
)

LABEL = "Administration"
CONTRACTS = (
    role_scope_tags.CONTRACT,
    assignment_filters.CONTRACT,
    role_definitions.CONTRACT,
    role_assignments.CONTRACT,
    device_categories.CONTRACT,
    notification_message_templates.CONTRACT,
    terms_and_conditions.CONTRACT,
    intune_branding_profiles.CONTRACT,
    policy_sets.CONTRACT,
)
