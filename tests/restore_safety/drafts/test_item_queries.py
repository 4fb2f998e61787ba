from restore_safety.drafts.item_queries import ItemQuery


def test_a_list_says_its_address():
    asked = {"q": " edge ", "type": "configurationPolicies", "page": "2"}

    assert ItemQuery.from_address(asked).address == asked | {"q": "edge"}
    assert ItemQuery.from_address({"page": "1"}).address == {}
