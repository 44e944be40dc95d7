"""`WS /v1/chat`."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, WebSocket

from bot.conversation.chat_connection import ChatConnection, ChatParts


def is_same_origin(origin: str | None, host: str | None, public_url: str | None) -> bool:
    """Whether a page of ours opens the socket. origin, host: the handshake's headers.

    A client that is no browser sends no origin and is let in: it has no one else's conversation id to misuse. public_url:
    the address that people use, where a proxy in front changes the host.
    """
    if origin is None:
        return True
    from_host = urlsplit(origin).netloc.lower()
    allowed = {host.lower()} if host else set()
    if public_url:
        allowed.add(urlsplit(public_url).netloc.lower())
    return bool(from_host) and from_host in allowed


def chat_router(parts: ChatParts, *, public_url: str | None) -> APIRouter:
    """The web chat's socket: public, for pages of this origin."""
    router = APIRouter(tags=["conversation"])

    @router.websocket("/v1/chat")
    async def chat(socket: WebSocket) -> None:
        """Frames as docs/web-chat-protocol.md describes them."""
        if not is_same_origin(socket.headers.get("origin"), socket.headers.get("host"), public_url):
            await socket.close(1008)  # before the handshake is accepted this is a 403
            return
        await socket.accept()
        await ChatConnection(socket, parts).serve()

    return router
