"""What Knative may ask a function with GET: whether it lives, and whether it can take work."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Final

from flask import Flask
from pydantic import ValidationError

from backends.errors import BackendUnavailable
from backends.keys.embedded import KeyUnusable
from runtime.composition import services
from runtime.settings import explained

_LOGGER: Final = logging.getLogger("redline.function")
Answer = tuple[str, HTTPStatus]


def answer_probes(app: Flask) -> None:
    """Give the app that functions-framework serves `GET /healthz` and `GET /readyz`; each answers 200 or 503."""
    app.add_url_rule("/healthz", view_func=healthz, methods=["GET"])
    app.add_url_rule("/readyz", view_func=readyz, methods=["GET"])


def healthz() -> Answer:
    """The process answers: that is all there is to say."""
    return "ok\n", HTTPStatus.OK


def readyz() -> Answer:
    """Whether the parts of the process could be made of its settings and secrets.

    Not whether a service behind them answers: that is the same for every pod, and to take all of them away would turn
    a 503 that says so, which a dispatcher waits out, into a request that waits for a pod.
    """
    try:
        services()
    except ValidationError as error:
        return _not_ready(explained(error))
    except (BackendUnavailable, KeyUnusable) as error:
        return _not_ready(str(error))
    return "ok\n", HTTPStatus.OK


def _not_ready(reason: str) -> Answer:
    _LOGGER.error("not ready: %s", reason)
    return f"{reason}\n", HTTPStatus.SERVICE_UNAVAILABLE
