from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.graph.errors import ErrorKind, FenceRefusalError
from tenants.graph.fence import PlannedWrite, WriteFence, WritePurpose, placeholder

ID = "0f0f0f0f-0000-4000-8000-000000000000"
CREATE = PlannedWrite(
    operation_id="a:1",
    purpose=WritePurpose.CREATE,
    method="POST",
    version="beta",
    path="deviceManagement/configurationPolicies",
    body=b'{"name":"a"}',
    binds="a",
)
ASSIGN = PlannedWrite(
    operation_id="a:2",
    purpose=WritePurpose.ASSIGN,
    method="POST",
    version="beta",
    path=f"deviceManagement/configurationPolicies/{placeholder('a')}/assign",
    body=f'{{"assignments":[],"of":"{placeholder("a")}"}}'.encode(),
)


@pytest.fixture
def fence():
    return WriteFence((CREATE, ASSIGN))


def _check(fence, write):
    fence.check(write.operation_id, write.method, write.path, write.body, version=write.version)


def test_planned_write_passes_until_it_is_spent(fence):
    _check(fence, CREATE)
    _check(fence, CREATE)
    fence.spend("a:1")

    with pytest.raises(FenceRefusalError, match="carried out already") as refused:
        _check(fence, CREATE)

    assert refused.value.kind is ErrorKind.FENCE
    assert not refused.value.is_ambiguous


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"method": "PATCH"}, "its method is not the planned one"),
        ({"version": "v1.0"}, "its version is not the planned one"),
        ({"path": "deviceManagement/configurationPolicies/x"}, "its path is not the planned one"),
        ({"body": b'{"name":"b"}'}, "its body is not the planned one"),
        ({"body": None}, "its body is not the planned one"),
        ({"operation_id": "b:1"}, "it is not on the plan"),
    ],
)
def test_anything_else_is_refused(fence, change, reason):
    with pytest.raises(FenceRefusalError, match=reason):
        _check(fence, replace(CREATE, **change))


@given(st.data())
def test_a_single_changed_byte_is_refused(data):
    body = bytearray(CREATE.body)
    position = data.draw(st.integers(0, len(body) - 1))
    body[position] = data.draw(st.integers(0, 255).filter(lambda byte: byte != body[position]))

    with pytest.raises(FenceRefusalError, match="its body"):
        _check(WriteFence((CREATE,)), replace(CREATE, body=bytes(body)))


@given(st.binary())
def test_only_the_planned_body_passes(body):
    fence = WriteFence((CREATE,))

    if body == CREATE.body:
        _check(fence, replace(CREATE, body=body))
        return
    with pytest.raises(FenceRefusalError, match="its body"):
        _check(fence, replace(CREATE, body=body))


def test_placeholder_waits_for_its_id(fence):
    with pytest.raises(FenceRefusalError, match="'a' is not created yet"):
        fence.resolved(ASSIGN)
    fence.bind("a", ID)

    leaving = fence.resolved(ASSIGN)

    assert leaving.path == f"deviceManagement/configurationPolicies/{ID}/assign"
    assert leaving.body == f'{{"assignments":[],"of":"{ID}"}}'.encode()
    _check(fence, leaving)
    with pytest.raises(FenceRefusalError, match="its path"):
        _check(fence, ASSIGN)


def test_binding_stands(fence):
    fence.bind("a", ID)
    fence.bind("a", ID)

    with pytest.raises(FenceRefusalError, match="already bound"):
        fence.bind("a", "another")


def test_a_new_object_is_none_that_the_plan_knows():
    update = replace(CREATE, operation_id="b:1", path=f"{CREATE.path}/{ID}", binds=None)
    fence = WriteFence((CREATE, ASSIGN, update))

    with pytest.raises(FenceRefusalError, match="the plan changes this id"):
        fence.bind("a", ID)
    fence.bind("a", "one")
    with pytest.raises(FenceRefusalError, match="that of another new object"):
        fence.bind("b", "one")


@pytest.mark.parametrize("object_id", ["", "x/assign", 'x","y":"z', "..", "x?$a=b"])
def test_an_id_cannot_change_what_surrounds_it(fence, object_id):
    with pytest.raises(FenceRefusalError, match="not a Graph object id"):
        fence.bind("a", object_id)


def test_bytes_that_are_no_text_stay_as_they_are(fence):
    write = replace(CREATE, body=bytes(range(256)))

    assert fence.resolved(write) == write


def test_empty_plan_lets_nothing_through():
    with pytest.raises(FenceRefusalError, match="not on the plan"):
        _check(WriteFence(()), CREATE)


def test_two_writes_never_share_an_id():
    with pytest.raises(ValueError, match="share an operation id"):
        WriteFence((CREATE, CREATE))


def test_what_is_known_is_filled_in_and_the_rest_keeps_its_placeholder(fence):
    both = replace(ASSIGN, body=f"{placeholder('a')} {placeholder('b')}".encode())

    fence.bind("a", ID)

    assert fence.as_known(both).body == f"{ID} {placeholder('b')}".encode()
    with pytest.raises(FenceRefusalError):
        fence.resolved(both)


def test_a_whole_policy_is_deleted_through_the_fence_of_an_undo_alone():
    path = "deviceManagement/configurationPolicies/1"
    plan = [
        PlannedWrite(
            operation_id="whole",
            purpose=WritePurpose.DELETE,
            method="DELETE",
            version="beta",
            path=path,
            body=None,
        ),
        PlannedWrite(
            operation_id="part",
            purpose=WritePurpose.UNASSIGN,
            method="DELETE",
            version="beta",
            path=f"{path}/assignments/2",
            body=None,
        ),
    ]

    with pytest.raises(FenceRefusalError, match="only an undo deletes a policy"):
        WriteFence(plan).check("whole", "DELETE", path, None, version="beta")
    WriteFence(plan).check("part", "DELETE", f"{path}/assignments/2", None, version="beta")
    WriteFence(plan, may_delete_policies=True).check("whole", "DELETE", path, None, version="beta")
