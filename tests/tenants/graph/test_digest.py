import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.graph.digest import canonical, digest_of, digest_of_bytes

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
