# SPDX-License-Identifier: MIT
"""A disk that forgets, second half: what it could hold after the power failed.

lost_pages.c keeps a journal of what a program does to the files of a folder. `Disk` holds the
folder's state at the program's start and reads that journal. An image is {name: bytes}:

  kept()    nothing is lost: what the page cache holds after a kill -9
  lost()    all that was not synced is lost, names of files that the folder was not synced for too
  torn()    of what was not synced a part survives, chosen by sectors of 512 bytes over all files and
            without regard to order, as a disk with a cache writes; names survive up to some moment

The index of a WAL (-shm) is memory that happens to have a name: no image has it.
"""
import collections
import struct
from pathlib import Path

SECTOR = 512
HEAD = struct.Struct("=IIQQ")
CREATE, WRITE, TRUNCATE, SYNC, SYNC_FOLDER, UNLINK = range(1, 7)

Record = collections.namedtuple("Record", "operation name offset data")


def is_index(name):
    return name.endswith("-shm")


def read_journal(path):
    """The records of a journal. The last one may be cut short by a kill: it was not made. A receiver
    that was killed before it touched its store has left none."""
    data = Path(path).read_bytes() if Path(path).exists() else b""
    records, at = [], 0
    while at + HEAD.size <= len(data):
        operation, name_len, offset, data_len = HEAD.unpack_from(data, at)
        end = at + HEAD.size + name_len + data_len
        if end > len(data):
            break
        start = at + HEAD.size
        name = data[start:start + name_len].decode()
        if not is_index(name):
            records.append(Record(operation, name, offset, data[start + name_len:end]))
        at = end
    return records


def read_folder(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir() if not is_index(path.name)}


def write_folder(folder, image):
    folder = Path(folder)
    for path in folder.iterdir():
        path.unlink()
    for name, data in image.items():
        (folder / name).write_bytes(data)


def put(file, offset, data):
    """Writes into a bytearray; a hole reads as zeros."""
    if len(file) < offset:
        file.extend(bytes(offset - len(file)))
    file[offset:offset + len(data)] = data


def resize(file, size):
    del file[size:]
    file.extend(bytes(size - len(file)))


def sectors(record):
    """The pieces of a write that a disk makes whole or not at all."""
    at, end = record.offset, record.offset + len(record.data)
    while at < end:
        to = min(end, (at // SECTOR + 1) * SECTOR)
        yield at, record.data[at - record.offset:to - record.offset]
        at = to


class Disk:
    def __init__(self, folder):
        self.base = read_folder(folder)
        self.records = []

    def crash(self, journal):
        """The program has been killed: takes its journal in."""
        self.records = read_journal(journal)

    def _synced(self):
        """Which records reached the disk for sure: their indices. A name does with its folder, a
        file's bytes with the file."""
        durable, waiting = set(), collections.defaultdict(list)
        for index, record in enumerate(self.records):
            if record.operation in (CREATE, UNLINK):
                waiting[None].append(index)
            elif record.operation == SYNC_FOLDER:
                durable.update(waiting.pop(None, []))
            elif record.operation == SYNC:
                durable.update(waiting.pop(record.name, []))
            else:
                waiting[record.name].append(index)
        return durable

    def _replay(self, name_survives, write_survives):
        """The image out of the records that survive: a name survives as a whole, a write by
        sectors. Bytes belong to a file, not to its name: they last only if the name does."""
        names = {name: name for name in self.base}      # name -> its file
        files = {name: bytearray(data) for name, data in self.base.items()}
        current = dict(names)                           # likewise, as the program saw it
        for index, record in enumerate(self.records):
            if record.operation == CREATE:
                current[record.name] = index            # a file is called after its creation
                files[index] = bytearray()
                if name_survives(index):
                    names[record.name] = index
            elif record.operation == UNLINK:
                current.pop(record.name, None)
                if name_survives(index):
                    names.pop(record.name, None)
            elif record.operation == TRUNCATE and write_survives(index):
                resize(files[current[record.name]], record.offset)
            elif record.operation == WRITE:
                for offset, data in sectors(record):
                    if write_survives(index):
                        put(files[current[record.name]], offset, data)
        return {name: bytes(files[file]) for name, file in names.items()}

    def kept(self, without_last=False):
        records = self.records
        self.records = records[:-1] if without_last else records
        image = self._replay(lambda index: True, lambda index: True)
        self.records = records
        return image

    def lost(self):
        durable = self._synced()
        return self._replay(durable.__contains__, durable.__contains__)

    def torn(self, chance):
        """chance: a random.Random, which alone decides."""
        durable = self._synced()
        share = chance.choice((0.1, 0.5, 0.9))
        until = chance.randrange(len(self.records) + 1)  # names reach a disk's own journal in order
        return self._replay(lambda index: index in durable or index < until,
                            lambda index: index in durable or chance.random() < share)

    def explains(self, folder):
        """Whether the journal says what the files hold: nothing was written past it. The last
        record may be of a write that the kill kept from being made, or cut short."""
        found = read_folder(folder)
        if found in (self.kept(), self.kept(without_last=True)):
            return True
        last = self.records[-1] if self.records else None
        return last is not None and last.operation == WRITE and \
            self._but_last(found, last) == self._but_last(self.kept(), last)

    @staticmethod
    def _but_last(image, last):
        """An image without the bytes, and the growth, that are the last write's."""
        data = image.get(last.name, b"")
        return {**image, last.name: (data[:last.offset], data[last.offset + len(last.data):])}
