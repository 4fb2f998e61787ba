"""What a restore changes as rows for people: where, what is there, what will be."""

from collections.abc import Collection, Mapping, Sequence

from restore_safety.policies.diff.comparison import Comparison
from restore_safety.policies.diff.paths import DiffPath, Row, hidden_families
from restore_safety.policies.diff.setting_names import SettingNames, definitions_in
from restore_safety.policies.secrets import without_secrets
from tenants.graph.payloads import Json, without_annotations

__all__ = [
    "Row",
    "assignment_rows",
    "content_rows",
    "creation_rows",
    "limited",
    "removal_rows",
    "secret_paths",
]

MOST_ROWS = 200
LONGEST_VALUE = 300
# How much of what two long values have in common is shown before they part.
_LEAD = 30


def content_rows(  # noqa: PLR0913 -- two policies, and how to show what differs
    *,
    wanted: Json,
    live: Json,
    changed: frozenset[str],
    secrets: Collection[str],
    displayed: Mapping[str, str] | None = None,
    objects: Mapping[str, str] | None = None,
) -> list[Row]:
    """A row per setting that differs, within the properties that differ.

    `displayed` names settings and options, `objects` what the policy refers to, by id.
    """
    before = {name: live[name] for name in sorted(changed & live.keys())}
    after = {name: wanted[name] for name in sorted(changed & wanted.keys())}
    names = SettingNames([*definitions_in(before), *definitions_in(after)], displayed=displayed)
    comparison = Comparison(names=names, secrets=secrets, objects=objects)
    return [
        row
        for name in dict.fromkeys([*after, *before])
        for row in comparison.rows(before.get(name), after.get(name), DiffPath().within(name))
    ]


def secret_paths(payload: Json) -> frozenset[str]:
    """Where a payload holds secrets: looked up in the whole of it, as the normal form says less."""
    return frozenset(hidden_families(without_secrets(without_annotations(payload)), DiffPath()))


def assignment_rows(*, wanted: Sequence[str], live: Sequence[str]) -> list[Row]:
    """A row per audience that comes or goes."""
    place = DiffPath().within("assignments")
    return [place.row(audience, "") for audience in live if audience not in wanted] + [
        place.row("", audience) for audience in wanted if audience not in live
    ]


def creation_rows(*, type_label: str, content: Json) -> list[Row]:
    return [DiffPath(path=(type_label,)).row("", f"new, {_size_of(content)}")]


def removal_rows(*, type_label: str, content: Json) -> list[Row]:
    return [DiffPath(path=(type_label,)).row(f"there, {_size_of(content)}", "deleted")]


def _size_of(content: Json) -> str:
    settings = content.get("settings")
    if isinstance(settings, list):
        return f"{len(settings)} setting{'' if len(settings) == 1 else 's'}"
    return f"{len(content)} propert{'y' if len(content) == 1 else 'ies'}"


def limited(rows: Sequence[Row]) -> list[Row]:
    """As many rows as a page can show; the last one says how many more there are."""
    shown = [{**row, **_shortened(row["before"], row["after"])} for row in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        shown.append(DiffPath(path=(f"{len(rows) - MOST_ROWS} more differences",)).row("", ""))
    return shown


def _shortened(before: str, after: str) -> Row:
    """Both cut to a length a page can show; two long ones from just before they part."""
    if min(len(before), len(after)) > LONGEST_VALUE:
        together = zip(before, after, strict=False)
        parting = next((at for at, (old, new) in enumerate(together) if old != new), 0)
        if (start := parting - _LEAD) > 0:
            before, after = f"…{before[start:]}", f"…{after[start:]}"
    return {"before": _cut(before), "after": _cut(after)}


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"
