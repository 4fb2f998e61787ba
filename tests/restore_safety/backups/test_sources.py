import io
import os
import struct
import zipfile

import pytest

from restore_safety.backups import sources
from restore_safety.backups.sources import ImportRefusedError, open_source
from tests.restore_safety.backups.policies import catalog, fill, written


def zip_of(path, members, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for member, content in members:
            archive.writestr(member, content)
    return path


def link(name):
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o120777 << 16
    return member


def read_all(path):
    with open_source(path) as files:
        return [file.read() for file in files]


def refusal(path):
    with pytest.raises(ImportRefusedError) as refused:
        read_all(path)
    return str(refused.value)


def test_a_folder_lists_its_files_by_name_whatever_the_order_on_disk(tmp_path):
    fill(tmp_path, {"b/2.json": b"2", "a/1.json": b"1", "0.txt": b"0"})

    with open_source(tmp_path) as files:
        assert [(file.name, file.read()) for file in files] == [
            ("0.txt", b"0"),
            ("a/1.json", b"1"),
            ("b/2.json", b"2"),
        ]


def test_a_zip_reads_like_the_folder_with_either_separator(tmp_path):
    path = zip_of(tmp_path / "x.zip", [("Export\\SettingsCatalog\\1.json", b"1"), ("2.json", b"2")])

    with open_source(path) as files:
        assert [(file.name, file.folder, file.read()) for file in files] == [
            ("2.json", "", b"2"),
            ("Export/SettingsCatalog/1.json", "Export/SettingsCatalog", b"1"),
        ]


def test_hidden_folders_are_named_and_not_opened(tmp_path):
    fill(tmp_path / "folder", {".git/config.json": b"{}", "1.json": b"1"})
    path = zip_of(
        tmp_path / "x.zip",
        [("__MACOSX/._1.json", b"{}"), ("a/.git/x.json", b"{}"), ("1.json", b"")],
    )

    with open_source(tmp_path / "folder") as files:
        assert [(file.name, bool(file.problem)) for file in files] == [
            (".git/", True),
            ("1.json", False),
        ]
    with open_source(path) as files:
        assert [(file.name, bool(file.problem)) for file in files] == [
            ("1.json", False),
            ("__MACOSX/", True),
            ("a/.git/", True),
        ]


def test_nothing_at_the_path_is_refused(tmp_path):
    assert "There is nothing to import" in refusal(tmp_path / "absent")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_link_in_a_folder_is_refused(tmp_path, kind):
    target = tmp_path / "outside"
    fill(target, {"secret.json": b"{}"})
    export = fill(tmp_path / "export", {"1.json": b"1"})
    (export / "link").symlink_to(target / "secret.json" if kind == "file" else target)

    assert "“link” is a link to another place" in refusal(export)


def test_a_pipe_in_a_folder_is_named_and_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.json")

    with open_source(tmp_path) as [file]:
        assert (file.name, file.problem) == ("pipe.json", "not a regular file")


def test_a_huge_file_in_a_folder_is_refused_before_it_is_read(tmp_path):
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(sources.LARGEST_FILE + 1)

    assert "“huge.json” is larger than 16 MB" in refusal(tmp_path)


@pytest.mark.parametrize(
    "name",
    ["../x.json", "a/../../x.json", "/etc/x.json", "\\\\host\\x.json", "C:\\x.json", "..\\x"],
)
def test_a_name_that_leads_out_of_the_zip_is_refused(tmp_path, name):
    path = zip_of(tmp_path / "x.zip", [("ok.json", b"{}"), (name, b"{}")])

    assert "a name that leads out of it" in refusal(path)


def test_a_link_in_a_zip_is_refused(tmp_path):
    path = zip_of(tmp_path / "x.zip", [(link("link.json"), "/etc/passwd")])

    assert "is a link or a device" in refusal(path)


@pytest.mark.parametrize("name", ["bomb.json", "bomb.yaml", "bomb.YML"])
def test_a_zip_bomb_is_refused_by_its_ratio(tmp_path, name):
    path = zip_of(tmp_path / "x.zip", [(name, b" " * (8 * 1024 * 1024))], compresslevel=9)

    assert "as in a zip bomb" in refusal(path)


def test_a_large_file_that_is_never_unpacked_does_no_harm(tmp_path):
    app = ("app.intunewin", b" " * (sources.LARGEST_FILE + 1))
    path = zip_of(tmp_path / "x.zip", [app, ("1.json", b"{}")], compresslevel=9)

    with open_source(path) as files:
        assert [file.name for file in files] == ["1.json", "app.intunewin"]


def test_a_member_larger_than_any_policy_is_refused(tmp_path):
    path = zip_of(tmp_path / "x.zip", [("big.json", os.urandom(1024) * 17 * 1024)])

    assert "larger than 16 MB" in refusal(path)


def test_too_much_in_total_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "LARGEST_TOTAL", 1000)
    path = zip_of(tmp_path / "x.zip", [(f"{n}.json", b"x" * 400) for n in range(3)])
    folder = fill(tmp_path / "folder", {f"{n}.json": b"x" * 400 for n in range(3)})

    assert "It unpacks to more than" in refusal(path)
    assert "It unpacks to more than" in refusal(folder)


def test_too_many_files_are_refused_before_the_zip_is_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MOST_FILES", 3)
    path = zip_of(tmp_path / "x.zip", [(f"{n}.txt", b"") for n in range(4)])

    assert "It holds more than 3 files" in refusal(path)


def test_an_encrypted_zip_is_refused(tmp_path):
    path = zip_of(tmp_path / "x.zip", [("1.json", b"{}")])
    raw = bytearray(path.read_bytes())
    # The flag stands in the entry of the central directory and in the member's own header.
    for signature, offset in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        raw[raw.index(signature) + offset] |= 1
    path.write_bytes(raw)

    assert refusal(path) == "The zip is encrypted. Make it again without a password."


def test_an_unusual_compression_is_refused(tmp_path):
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("1.json", b"{}")

    assert "ordinary (deflate) compression" in refusal(path)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 broken"])
def test_what_is_no_zip_is_refused(tmp_path, content):
    path = tmp_path / "x.zip"
    path.write_bytes(content)

    assert refusal(path).startswith("The file is not a zip that can be opened.")


def test_a_damaged_member_refuses_the_whole_zip(tmp_path):
    path = zip_of(tmp_path / "x.zip", [("1.json", written(catalog()))])
    raw = bytearray(path.read_bytes())
    raw[60] ^= 0xFF
    path.write_bytes(raw)

    assert refusal(path).startswith("The zip is damaged.")


def test_a_member_that_lies_about_its_size_is_refused(tmp_path):
    raw = io.BytesIO()
    zip_of(raw, [("1.json", b"x" * 5000)])
    content = bytearray(raw.getvalue())
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 10)
    path = tmp_path / "x.zip"
    path.write_bytes(content)

    assert refusal(path).startswith("The zip is damaged.")
