"""A proxy before the Pub/Sub emulator that lets go of streams whose client is gone, as the service does.

The emulator (0.8.20) does not: it deals messages to each stream that was ever opened and not closed in an orderly way,
again and again when their leases end, and so keeps some from those who live. It does let go of a stream whose client
says that it has no more to ask; this proxy says so for clients that were killed or cut off.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Final

import grpc

from tests.emulators.pubsub import PubSub

_AT_ONCE: Final = 200
"""Streams and calls; each takes a thread."""


class _Proxy(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc is untyped
    """Hands every call on as it is, in bytes."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._channel = channel

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        """Called by grpc: who answers this call."""
        method = handler_call_details.method
        if method.endswith("/StreamingPull"):
            return grpc.stream_stream_rpc_method_handler(partial(self._stream, method))
        return grpc.unary_unary_rpc_method_handler(partial(self._call, method))

    def _call(self, method: str, request: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            answer: bytes = self._channel.unary_unary(method)(request, timeout=context.time_remaining())
        except grpc.RpcError as error:
            context.abort(error.code(), error.details())
        return answer

    def _stream(self, method: str, requests: Iterator[bytes], context: grpc.ServicerContext) -> Iterator[bytes]:
        stream = self._channel.stream_stream(method)(_until_gone(requests))
        try:
            yield from stream
        except grpc.RpcError as error:
            context.abort(error.code(), error.details())
        finally:  # the client is gone: what comes still is lost with it, but to cancel would leave a dead stream
            with suppress(grpc.RpcError):
                for _ in stream:
                    pass


def _until_gone(requests: Iterator[bytes]) -> Iterator[bytes]:
    """The client's requests; they end, which ends the stream, when it is gone."""
    with suppress(Exception):  # grpc's own, which has no name
        yield from requests


@contextmanager
def lively_streams(pubsub: PubSub) -> Iterator[int]:
    """The proxy's port, while the block runs."""
    options: list[tuple[str, Any]] = [("grpc.max_receive_message_length", -1)]
    with (
        ThreadPoolExecutor(_AT_ONCE) as threads,
        grpc.insecure_channel(pubsub.host, options=options) as channel,
    ):
        server = grpc.server(threads, handlers=[_Proxy(channel)], options=options)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            yield port
        finally:
            server.stop(0).wait()
