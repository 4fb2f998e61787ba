"""Where an import reads from: a folder or a zip, refused whole when it is not what it seems."""

import mmap
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from posixpath import splitext

MOST_FILES = 50_000
LARGEST_FILE = 16 * 1024 * 1024
LARGEST_TOTAL = 1024 * 1024 * 1024
# UTF-16 JSON shrinks some forty times; what shrinks far more was made to.
HIGHEST_RATIO = 200
RATIO_COUNTS_FROM = 1024 * 1024

_ORDINARY_COMPRESSION = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
_DIRECTORY_ENTRY = re.compile(rb"PK\x01\x02")
_YAML = (".yaml", ".yml")
# Files of other kinds are only named, but for the scripts of policies.
_READ = (".json", *_YAML)
_BROKEN = "The zip is damaged. Make it again, and import the new one."


class ImportRefusedError(Exception):
    """The import as a whole is refused; the message says why and what to do."""


class UploadTooLargeError(ImportRefusedError):
    """The zip is larger than an upload may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file of an import, by its path inside it; `problem` says why it cannot be read."""

    name: str
    read: Callable[[], bytes]
    # In bytes, as far as the folder or the zip says; a zip never unpacks to more.
    size: int = 0
    problem: str = ""

    @property
    def folder(self) -> str:
        return self.name.rpartition("/")[0]

    @property
    def stem(self) -> str:
        """The name without its folder and its extension."""
        return splitext(self.name.rpartition("/")[2])[0]

    @property
    def is_yaml(self) -> bool:
        return self.name.lower().endswith(_YAML)

    @property
    def is_data(self) -> bool:
        """Whether the file is JSON or YAML by its name, so that it may hold a policy."""
        return self.name.lower().endswith(_READ)


@contextmanager
def open_source(path: Path) -> Iterator[tuple[SourceFile, ...]]:
    """The files under a path, in an order that does not depend on where they lie."""
    if path.is_dir():
        yield _files_in_folder(path)
    elif path.is_file():
        with _open_zip(path) as archive:
            yield _files_in_zip(archive)
    else:
        raise ImportRefusedError(
            f"There is nothing to import at “{path}”. Name a folder or a zip file."
        )


def _files_in_folder(root: Path) -> tuple[SourceFile, ...]:
    # Texts and not paths: of every part of a path Python keeps a copy, however many there are.
    top = os.path.join(root, "")  # noqa: PTH118
    files: list[SourceFile] = []
    total = 0
    for folder, subfolders, names in os.walk(root, onerror=_refuse_unreadable_folder):
        inside = os.path.join(folder, "").removeprefix(top)  # noqa: PTH118
        for name in [*subfolders, *names]:
            _refuse_link(top, f"{inside}{name}")
        hidden = [name for name in subfolders if name.startswith(".")]
        files.extend(_unopened_folder(f"{inside}{name}") for name in hidden)
        subfolders[:] = sorted(set(subfolders) - set(hidden))
        for name in names:
            file = _file_in_folder(top, f"{inside}{name}")
            total += file.size if file.is_data else 0
            files.append(file)
        _refuse_excess(count=len(files), total=total)
    return tuple(sorted(files, key=lambda file: file.name))


def _refuse_link(top: str, path: str) -> None:
    if os.path.islink(f"{top}{path}"):  # noqa: PTH114
        raise ImportRefusedError(
            f"“{_shown(path)}” is a link to another place. "
            "Copy what it points to into the folder, and import again."
        )


def _refuse_unreadable_folder(error: OSError) -> None:
    raise ImportRefusedError(
        f"A folder in it cannot be opened ({error.strerror}). Check its permissions."
    ) from error


def _file_in_folder(top: str, path: str) -> SourceFile:
    name = _shown(path)
    facts = os.lstat(f"{top}{path}")
    if not stat.S_ISREG(facts.st_mode):
        return SourceFile(name=name, read=bytes, problem="not a regular file")
    read = _InFolder(top, name if path == name else path)
    file = SourceFile(name=name, read=read, size=facts.st_size)
    # Only what is read counts: a folder may hold large files of other kinds.
    if file.is_data and file.size > LARGEST_FILE:
        raise _too_large(name)
    return file


