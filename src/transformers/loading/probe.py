"""Whether the hub answers at all, found out quickly."""

from __future__ import annotations

import socket
import threading
from urllib.parse import urlsplit
from urllib.request import getproxies

from ..utils import environment

LIMIT = 2.0  # seconds: a hub that takes longer to accept a connection counts as out of reach


def can_connect(limit: float = LIMIT) -> bool:
    """Whether a connection to the hub can be opened within `limit` seconds.

    Offline mode says no without trying; behind a proxy the answer is yes, since only the proxy knows.
    """
    if environment.is_offline_mode():
        return False
    if getproxies().get("https"):
        return True
    from huggingface_hub import constants

    place = urlsplit(constants.ENDPOINT)
    port = place.port or (80 if place.scheme == "http" else 443)
    answers: list[bool] = []

    def attempt() -> None:
        try:
            with socket.create_connection((place.hostname or "", port), timeout=limit):
                answers.append(True)
        except OSError:
            answers.append(False)

    # Name resolution has no time limit of its own: wait for it in a thread that may be left behind.
    thread = threading.Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(limit)
    return bool(answers and answers[0])


__all__ = ["can_connect"]
