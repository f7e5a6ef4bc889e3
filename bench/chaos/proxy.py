"""A TCP proxy that cuts connections after a chosen request has arrived and before its reply gets back."""

import asyncio
from collections.abc import Callable

CHUNK = 65_536


class CuttingProxy:
    """Passes bytes both ways. While armed, a request that holds `pattern` is delivered and its reply is not."""

    def __init__(self, port: int, pattern: bytes) -> None:
        self.upstream_port = port
        self.armed = 0
        self.cuts = 0
        self.seen = 0  # requests with the pattern, cut or not
        self.on_seen: Callable[[], None] | None = None  # called when a reply to one has been passed on
        self._pattern = pattern
        self._server: asyncio.Server | None = None
        self._ways: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return self._server.sockets[0].getsockname()[1]

    async def start(self, port: int = 0) -> None:
        """Begin to listen, on a free port unless one is named."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)

    async def stop(self) -> None:
        """Cut everything."""
        if self._server is not None:
            self._server.close()
        for way in list(self._ways):
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._ways.add(task)
        try:
            server = await asyncio.open_connection("127.0.0.1", self.upstream_port)
            await _Link(self, (reader, writer), server).run()
        except OSError:
            writer.transport.abort()
        finally:
            self._ways.discard(task)

    def wanted(self, chunk: bytes) -> bool:
        """Whether a chunk holds what is looked for."""
        return self._pattern in chunk


class _Link:
    """One connection through the proxy."""

    def __init__(
        self,
        proxy: CuttingProxy,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self._proxy = proxy
        self._client, self._server = client, server
        self._cut_reply = self._watch_reply = False

    async def run(self) -> None:
        """Pass bytes until one side ends, then end the other."""
        ways = [asyncio.create_task(self._requests()), asyncio.create_task(self._replies())]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            for _, writer in (self._client, self._server):
                writer.transport.abort()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _requests(self) -> None:
        while chunk := await self._client[0].read(CHUNK):
            if self._proxy.wanted(chunk):
                self._proxy.seen += 1
                self._watch_reply = True
                if self._proxy.armed > 0:
                    self._proxy.armed -= 1
                    self._cut_reply = True
            self._server[1].write(chunk)
            await self._server[1].drain()

    async def _replies(self) -> None:
        while chunk := await self._server[0].read(CHUNK):
            if self._cut_reply:
                self._proxy.cuts += 1
                return
            self._client[1].write(chunk)
            await self._client[1].drain()
            if self._watch_reply:
                self._watch_reply = False
                if self._proxy.on_seen:
                    self._proxy.on_seen()
