"""Chains the audit trail, and has the database itself refuse to change what stands in it."""

import hashlib
from datetime import UTC
from typing import Any

import django.db.models.deletion
import rfc8785
from django.db import migrations, models

# This is what hashes were made of when the events below were chained; it stays as it is.
_VERSION = 'audit1'
_LARGEST_EXACT = 2**53 - 1

_EVENTS, _CHAINS = 'tenants_auditevent', 'tenants_auditchain'
_REFUSAL = 'The audit trail is append-only.'

SQLITE = [
    f"""CREATE TRIGGER audit_event_is_not_changed BEFORE UPDATE ON {_EVENTS}
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    f"""CREATE TRIGGER audit_event_is_not_removed BEFORE DELETE ON {_EVENTS}
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    # REPLACE deletes without asking the triggers on deletion, so a taken id is refused here.
    f"""CREATE TRIGGER audit_event_follows_the_head BEFORE INSERT ON {_EVENTS}
        WHEN EXISTS (SELECT 1 FROM {_EVENTS} WHERE id = NEW.id)
          OR NOT EXISTS (
            SELECT 1 FROM {_CHAINS} WHERE key = NEW.chain_id
              AND length = NEW.sequence - 1 AND head = NEW.previous_hash)
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    f"""CREATE TRIGGER audit_head_moves_by_one BEFORE UPDATE ON {_CHAINS}
        WHEN NEW.key IS NOT OLD.key OR NEW.workspace_id IS NOT OLD.workspace_id
          OR NEW.length IS NOT OLD.length + 1
          OR NOT EXISTS (
            SELECT 1 FROM {_EVENTS} WHERE chain_id = NEW.key
              AND sequence = NEW.length AND hash = NEW.head)
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    f"""CREATE TRIGGER audit_head_is_not_removed BEFORE DELETE ON {_CHAINS}
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
    f"""CREATE TRIGGER audit_head_begins_at_nothing BEFORE INSERT ON {_CHAINS}
        WHEN NEW.length <> 0 OR NEW.head <> ''
          OR EXISTS (SELECT 1 FROM {_CHAINS} WHERE key = NEW.key OR workspace_id = NEW.workspace_id)
        BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
]
_SQLITE_NAMES = [statement.split()[2] for statement in SQLITE]

POSTGRESQL = [
    f"""CREATE FUNCTION audit_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'restrict_violation',
            DETAIL = TG_OP || ' on ' || TG_TABLE_NAME || ' is refused.';
        END $$""",
    f"""CREATE FUNCTION audit_event_follows() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NOT EXISTS (
            SELECT 1 FROM {_CHAINS} WHERE key = NEW.chain_id
              AND length = NEW.sequence - 1 AND head = NEW.previous_hash) THEN
            RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'restrict_violation',
              DETAIL = 'The event does not follow the head of its chain.';
          END IF;
          RETURN NEW;
        END $$""",
    f"""CREATE FUNCTION audit_head_moves() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.key <> OLD.key OR NEW.workspace_id IS DISTINCT FROM OLD.workspace_id
            OR NEW.length <> OLD.length + 1
            OR NOT EXISTS (
              SELECT 1 FROM {_EVENTS} WHERE chain_id = NEW.key
                AND sequence = NEW.length AND hash = NEW.head) THEN
            RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'restrict_violation',
              DETAIL = 'The head of a chain moves to its next event, and nowhere else.';
          END IF;
          RETURN NEW;
        END $$""",
    f"""CREATE FUNCTION audit_head_begins() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.length <> 0 OR NEW.head <> '' THEN
            RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'restrict_violation',
              DETAIL = 'A chain begins with nothing in it.';
          END IF;
          RETURN NEW;
        END $$""",
    f"""CREATE TRIGGER audit_event_is_not_changed BEFORE UPDATE ON {_EVENTS}
        FOR EACH ROW EXECUTE FUNCTION audit_refuses()""",
    f"""CREATE TRIGGER audit_event_is_not_removed BEFORE DELETE ON {_EVENTS}
        FOR EACH ROW EXECUTE FUNCTION audit_refuses()""",
    f"""CREATE TRIGGER audit_event_is_not_emptied BEFORE TRUNCATE ON {_EVENTS}
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()""",
    f"""CREATE TRIGGER audit_event_follows_the_head BEFORE INSERT ON {_EVENTS}
        FOR EACH ROW EXECUTE FUNCTION audit_event_follows()""",
    f"""CREATE TRIGGER audit_head_moves_by_one BEFORE UPDATE ON {_CHAINS}
        FOR EACH ROW EXECUTE FUNCTION audit_head_moves()""",
    f"""CREATE TRIGGER audit_head_is_not_removed BEFORE DELETE ON {_CHAINS}
        FOR EACH ROW EXECUTE FUNCTION audit_refuses()""",
    f"""CREATE TRIGGER audit_head_is_not_emptied BEFORE TRUNCATE ON {_CHAINS}
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuses()""",
    f"""CREATE TRIGGER audit_head_begins_at_nothing BEFORE INSERT ON {_CHAINS}
        FOR EACH ROW EXECUTE FUNCTION audit_head_begins()""",
]
_POSTGRESQL_FUNCTIONS = [
    'audit_refuses', 'audit_event_follows', 'audit_head_moves', 'audit_head_begins',
]


