"""What a person writes about a restore that has ended."""

from django import forms

from restore_safety.models.run import NOTE_LENGTH


class AcknowledgementForm(forms.Form):
    note = forms.CharField(
        label="What is done about it, and who does it",
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
