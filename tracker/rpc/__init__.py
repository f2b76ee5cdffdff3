"""The API over a Unix socket.

`connect` and `serve` are fetched when first used: the command line speaks through `call`,
which does without asyncio.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tracker.rpc.client import connect
    from tracker.rpc.server import serve

__all__ = ["connect", "serve"]


def __getattr__(name: str) -> Any:
    match name:
        case "connect":
            from tracker.rpc.client import connect

            return connect
        case "serve":
            from tracker.rpc.server import serve

            return serve
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
