"""All files of an import by path, to find what lies beside a policy and is part of it."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from restore_safety.backups.decoding import (
    DecodedFile,
    TooDeeplyNestedError,
    UnreadableFileError,
    decode_json,
)
from restore_safety.backups.sources import SourceFile
from restore_safety.backups.yaml_decoding import decode_yaml


def decode(file: SourceFile) -> DecodedFile:
    """Return what a JSON or YAML file holds."""
    return decode_yaml(file.read()) if file.is_yaml else decode_json(file.read())


class FileTree:
    """The files of an import; paths compare without case, as on the systems that write them."""

    def __init__(self, files: Iterable[SourceFile]) -> None:
        self._files = {file.name.casefold(): file for file in files}
        self._in_folder: dict[str, list[SourceFile]] = {}
        for file in self._files.values():
            self._in_folder.setdefault(file.folder.casefold(), []).append(file)
        self._folders = {parent for folder in self._in_folder for parent in _and_above(folder)}
        self._companions: set[str] = set()

    def has_folder(self, *parts: str) -> bool:
        return _joined(*parts) in self._folders

    def files_in(self, *parts: str) -> Sequence[SourceFile]:
        """Return the files directly in a folder."""
        return self._in_folder.get(_joined(*parts), ())

    def file_at(self, *parts: str) -> SourceFile | None:
        file = self._files.get(_joined(*parts))
        return None if file is None or file.problem else file

    def companion(self, *parts: str) -> Any:
        """Return what the file at the path holds and count it as read; None without one.

        A companion that cannot be read is left for the report to name.
        """
        file = self.file_at(*parts)
        if file is None:
            return None
        try:
            value = decode(file).value
        except (UnreadableFileError, TooDeeplyNestedError, OSError):
            return None
        self.count_as_read(file)
        return value

    def count_as_read(self, file: SourceFile) -> None:
        """Take the file for part of a policy beside it."""
        self._companions.add(file.name)

    def is_companion(self, file: SourceFile) -> bool:
        """Whether the file was read as part of a policy beside it."""
        return file.name in self._companions


def _and_above(folder: str) -> Iterator[str]:
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part).casefold()
