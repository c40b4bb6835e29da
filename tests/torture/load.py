# SPDX-License-Identifier: MIT
"""The load of the torture runs, the program that deliveries are handed on to, and the ledger of
what was acknowledged.

Every delivery has a body of its own that follows from its number, so that a body found in a store
says which delivery it is and whether it is whole. One that got no answer is sent again byte for
byte, signature and all, as a platform would; now and then one that did is sent again too.
"""
import asyncio
import collections
import hashlib
import hmac
import json
import re
import time

PATH = "/api/webhook"
EVENT = "Order.OnCreate"
SECRET = "hunter2-but-longer"
CONNECTIONS = 12
AGAIN, REPEAT = 0.5, 0.05  # how often an unanswered and an acknowledged one is the next
BUSY = 0.02                # how often the program answers that it is busy
LONG_ONE_IN = 16           # of which bodies spill over several pages of a store
ANSWER_S = 60              # for one answer: a receiver that hangs fails the run


def body_of(run, number):
    digest = hashlib.sha256(f"{run}.{number}".encode()).hexdigest()
    size = int(digest[:4], 16) % (20000 if int(digest[4:8], 16) % LONG_ONE_IN == 0 else 600)
    text = (digest * (size // 64 + 1))[:size]
    return json.dumps({"Run": run, "Id": number, "Text": text}).encode()


def request_of(body):
    stamp = str(int(time.time()))
    mac = hmac.new(SECRET.encode(), f"{stamp}.{EVENT}.".encode() + body, hashlib.sha256)
    return (f"POST {PATH} HTTP/1.1\r\nHost: torture\r\nContent-Length: {len(body)}\r\n"
            f"X-Webhook-Timestamp: {stamp}\r\nX-Webhook-Event: {EVENT}\r\n"
            f"X-Webhook-Signature: sha256={mac.hexdigest()}\r\n\r\n").encode() + body


class Ledger:
    """What was sent to one store and what of it was acknowledged; also in a file, line by line."""

    def __init__(self, run, path):
        self.run = run
        self.file = open(path, "w", buffering=1)
        self.requests = {}                   # number -> its bytes, signed when it was first sent
        self.acknowledged = []
        self.known = set()                   # likewise
        self.unanswered = collections.deque()
        self.refused = []                    # (number, status): none is due
        self.handed = set()                  # what the program has taken
        self.strange = []                    # and what it should not have been given

    def next(self, chance):
        """The number of the delivery to send next."""
        if self.unanswered and chance.random() < AGAIN:
            return self.unanswered.popleft()
        if self.acknowledged and chance.random() < REPEAT:
            return chance.choice(self.acknowledged)
        number = len(self.requests)
        self.requests[number] = request_of(body_of(self.run, number))
        return number

    def answered(self, number, status):
        if status != 200:
            self.refused.append((number, status))
            self.unanswered.append(number)
        elif number not in self.known:
            self.file.write(f"{number}\n")
            self.known.add(number)
            self.acknowledged.append(number)

    def broken(self, number):
        """Its connection ended before the answer."""
        if number not in self.known:
            self.unanswered.append(number)

    def number_of(self, body):
        """Which delivery has that body; None for one that was never sent."""
        found = re.match(rb'{"Run": "[^"]*", "Id": (\d+),', body)
        number = int(found[1]) if found else -1
        return number if number in self.requests and body == body_of(self.run, number) else None

    def hand(self, body):
        """The program has taken a body."""
        number = self.number_of(body)
        if number is None:
            self.strange.append(body[:60])
        else:
            self.handed.add(number)

    def problems(self, bodies):
        """What is wrong with a store that holds these bodies, a line each."""
        found = collections.Counter()
        for body in bodies:
            number = self.number_of(body)
            if number is None:
                yield f"a body that was never sent: {body[:60]!r}"
            else:
                found[number] += 1
        for number, times in sorted(found.items()):
            if times > 1:
                yield f"delivery {number} is there {times} times"
        for number in sorted(self.known - found.keys()):
            yield f"delivery {number} was acknowledged and is not there"
        for number in sorted(self.handed - found.keys()):
            yield f"delivery {number} was handed on and is not there"
        for body in self.strange:
            yield f"a body was handed on that was never sent: {body!r}"
        for number, status in self.refused:
            yield f"delivery {number} was answered {status}"


async def read_answer(reader):
    """The status of a whole answer; None when the connection ended before its end."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        await reader.readexactly(int(length[1]))
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return int(head[9:12])


async def exchange(reader, writer, ledger, number):
    """Sends a delivery and waits for its answer; whether the connection still holds."""
    writer.write(ledger.requests[number])
    status = await asyncio.wait_for(read_answer(reader), ANSWER_S)
    if status is None:
        ledger.broken(number)
        return False
    ledger.answered(number, status)
    return True


async def client(port, ledger, pick):
    """One connection, a delivery after the other, until it breaks or pick has no more."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionError:
        return
    holds = True
    while holds and (number := pick()) is not None:
        holds = await exchange(reader, writer, ledger, number)
    writer.close()


async def load(port, ledger, chance):
    """Until the receiver is gone."""
    await asyncio.gather(*(client(port, ledger, lambda: ledger.next(chance))
                           for _ in range(CONNECTIONS)))


async def settle(port, ledger, chance):
    """Sends what is unanswered, and a few of the others, to a receiver that stays."""
    left = collections.deque([*ledger.unanswered, *chance.choices(ledger.acknowledged, k=20)]
                             if ledger.acknowledged else ledger.unanswered)
    ledger.unanswered.clear()
    await asyncio.gather(*(client(port, ledger, lambda: left.popleft() if left else None)
                           for _ in range(CONNECTIONS)))


class Program:
    """What deliveries are handed on to: an HTTP server that notes them in the ledger, and now and
    then says that it is busy."""

    def __init__(self, ledger, chance):
        self.ledger, self.chance = ledger, chance
        self.writers = set()

    async def start(self):
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def close(self):
        self.server.close()
        for writer in list(self.writers):
            writer.transport.abort()
        while self.writers:
            await asyncio.sleep(0)

    async def serve(self, reader, writer):
        self.writers.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: *(\d+)", head)
                body = await reader.readexactly(int(length[1]))
                busy = self.chance.random() < BUSY
                if not busy:
                    self.ledger.hand(body)
                writer.write(b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" %
                             (b"503 Busy" if busy else b"204 Taken"))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the receiver was killed
        finally:
            writer.close()
            self.writers.remove(writer)

    async def all_handed(self, limit_s):
        """Waits until everything that was acknowledged is handed on; whether it came to that."""
        until = time.monotonic() + limit_s
        while not self.ledger.known <= self.ledger.handed and time.monotonic() < until:
            await asyncio.sleep(0.01)
        return self.ledger.known <= self.ledger.handed
