"""SIGTERM ends the app; a visitor whose list is being read gets all answers or an error."""

from concurrent.futures import CancelledError

import pytest
from gradio_client import Client

from benchmarks.common import running_app

pytestmark = pytest.mark.slow
N_NAMES, SECONDS = 10_000, 60


def test_sigterm_within_a_list_ends_the_app_and_cuts_no_answer_short():
    with running_app() as (address, app):
        client = Client(address, verbose=False)
        job = client.submit("\n".join(["Nakamura"] * N_NAMES), api_name="/predict_list")
        while job.status().code.name not in ("PROCESSING", "FINISHED"):
            pass
        app.terminate()
        app.wait(SECONDS)
        try:
            answer = job.result(timeout=SECONDS)
        except (Exception, CancelledError):
            return
    assert len(answer) == N_NAMES
