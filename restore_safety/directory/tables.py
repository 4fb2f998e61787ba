"""A tenant's directory as a table; each order ends in the key, so pages never overlap."""

import django_tables2 as tables

from restore_safety.directory.describing import described
from restore_safety.models import DirectoryObject


class DirectoryTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    caption = "Directory"
    empty_text = "Nothing found"
    empty_hint = "No object that was read matches your search."
    empty_icon = "search"

    name = tables.Column(order_by=("folded_name", "pk"))
    kind = tables.Column(accessor="kind_member__label", order_by=("kind", "folded_name", "pk"))
    detail = tables.Column(verbose_name="Details", orderable=False, empty_values=())
    object_id = tables.TemplateColumn(
        '<code class="text-break">{{ value }}</code>', verbose_name="ID", orderable=False
    )

    class Meta:
        model = DirectoryObject
        fields = ("name", "kind", "detail", "object_id")
        order_by = "name"

    def render_detail(self, record: DirectoryObject) -> str:
        return described(record) or "—"
