"""The layouts of the tools that back up Intune, each in a module of its own."""

from restore_safety.backups.formats.cipp import Cipp
from restore_safety.backups.formats.document import Candidate, Document, Layout, Loss
from restore_safety.backups.formats.intunecd import IntuneCD
from restore_safety.backups.formats.intunemanagement import IntuneManagement
from restore_safety.backups.formats.jseerden import Jseerden
from restore_safety.backups.formats.portal import Portal

__all__ = ["LAYOUTS", "Candidate", "Document", "Layout", "Loss", "layout_of"]

# The last takes whatever no tool is recognised by.
LAYOUTS: tuple[Layout, ...] = (Cipp(), Jseerden(), IntuneCD(), IntuneManagement(), Portal())


def layout_of(document: Document) -> Layout:
    """Return the layout of the tool that wrote the object."""
    return next(layout for layout in LAYOUTS if layout.recognises(document))
