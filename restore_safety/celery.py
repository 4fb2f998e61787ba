"""The Celery application; its configuration is Django's settings under the CELERY_ prefix."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "restore_safety.settings")

app = Celery("restore_safety")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
