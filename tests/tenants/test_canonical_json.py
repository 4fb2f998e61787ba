import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.canonical_json import canonical, digest_of, digest_of_array, digest_of_bytes, exact

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), JSON))
def test_order_of_keys_never_matters(value):
    assert digest_of(value) == digest_of(dict(reversed(value.items())))


def test_digest_is_the_digest_of_the_canonical_bytes():
    assert canonical({"b": 1, "a": [True]}) == b'{"a":[true],"b":1}'
    assert digest_of({"b": 1, "a": [True]}) == digest_of_bytes(b'{"a":[true],"b":1}')


@pytest.mark.parametrize("other", [2**53 + 2, str(2**53 + 1), float(2**53)])
def test_large_integers_keep_their_value(other):
    assert digest_of({"n": 2**53 + 1}) != digest_of({"n": other})


@given(st.lists(JSON))
def test_digest_of_an_array_is_that_of_its_members(members):
    assert digest_of_array(iter(members)) == digest_of(members)


def test_canonical_bytes_are_pinned():
    value = {
        "\ue000": 1,
        "\U0001f600": 2,
        "b": [True, None, 0.5, 1e21, -0.0, 10.0],
        "a": 'é\u2028"\n\x00',
        "@odata.type": "#x",
    }

    assert (
        canonical(value)
        == (
            '{"@odata.type":"#x","a":"é\u2028\\"\\n\\u0000","b":[true,null,0.5,1e+21,0,10],'
            '"\U0001f600":2,"\ue000":1}'
        ).encode()
    )
    assert exact(value) == (
        '{"@odata.type":"#x","a":"é\u2028\\"\\n\\u0000","b":[true,null,0.5,1e+21,-0.0,10.0],'
        '"\ue000":1,"\U0001f600":2}'
    )


def test_bytes_of_large_integers_are_pinned():
    value = {"n": 2**53 + 1, "m": [-(2**63)]}

    assert canonical(value) == (
        b'{"m":[{"$integer":"-9223372036854775808"}],"n":{"$integer":"9007199254740993"}}'
    )
    assert exact(value) == '{"m":[-9223372036854775808],"n":9007199254740993}'
