"""The admin shows runs and notices, and changes none."""

import pytest
from django.contrib import admin

from operations.models import Notification, OperationRun


@pytest.mark.parametrize("model", [OperationRun, Notification])
def test_the_admin_is_read_only(model, rf):
    page = admin.site.get_model_admin(model)
    request = rf.get("/")

    assert page.has_add_permission(request) is False
    assert page.has_change_permission(request) is False
    assert page.has_delete_permission(request) is False
