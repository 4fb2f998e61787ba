"""Cases that are open: what the product does instead of the right answer."""

OPEN = {
    "test_transport::test_a_write_that_never_was_applied_is_said_and_waited_for_once": {
        "": "each ambiguous creation waits for its own proof of absence; the run does not share it"
    },
    "test_transport::test_an_hour_of_throttling_pauses_the_run_which_goes_on_by_itself": {
        "": "a long Retry-After fails the item, and the run goes on with the next one"
    },
}
