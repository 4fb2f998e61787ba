FROM python:3.13-slim AS build
COPY requirements.lock .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.lock

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home /srv app && mkdir /data && chown app /data
COPY --from=build /venv /venv
WORKDIR /srv
COPY manage.py ./
COPY restore_safety restore_safety
COPY operations operations
COPY tenants tenants
COPY templates templates
COPY static static
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 RESTORE_SAFETY_PROFILE=production RESTORE_SAFETY_HOME=/data
# Static files are collected while nothing secret is at hand; these values end with this line.
RUN SECRET_KEY=collects-static-files-and-never-signs-anything-at-all CREDENTIAL_KEYS=collects-static-files-and-encrypts-nothing \
    RECEIPT_SIGNING_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA \
    ALLOWED_HOSTS=build BROKER_URL=redis://build DATABASE_URL=postgres://build/build \
    RESTORE_SAFETY_HOME=/tmp/build python manage.py collectstatic --noinput
USER app
EXPOSE 8000
CMD ["gunicorn", "restore_safety.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket"]
