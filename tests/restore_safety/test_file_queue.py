from queue import Empty

import pytest
from kombu import Connection


@pytest.fixture
def folders(tmp_path):
    names = {
        "data_folder_in": "messages",
        "data_folder_out": "messages",
        "control_folder": "control",
        "processed_folder": "processed",
    }
    for name in names.values():
        (tmp_path / name).mkdir(exist_ok=True)
    return {option: str(tmp_path / name) for option, name in names.items()}


@pytest.fixture
def connect(folders):
    """A connection as the web process or a worker has one."""
    opened = []

    def connect():
        transport = "restore_safety.file_queue:Transport"
        opened.append(Connection("localhost", transport=transport, transport_options=folders))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.release()


def test_messages_arrive_once_and_in_order(connect, tmp_path):
    sender, first, second = (connect().SimpleQueue("work") for _ in range(3))
    for number in range(3):
        sender.put({"number": number})

    received = [queue.get_nowait().payload["number"] for queue in (first, second, first)]

    assert received == [0, 1, 2]
    with pytest.raises(Empty):
        second.get_nowait()
    assert [file for file in tmp_path.rglob("*") if file.suffix in {".msg", ".part"}] == []


def test_message_being_written_is_not_seen(connect, tmp_path):
    queue = connect().SimpleQueue("work")
    (tmp_path / "messages" / ".7c1f.part").write_text('{"half": ')

    with pytest.raises(Empty):
        queue.get_nowait()


def test_message_of_another_queue_is_left_alone(connect, tmp_path):
    connect().SimpleQueue("other").put("for somebody else")

    with pytest.raises(Empty):
        connect().SimpleQueue("work").get_nowait()
    assert len(list((tmp_path / "messages").glob("*.other.msg"))) == 1