def chain_events(apps: Any, schema_editor: Any) -> None:
    """Chain what was recorded before there were chains, in the order of its ids."""
    database = schema_editor.connection.alias
    events = apps.get_model('tenants', 'AuditEvent').objects.using(database)
    chains = apps.get_model('tenants', 'AuditChain').objects.using(database)
    heads: dict[str, Any] = {}
    batch: list[Any] = []
    for event in events.select_related('workspace', 'tenant', 'actor').order_by('id').iterator(2000):
        key = 'installation' if event.workspace_id is None else f'workspace:{event.workspace_id}'
        if key not in heads:
            heads[key] = chains.create(key=key, workspace_id=event.workspace_id)
        _follow(event, heads[key])
        batch.append(event)
        if len(batch) == 500:
            _store(events, batch)
            batch = []
    _store(events, batch)
    for head in heads.values():
        head.save(update_fields=['length', 'head'])
    if schema_editor.connection.vendor == 'postgresql':
        # Or the keys that were written would be checked after the tables are altered below.
        schema_editor.execute('SET CONSTRAINTS ALL IMMEDIATE')


def _follow(event: Any, head: Any) -> None:
    event.chain_id = head.key
    event.sequence = head.length + 1
    event.previous_hash = head.head
    # The names of back then were not kept: these are the ones of today.
    event.workspace_name = event.workspace.name if event.workspace else ''
    event.tenant_name = event.tenant.name if event.tenant else ''
    event.actor_name = _name_of(event.actor)
    event.hash = _hash_of(event)
    head.length, head.head = event.sequence, event.hash


def _store(events: Any, batch: list[Any]) -> None:
    events.bulk_update(
        batch,
        [
            'chain', 'sequence', 'previous_hash', 'hash',
            'workspace_name', 'tenant_name', 'actor_name',
        ],
    )


def _name_of(actor: Any) -> str:
    if actor is None:
        return ''
    full = f'{actor.first_name} {actor.last_name}'.strip()
    return f'{full} ({actor.username})' if full else str(actor.username)


def _hash_of(event: Any) -> str:
    facts = {
        'version': _VERSION,
        'chain': event.chain_id,
        'sequence': event.sequence,
        'previous_hash': event.previous_hash,
        'at': event.at.astimezone(UTC).isoformat(timespec='microseconds'),
        'workspace_id': event.workspace_id,
        'workspace_name': event.workspace_name,
        'tenant_id': event.tenant_id,
        'tenant_name': event.tenant_name,
        'actor_id': event.actor_id,
        'actor_name': event.actor_name,
        'action': event.action,
        'outcome': event.outcome,
        'subject': event.subject,
        'detail': event.detail,
        'request_id': event.request_id,
        'address': event.address,
    }
    return f'{_VERSION}:{hashlib.sha256(rfc8785.dumps(_exact(facts))).hexdigest()}'


def _exact(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _exact(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_exact(member) for member in value]
    if isinstance(value, int) and abs(value) > _LARGEST_EXACT:
        return {'$integer': str(value)}
    return value


def set_guards(apps: Any, schema_editor: Any) -> None:
    vendor = schema_editor.connection.vendor
    for statement in {'sqlite': SQLITE, 'postgresql': POSTGRESQL}[vendor]:
        schema_editor.execute(statement)


def lift_guards(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == 'sqlite':
        for name in _SQLITE_NAMES:
            schema_editor.execute(f'DROP TRIGGER {name}')
    else:
        for name in _POSTGRESQL_FUNCTIONS:
            schema_editor.execute(f'DROP FUNCTION {name} CASCADE')


class Migration(migrations.Migration):

    dependencies = [
        ('tenants', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditChain',
            fields=[
                ('key', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('length', models.PositiveBigIntegerField(default=0)),
                ('head', models.CharField(blank=True, max_length=80)),
                ('workspace', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, to='tenants.workspace')),
            ],
            options={
                'ordering': ['key'],
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='auditevent',
            name='chain',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='tenants.auditchain'),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='sequence',
            field=models.PositiveBigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='previous_hash',
            field=models.CharField(blank=True, default='', max_length=80),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='hash',
            field=models.CharField(default='', max_length=80),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='workspace_name',
            field=models.CharField(blank=True, default='', max_length=500),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='tenant_name',
            field=models.CharField(blank=True, default='', max_length=500),
        ),
        migrations.AddField(
            model_name='auditevent',
            name='actor_name',
            field=models.CharField(blank=True, default='', max_length=500),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='at',
            field=models.DateTimeField(),
        ),
        migrations.RunPython(chain_events, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='auditevent',
            name='chain',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='tenants.auditchain'),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='sequence',
            field=models.PositiveBigIntegerField(),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='previous_hash',
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='hash',
            field=models.CharField(max_length=80),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='workspace_name',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='tenant_name',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AlterField(
            model_name='auditevent',
            name='actor_name',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddIndex(
            model_name='auditevent',
            index=models.Index(fields=['-at', '-id'], name='audit_by_time'),
        ),
        migrations.AddConstraint(
            model_name='auditevent',
            constraint=models.UniqueConstraint(fields=('chain', 'sequence'), name='audit_chain_does_not_fork'),
        ),
        migrations.RunPython(set_guards, lift_guards),
    ]