@dataclass(frozen=True, slots=True)
class _InFolder:
    """Reads one file of a folder; there are thousands of these, so it holds next to nothing."""

    top: str
    path: str

    def __call__(self) -> bytes:
        # Asked of the open file: what a name points to may have changed since it was listed.
        file = os.open(f"{self.top}{self.path}", os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(file, "rb") as opened:
            raw = opened.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            raise _too_large(_shown(self.path))
        return raw


def _unopened_folder(path: str) -> SourceFile:
    return SourceFile(name=f"{_shown(path)}/", read=bytes, problem="hidden folder, not looked into")


def _shown(path: str) -> str:
    # Names a file system holds that are not Unicode must not stop the report that names them.
    shown = path.encode(errors="replace").decode()
    return path if shown == path else shown


@contextmanager
def _open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        _refuse_excess(count=_entries_of(path), total=0)
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise ImportRefusedError(
            "The file is not a zip that can be opened. Import a folder, or a zip of it."
        ) from None
    with archive:
        yield archive


def _entries_of(path: Path) -> int:
    """How many entries the zip lists, counted without building an object for each."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return sum(1 for _ in _DIRECTORY_ENTRY.finditer(content))


def _files_in_zip(archive: zipfile.ZipFile) -> tuple[SourceFile, ...]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    # Before any of it is unpacked: every member has to be harmless by what the zip itself says.
    read = (member.file_size for member in members if _is_read(member))
    _refuse_excess(count=len(archive.infolist()), total=sum(read))
    for member in archive.infolist():
        _refuse_dangerous(member)
    files = [_file_in_zip(archive, member) for member in members]
    return tuple(sorted(_without_hidden(files), key=lambda file: file.name))


def _file_in_zip(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> SourceFile:
    return SourceFile(
        name=_name_of(member), read=partial(_read_member, archive, member), size=member.file_size
    )


def _without_hidden(files: list[SourceFile]) -> Iterator[SourceFile]:
    """The files in the open, and each hidden folder once; macOS adds one of its own to zips."""
    hidden: set[str] = set()
    for file in files:
        parents = file.folder.split("/")
        concealed = [
            depth
            for depth, part in enumerate(parents, 1)
            if part.startswith(".") or part == "__MACOSX"
        ]
        if concealed:
            hidden.add("/".join(parents[: concealed[0]]) + "/")
        else:
            yield file
    for name in hidden:
        yield SourceFile(name=name, read=bytes, problem="hidden folder, not looked into")


def _name_of(member: zipfile.ZipInfo) -> str:
    # Windows PowerShell's Compress-Archive separates folders with backslashes.
    return member.filename.replace("\\", "/")


def _refuse_dangerous(member: zipfile.ZipInfo) -> None:
    name = _name_of(member)
    if _leads_outside(member):
        raise ImportRefusedError(
            f"The zip holds “{name}”, a name that leads out of it. "
            "Such a zip may be an attack; make it again from the exported folder."
        )
    if not _is_ordinary(member):
        raise ImportRefusedError(
            f"In the zip “{name}” is a link or a device. "
            "Make the zip again with the files themselves."
        )
    if member.flag_bits & _ENCRYPTED:
        raise ImportRefusedError("The zip is encrypted. Make it again without a password.")
    if member.compress_type not in _ORDINARY_COMPRESSION:
        raise ImportRefusedError(
            f"“{name}” is packed in a way this import does not open. "
            "Make the zip again with ordinary (deflate) compression."
        )
    # Of other kinds only small scripts are unpacked, so that an app beside the policies is no harm.
    if not _is_read(member):
        return
    if member.file_size > LARGEST_FILE:
        raise _too_large(name)
    if (
        member.file_size > RATIO_COUNTS_FROM
        and member.file_size > member.compress_size * HIGHEST_RATIO
    ):
        raise ImportRefusedError(
            f"“{name}” unpacks to more than {HIGHEST_RATIO} times its size, as in a zip bomb. "
            "If the file is genuine, import the folder it came from."
        )


def _is_read(member: zipfile.ZipInfo) -> bool:
    return _name_of(member).lower().endswith(_READ)


def _leads_outside(member: zipfile.ZipInfo) -> bool:
    name = _name_of(member)
    return (
        "\x00" in member.orig_filename
        or name.startswith("/")
        or ".." in name.split("/")
        or ":" in name.partition("/")[0]
    )


def _is_ordinary(member: zipfile.ZipInfo) -> bool:
    # Zips made on Windows carry no file type at all.
    kind = stat.S_IFMT(member.external_attr >> 16)
    return kind in {0, stat.S_IFREG, stat.S_IFDIR}


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The member's bytes, never more than it declared: the header of a zip may lie."""
    try:
        with archive.open(member) as opened:
            raw = opened.read(member.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
        raise ImportRefusedError(_BROKEN) from None
    if len(raw) != member.file_size:
        raise ImportRefusedError(_BROKEN)
    return raw


def _refuse_excess(*, count: int, total: int) -> None:
    if count > MOST_FILES:
        raise ImportRefusedError(
            f"It holds more than {MOST_FILES:,} files. Import it in parts, or check that it is "
            "the exported folder and nothing else."
        )
    if total > LARGEST_TOTAL:
        raise ImportRefusedError(
            f"It unpacks to more than {LARGEST_TOTAL // 1024**2:,} MB. Import it in parts, or "
            "check that it is the exported folder and nothing else."
        )


def _too_large(name: str) -> ImportRefusedError:
    return ImportRefusedError(
        f"“{name}” is larger than {LARGEST_FILE // 1024**2} MB, which no policy is. "
        "Take it out, and import again."
    )
