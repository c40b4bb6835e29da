# SPDX-License-Identifier: MIT
"""The load of the torture runs, and the ledger of what was acknowledged.

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

    def problems(self, bodies):
        """What is wrong with a store that holds these bodies, a line each."""
        found = collections.Counter()
        for body in bodies:
            number = re.match(rb'{"Run": "[^"]*", "Id": (\d+),', body)
            if not number or body != body_of(self.run, int(number[1])):
                yield f"a body that was never sent: {body[:60]!r}"
            else:
                found[int(number[1])] += 1
        for number, times in sorted(found.items()):
            if times > 1:
                yield f"delivery {number} is there {times} times"
            if number not in self.requests:
                yield f"delivery {number} was never sent"
        for number in sorted(self.known - found.keys()):
            yield f"delivery {number} was acknowledged and is not there"
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
