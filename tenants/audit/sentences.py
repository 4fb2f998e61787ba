"""One event of the trail in one sentence: who did what, for which person, and where."""

import re
from collections.abc import Iterator, Mapping

from tenants.audit.actions import SENTENCES, label_of
from tenants.models import AuditEvent
from tenants.models.capabilities import Capability

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_FACT = re.compile(r"\{([a-z_]+)\}")
_KEY_SHOWN = 8
# What is not in an event and has to stand in its sentence all the same.
_UNKNOWN = "someone"
_WORDS: Mapping[str, str] = {one.value: f"“{one.label}”" for one in Capability} | {
    "authenticator_app": "authenticator app",
    "client_id": "app registration",
    "connected_account": "connected account",
    "directory_id": "directory",
    "recovery_code": "recovery code",
}


def sentence_of(event: AuditEvent) -> str:
    """The event in words; an action of another time is named as its label has it."""
    template = SENTENCES.get(event.action, f"{{who}}: {label_of(event.action)}")
    known = dict(_known(event))
    template = _OPTIONAL.sub(lambda part: part[1] if _is_whole(part[1], known) else "", template)
    # One pass: what a fact says is text, whatever stands in it.
    return _FACT.sub(lambda fact: known.get(fact[1], _UNKNOWN), template)


def subject_in_words(subject: str) -> str:
    """What an event is about, as far as its key says: `restore_run:5f…` is “restore run 5f…”."""
    kind, _, key = subject.partition(":")
    return f"{kind.replace('_', ' ')} {key[:_KEY_SHOWN]}".strip()


def _is_whole(part: str, known: Mapping[str, str]) -> bool:
    return all(fact in known for fact in _FACT.findall(part))


def _known(event: AuditEvent) -> Iterator[tuple[str, str]]:
    yield "who", event.actor_name or "The product"
    yield "where", event.tenant_name or event.workspace_name or "the installation"
    yield "reach", event.tenant_name or "every tenant of theirs"
    if event.actor_name:
        yield "actor", event.actor_name
    if event.subject:
        # A name in the detail, which follows, is better than this.
        yield "name", subject_in_words(event.subject)
        yield "subject", subject_in_words(event.subject)
    for key, value in event.detail.items():
        if key != "subject" and (words := _words(value)):
            yield key, words


def _words(value: object) -> str:
    match value:
        case None | bool() | dict():
            return ""
        case list():
            return ", ".join(_words(member) for member in value)
        case _:
            text = str(value)
            return _WORDS.get(text, text)
