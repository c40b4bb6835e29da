#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A crowd of bad clients for a receiver.

    tests/bench/crowd.py PORT PATH COUNT bodies BYTES   each sends so much of a body, a piece at a
                                                        time, and never finishes it
    tests/bench/crowd.py PORT PATH COUNT mixed          slow and hostile ones, in equal parts

Says "ready" on standard output when every client has connected and sent what it begins with; ends
when its standard input does, and then prints how many connections it opened in all: who is thrown
out comes again.
"""
import asyncio
import contextlib
import resource
import sys
import time

EACH_S = 1.0      # between two signs of life of a client
TOGETHER = 50     # clients that connect at once: no more than a backlog holds
PIECE, PIECE_S = 4096, 0.2  # bytes of a slow body at a time, and how often



class Crowd:
    def __init__(self, port, path, size):
        self.port, self.path, self.size = port, path, size
        self.gate = asyncio.Semaphore(TOGETHER)
        self.begun = 0   # clients that have done their first step
        self.opened = 0  # connections
        self.ready = asyncio.Event()
        self.count = 0

    def step(self):
        self.begun += 1
        if self.begun == self.count:
            self.ready.set()

    def head(self, length):
        return (f"POST {self.path} HTTP/1.1\r\nHost: crowd\r\nContent-Length: {length}\r\n"
                f"X-Webhook-Timestamp: {self.stamp()}\r\nX-Webhook-Event: Order.OnCreate\r\n"
                f"X-Webhook-Signature: sha256={'0' * 64}\r\n\r\n").encode()

    @staticmethod
    def stamp():
        return int(time.time())

    # ---- What a connection does; each begins, says so by step, and goes on until it is ended ----

    async def bodies(self, reader, writer, step):
        writer.write(self.head(self.size + 1))
        for at in range(0, self.size, PIECE):
            writer.write(b"x" * min(PIECE, self.size - at))
            await writer.drain()
            await asyncio.sleep(PIECE_S)
        step()
        await reader.read()

    async def slow_head(self, reader, writer, step):
        writer.write(f"POST {self.path} HTTP/1.1\r\nHost: crowd\r\nX-Slow: ".encode())
        await self.drip(writer, step)

    async def slow_body(self, reader, writer, step):
        writer.write(self.head(4096))
        await self.drip(writer, step)

    async def silent(self, reader, writer, step):
        step()
        await reader.read()

    async def forger(self, reader, writer, step):
        """A forged delivery a second, on a connection that is kept."""
        while True:
            writer.write(self.head(2) + b"{}")
            await reader.readuntil(b"\r\n\r\n")
            step()
            await asyncio.sleep(EACH_S)

    async def deaf(self, reader, writer, step):
        """Many requests at once, and no answer is ever read."""
        writer.transport.pause_reading()
        writer.write((self.head(2) + b"{}") * 100)
        step()
        while not writer.transport.is_closing():
            await asyncio.sleep(EACH_S)

    async def half(self, reader, writer, step):
        """Closes its half before the body, and comes again."""
        writer.write(self.head(4096) + b"{}")
        writer.write_eof()
        step()
        await reader.read()
        await asyncio.sleep(EACH_S)

    async def drip(self, writer, step):
        while True:
            writer.write(b"x")
            await writer.drain()
            step()
            await asyncio.sleep(EACH_S)

    # ---- All of them ----

    async def client(self, kind):
        first = True

        def step():
            nonlocal first
            if first:
                first = False
                self.step()

        while True:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
                async with self.gate:
                    reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                self.opened += 1
                try:
                    await kind(reader, writer, step)
                finally:
                    writer.transport.abort()
            await asyncio.sleep(0.1)

    async def run(self, kinds, count):
        self.count = count
        tasks = [asyncio.create_task(self.client(kinds[i % len(kinds)])) for i in range(count)]
        await self.ready.wait()
        print("ready", flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        for task in tasks:
            task.cancel()
        print(self.opened, flush=True)


async def main():
    port, path, count, what = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + 64), hard))
    crowd = Crowd(port, path, int(sys.argv[5]) if what == "bodies" else 0)
    mixed = [crowd.slow_head, crowd.slow_body, crowd.silent, crowd.forger, crowd.deaf, crowd.half]
    await crowd.run([crowd.bodies] if what == "bodies" else mixed, count)


if __name__ == "__main__":
    asyncio.run(main())
