"""The Celery application; its configuration is Django's settings under the CELERY_ prefix."""

import os

from celery import Celery
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "restore_safety.settings")

TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), "restore_safety.redis_queue:Transport"))
app = Celery("restore_safety")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
