"""Posting a checkpoint to an address that keeps copies."""

import pytest

from mediajobs.remote import MediaError, post_anchor

URL = "https://anchor.test/checkpoints"


def test_a_line_is_posted_as_json(network):
    network.post(URL, status=204)
    post_anchor(URL, '{"number":1}\n')
    (call,) = network.calls
    assert call.request.body == b'{"number":1}\n'
    assert call.request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [301, 400, 404, 500, 503])
def test_any_answer_but_a_2xx_is_a_failure(network, status):
    network.post(URL, status=status, headers={"Location": "https://elsewhere.test/"})
    with pytest.raises(MediaError, match=f"answered {status}"):
        post_anchor(URL, "{}")
    assert len(network.calls) == 1


def test_a_host_that_is_not_there_is_a_failure():
    with pytest.raises(MediaError, match=r"No connection to 127\.0\.0\.1"):
        post_anchor("http://127.0.0.1:9/", "{}")
