#!/usr/bin/python3
"""python-bitcoinlib's codecs, for comparison with this library's.

usage: bitcoinlib_codec.py commands
       bitcoinlib_codec.py read STREAM FILE.json
       bitcoinlib_codec.py make COMMAND,COMMAND... COUNT SEED STREAM FILE.json
       bitcoinlib_codec.py compare FILE.json FILE.json
       bitcoinlib_codec.py scene COUNT SEED STREAM
       bitcoinlib_codec.py bloom STREAM
       bitcoinlib_codec.py sizes

Streams are of messages of regtest in their frames; FILE.json has a line for
each, as of btcpeer-decode --json stream.

commands  The messages that are known here, one a line.
read      Reads the stream and writes what it holds.  Each message is encoded
          anew from its fields, which must give the bytes that were read.
make      COUNT random messages of each COMMAND in turn, and what they hold.
compare   Says what differs; nothing may.  Prints "COMMAND N" for each command.
scene     COUNT Bloom filters, and what goes into them: filterload, filteradd.
bloom     What wire_facts bloom prints of such a stream.
sizes     "ELEMENTS RATE BYTES FUNCTIONS" of new filters, one a line.

Where python-bitcoinlib has a codec that cannot work as it is, a class here
mends it with python-bitcoinlib's own serializers; its comment says what was
wrong.

Exit: 0; 1 something differs or cannot be read; 2 usage; 77 it is missing.
"""

import io
import json
import random
import socket
import struct
import sys

try:
    import bitcoin
    from bitcoin import messages, net
    from bitcoin.bloom import CBloomFilter
    from bitcoin.core import (
        CBlock, CBlockHeader, COutPoint, CTransaction, CTxIn, CTxInWitness,
        CTxOut, CTxWitness, Hash, b2lx)
    from bitcoin.core.script import CScript, CScriptWitness
    from bitcoin.core.serialize import (
        Serializable, VarIntSerializer, VarStringSerializer, VectorSerializer,
        intVectorSerializer, ser_read)
except ImportError as err:
    print("bitcoinlib_codec: python-bitcoinlib is missing: %s" % err,
          file=sys.stderr)
    sys.exit(77)

HEAD = 24           # bytes of a frame before its payload
BUDGET = 100000     # bytes of a message, about
EDGES = (252, 253, 254, 255, 256, 65535, 65536)
INT32, INT64 = 1 << 31, 1 << 63


class HeaderInList(CBlockHeader):
    """Its msg_headers leaves out the count of transactions, always 0, that
    follows each header."""

    @classmethod
    def stream_deserialize(cls, f):
        header = super().stream_deserialize(f)
        if VarIntSerializer.stream_deserialize(f) != 0:
            raise ValueError("a header with transactions")
        return header

    def stream_serialize(self, f):
        super().stream_serialize(f)
        VarIntSerializer.stream_serialize(0, f)


class msg_headers(messages.msg_headers):
    @classmethod
    def msg_deser(cls, f, protover=net.PROTO_VERSION):
        msg = cls()
        msg.headers = VectorSerializer.stream_deserialize(HeaderInList, f)
        return msg

    def msg_ser(self, f):
        VectorSerializer.stream_serialize(HeaderInList, self.headers, f)


class String(Serializable):
    """An element of a vector of strings."""

    def __init__(self, data):
        self.data = data

    @classmethod
    def stream_deserialize(cls, f):
        return cls(VarStringSerializer.stream_deserialize(f))

    def stream_serialize(self, f):
        VarStringSerializer.stream_serialize(self.data, f)


class Alert(net.CUnsignedAlert):
    """Its CUnsignedAlert calls deserialize() on a stream, which fails, and
    takes the user agents for integers."""

    numbers = struct.Struct("<iqqii")

    @classmethod
    def stream_deserialize(cls, f):
        c = cls()
        (c.nVersion, c.nRelayUntil, c.nExpiration, c.nID,
         c.nCancel) = cls.numbers.unpack(ser_read(f, cls.numbers.size))
        c.setCancel = intVectorSerializer.stream_deserialize(f)
        c.nMinVer, c.nMaxVer = struct.unpack("<ii", ser_read(f, 8))
        c.setSubVer = VectorSerializer.stream_deserialize(String, f)
        c.nPriority = struct.unpack("<i", ser_read(f, 4))[0]
        c.strComment = VarStringSerializer.stream_deserialize(f)
        c.strStatusBar = VarStringSerializer.stream_deserialize(f)
        c.strReserved = VarStringSerializer.stream_deserialize(f)
        c.extra = f.read()
        return c

    def stream_serialize(self, f):
        f.write(self.numbers.pack(self.nVersion, self.nRelayUntil,
                                  self.nExpiration, self.nID, self.nCancel))
        intVectorSerializer.stream_serialize(self.setCancel, f)
        f.write(struct.pack("<ii", self.nMinVer, self.nMaxVer))
        VectorSerializer.stream_serialize(String, self.setSubVer, f)
        f.write(struct.pack("<i", self.nPriority))
        VarStringSerializer.stream_serialize(self.strComment, f)
        VarStringSerializer.stream_serialize(self.strStatusBar, f)
        VarStringSerializer.stream_serialize(self.strReserved, f)
        f.write(self.extra)


class msg_alert(messages.msg_alert):
    """What is signed is read, and written again."""

    @classmethod
    def msg_deser(cls, f, protover=net.PROTO_VERSION):
        msg = super().msg_deser(f)
        msg.inner = Alert.deserialize(msg.alert.vchMsg)
        return msg

    def msg_ser(self, f):
        self.alert.vchMsg = self.inner.serialize()
        super().msg_ser(f)


class msg_filterload(messages.MsgSerializable):
    """There is a class for the filter, and none for the message."""

    command = b"filterload"

    @classmethod
    def msg_deser(cls, f, protover=net.PROTO_VERSION):
        msg = cls()
        msg.filter = CBloomFilter.stream_deserialize(f)
        return msg

    def msg_ser(self, f):
        self.filter.stream_serialize(f)


CLASSES = {cls.command.decode(): cls for cls in messages.messagemap.values()}
for cls in (msg_headers, msg_alert, msg_filterload):
    CLASSES[cls.command.decode()] = cls
    messages.messagemap[cls.command] = cls


# What messages hold, as btcpeer-decode shows it.

def u32(number):
    return number & 0xffffffff


def u64(number):
    return "%016x" % number


def show_netaddr(a):
    return {"time": a.nTime, "services": u64(a.nServices), "ip": a.ip,
            "port": a.port}


def show_header(h):
    return {"hash": b2lx(h.GetHash()), "version": h.nVersion,
            "prev": b2lx(h.hashPrevBlock),
            "merkle_root": b2lx(h.hashMerkleRoot), "time": h.nTime,
            "bits": h.nBits, "nonce": h.nNonce}


def show_txin(txin, stack):
    return {"prev": {"hash": b2lx(txin.prevout.hash), "index": txin.prevout.n},
            "script": txin.scriptSig.hex(), "sequence": txin.nSequence,
            "witness": [item.hex() for item in stack]}


def show_tx(tx):
    stacks = [w.scriptWitness.stack for w in tx.wit.vtxinwit]
    stacks += [()] * (len(tx.vin) - len(stacks))
    bare = len(tx.serialize(dict(include_witness=False)))
    return {"txid": b2lx(tx.GetTxid()), "wtxid": b2lx(tx.GetHash()),
            "weight": 3 * bare + len(tx.serialize()),
            "version": tx.nVersion, "locktime": tx.nLockTime,
            "in": [show_txin(*pair) for pair in zip(tx.vin, stacks)],
            "out": [{"value": out.nValue, "script": out.scriptPubKey.hex()}
                    for out in tx.vout]}


def show_version(m):
    return {"version": m.nVersion, "services": u64(m.nServices),
            "timestamp": m.nTime, "addr_recv": show_netaddr(m.addrTo),
            "addr_from": show_netaddr(m.addrFrom), "nonce": u64(m.nNonce),
            "user_agent_hex": m.strSubVer.hex(),
            "start_height": m.nStartingHeight, "relay": bool(m.fRelay)}


def show_alert(m):
    a = m.inner
    return {"signed_part": m.alert.vchMsg.hex(),
            "signature": m.alert.vchSig.hex(), "version": a.nVersion,
            "relay_until": a.nRelayUntil, "expiration": a.nExpiration,
            "id": a.nID, "cancel": a.nCancel, "set_cancel": a.setCancel,
            "min_version": a.nMinVer, "max_version": a.nMaxVer,
            "set_user_agent_hex": [s.data.hex() for s in a.setSubVer],
            "priority": a.nPriority, "comment_hex": a.strComment.hex(),
            "status_bar_hex": a.strStatusBar.hex(),
            "reserved_hex": a.strReserved.hex(), "extra": a.extra.hex()}


def show_inv(m):
    return {"vec": [{"type": u32(v.type), "hash": b2lx(v.hash)}
                    for v in m.inv]}


def show_locator(m):
    return {"version": u32(m.locator.nVersion),
            "hash": [b2lx(h) for h in m.locator.vHave],
            "stop": b2lx(m.hashstop)}


def show_reject(m):
    return {"command_hex": m.message.hex(), "code": m.ccode[0],
            "reason_hex": m.reason.hex(), "has_hash": False,
            "hash": "00" * 32}


def show_filterload(m):
    return {"filter": m.filter.vData.hex(), "hash_funcs": m.filter.nHashFuncs,
            "tweak": m.filter.nTweak, "update": m.filter.nFlags}


def show_empty(m):
    return {}


def show_ping(m):
    return {"nonce": u64(m.nonce)}


SHOW = {
    "version": show_version, "verack": show_empty,
    "addr": lambda m: {"addr": [show_netaddr(a) for a in m.addrs]},
    "alert": show_alert, "inv": show_inv, "getdata": show_inv,
    "notfound": show_inv, "getblocks": show_locator,
    "getheaders": show_locator,
    "headers": lambda m: {"header": [show_header(CBlockHeader(
        h.nVersion, h.hashPrevBlock, h.hashMerkleRoot, h.nTime, h.nBits,
        h.nNonce)) for h in m.headers]},
    "tx": lambda m: show_tx(m.tx),
    "block": lambda m: {"header": show_header(m.block),
                        "tx": [show_tx(tx) for tx in m.block.vtx]},
    "getaddr": show_empty, "ping": show_ping, "pong": show_ping,
    "reject": show_reject, "mempool": show_empty,
    "filterload": show_filterload,
}


def describe(msg, offset, payload_len):
    command = msg.command.decode()
    return {"command": command, "offset": offset, "payload_len": payload_len,
            "trailing": 0, "body": SHOW[command](msg)}


# Random messages.

class Maker(random.Random):
    left = BUDGET

    def count(self, most, size):
        dice = self.randrange(256)
        n = self.randrange(60 if dice < 16 else 5)
        if dice < 3:
            n = self.choice(EDGES if dice == 0 else EDGES[:5])
        n = min(n, most, self.left // size)
        self.left -= n * size
        return n

    def bytes(self, n):
        return bytes(self.getrandbits(8 * n).to_bytes(n, "little"))

    def blob(self, most):
        return self.bytes(self.count(most, 1))

    def list(self, most, size, make):
        return [make() for _ in range(self.count(most, size))]

    def hash(self):
        return self.bytes(32)

    def u32(self):
        return self.getrandbits(32)

    def i32(self):
        return self.randrange(-INT32, INT32)

    def i64(self):
        return self.randrange(-INT64, INT64)

    def netaddr(self, time=True):
        a = net.CAddress()
        a.nTime = self.u32() if time else 0
        a.nServices = self.getrandbits(64)
        if self.getrandbits(1):
            a.ip = socket.inet_ntop(socket.AF_INET, self.bytes(4))
        else:
            a.ip = socket.inet_ntop(socket.AF_INET6, self.bytes(16))
        a.port = self.getrandbits(16)
        return a

    def header_fields(self):
        return (self.i32(), self.hash(), self.hash(), self.u32(), self.u32(),
                self.u32())

    def txin(self):
        return CTxIn(COutPoint(self.hash(), self.u32()),
                     CScript(self.blob(70000)), self.u32())

    def stack(self):
        stack = self.list(1000, 8, lambda: self.blob(70000))
        return CTxInWitness(CScriptWitness(stack))

    def tx(self):
        vin = [self.txin()] + self.list(300, 41, self.txin)
        vout = self.list(300, 9, lambda: CTxOut(
            self.i64(), CScript(self.blob(70000))))
        wit = CTxWitness()
        if self.getrandbits(1):
            wit = CTxWitness(tuple(self.stack() for _ in vin))
        return CTransaction(vin, vout, self.u32(), self.i32(), wit)

    def inv(self):
        v = net.CInv()
        v.type = self.choice((1, 2, 3, 4, 5, 1 << 30 | 1, self.i32()))
        v.hash = self.hash()
        return v

    def fill_inv(self, m):
        m.inv = self.list(50000, 36, self.inv)

    def fill_locator(self, m):
        m.locator.nVersion = self.i32()
        m.locator.vHave = self.list(500, 32, self.hash)
        m.hashstop = self.choice((bytes(32), self.hash()))

    def fill_version(self, m):
        m.nVersion = self.randrange(70001, INT32)
        m.nServices = self.getrandbits(64)
        m.nTime = self.i64()
        m.addrTo, m.addrFrom = self.netaddr(False), self.netaddr(False)
        m.nNonce = self.getrandbits(64)
        m.strSubVer = self.blob(256)
        m.nStartingHeight = self.i32()
        m.fRelay = self.getrandbits(1)

    def fill_addr(self, m):
        m.addrs = self.list(1000, 30, self.netaddr)

    def fill_alert(self, m):
        a = m.inner = Alert()
        a.nVersion, a.nID, a.nCancel = self.i32(), self.i32(), self.i32()
        a.nRelayUntil, a.nExpiration = self.i64(), self.i64()
        a.setCancel = self.list(300, 4, self.i32)
        a.nMinVer, a.nMaxVer = self.i32(), self.i32()
        a.setSubVer = self.list(300, 2, lambda: String(self.blob(300)))
        a.nPriority = self.i32()
        a.strComment = self.blob(65536)
        a.strStatusBar, a.strReserved = self.blob(256), self.blob(256)
        a.extra = self.blob(100)
        m.alert.vchMsg, m.alert.vchSig = a.serialize(), self.blob(300)

    def fill_headers(self, m):
        m.headers = self.list(
            2000, 81, lambda: HeaderInList(*self.header_fields()))

    def fill_tx(self, m):
        m.tx = self.tx()

    def fill_block(self, m):
        vtx = self.list(300, 60, self.tx)
        version, prev, root, *rest = self.header_fields()
        # It computes the root when there is something to compute it from.
        m.block = CBlock(version, prev, bytes(32) if vtx else root, *rest, vtx)

    def fill_ping(self, m):
        m.nonce = self.getrandbits(64)

    def fill_reject(self, m):
        m.message = self.choice((b"tx", b"block", b"version", self.blob(12)))
        m.ccode = self.bytes(1)
        m.reason = self.blob(111)

    def fill_filterload(self, m):
        m.filter = CBloomFilter(1, 0.5, self.u32(), self.getrandbits(8))
        m.filter.vData = bytearray(self.blob(36000))
        m.filter.nHashFuncs = self.randrange(51)

    def message(self, command):
        fill = {"getdata": "inv", "notfound": "inv", "getblocks": "locator",
                "getheaders": "locator", "pong": "ping"}.get(command, command)
        self.left = BUDGET
        m = CLASSES[command]()
        if SHOW[command] is not show_empty:
            getattr(self, "fill_" + fill)(m)
        return m


# The modes.

def messages_of(path):
    """Each message of a stream, where it begins, and its bytes."""
    with open(path, "rb") as f:
        stream = f.read()
    at = 0
    while at < len(stream):
        size = HEAD + struct.unpack_from("<I", stream, at + 16)[0]
        raw = stream[at:at + size]
        msg = messages.MsgSerializable.from_bytes(raw)
        if msg is None:
            raise ValueError("byte %d: a message not known here" % at)
        yield msg, at, raw
        at += size


def write_lines(path, lines):
    with open(path, "w", encoding="ascii") as f:
        for line in lines:
            f.write(json.dumps(line, separators=(",", ":")) + "\n")


def read(stream, json_file):
    lines = []
    for msg, at, raw in messages_of(stream):
        lines.append(describe(msg, at, len(raw) - HEAD))
        if msg.to_bytes() != raw:
            raise ValueError("%s at byte %d: python-bitcoinlib encodes other "
                             "bytes" % (msg.command.decode(), at))
    write_lines(json_file, lines)


def make(commands, count, seed, stream, json_file):
    maker = Maker(int(seed))
    lines, out = [], io.BytesIO()
    for _ in range(int(count)):
        for command in commands.split(","):
            msg = maker.message(command)
            raw = msg.to_bytes()
            lines.append(describe(msg, out.tell(), len(raw) - HEAD))
            out.write(raw)
    with open(stream, "wb") as f:
        f.write(out.getvalue())
    write_lines(json_file, lines)


def packed(ip):
    """The 16 bytes of an address, however it is written."""
    if ":" in ip:
        return socket.inet_pton(socket.AF_INET6, ip)
    return net.IPV4_COMPAT + socket.inet_pton(socket.AF_INET, ip)


def difference(a, b, path):
    """Where they differ, in words; None when they do not."""
    if type(a) is not type(b):
        return "%s: %r, %r" % (path, a, b)
    if isinstance(a, dict):
        for name in {**a, **b}:
            # What is text for people stands beside the bytes themselves.
            if name + "_hex" in a and name + "_hex" in b:
                continue
            if name not in a or name not in b:
                return "%s.%s: only in one" % (path, name)
            found = difference(a[name], b[name], path + "." + name)
            if found:
                return found
        return None
    if isinstance(a, list):
        if len(a) != len(b):
            return "%s: %d, %d items" % (path, len(a), len(b))
        found = (difference(x, y, "%s[%d]" % (path, i))
                 for i, (x, y) in enumerate(zip(a, b)))
        return next((f for f in found if f), None)
    if a == b or (path.endswith(".ip") and packed(a) == packed(b)):
        return None
    return "%s: %r, %r" % (path, a, b)


def compare(file_a, file_b):
    counts = {}
    with open(file_a, encoding="ascii") as a, \
            open(file_b, encoding="ascii") as b:
        lines = a.readlines(), b.readlines()
    if len(lines[0]) != len(lines[1]):
        raise ValueError("not as many messages")
    for i, pair in enumerate(zip(*lines)):
        ours, theirs = map(json.loads, pair)
        found = difference(ours, theirs, ours["command"])
        if found:
            raise ValueError("message %d: %s" % (i, found))
        counts[ours["command"]] = counts.get(ours["command"], 0) + 1
    for item in counts.items():
        print("%s %d" % item)


class FilterAdd(messages.MsgSerializable):
    """A payload that is one byte string; there is no code of its own for it,
    so the message does not count as known."""

    command = b"filteradd"

    def msg_ser(self, f):
        VarStringSerializer.stream_serialize(self.data, f)


def scene(count, seed, stream):
    maker = Maker(int(seed))
    with open(stream, "wb") as f:
        for _ in range(int(count)):
            msg, add = msg_filterload(), FilterAdd()
            msg.filter = CBloomFilter(maker.randrange(1, 100), 0.01,
                                      maker.u32(), maker.randrange(3))
            msg.stream_serialize(f)
            for _ in range(5):
                add.data = maker.bytes(maker.randrange(1, 521))
                add.stream_serialize(f)
                if maker.getrandbits(1):
                    add.stream_serialize(f)


def bloom(stream):
    with open(stream, "rb") as f:
        while head := f.read(HEAD):
            body = io.BytesIO(f.read(struct.unpack_from("<I", head, 16)[0]))
            if head[4:16].rstrip(b"\0") == b"filterload":
                bloom_filter = CBloomFilter.stream_deserialize(body)
                words = "load"
            else:
                data = VarStringSerializer.stream_deserialize(body)
                words = "add %d" % bloom_filter.contains(data)
                bloom_filter.insert(data)
            print(words, b2lx(Hash(bytes(bloom_filter.vData))))


def sizes():
    """Within what it computes; it makes filters without a byte or function,
    which contain everything or divide by zero."""
    for elements in (1, 2, 3, 7, 10, 100, 999, 10000, 20000, 100000):
        for rate in ("0.5", "0.1", "0.01", "0.001", "0.0001", "0.000001"):
            f = CBloomFilter(elements, float(rate), 0, 0)
            if len(f.vData) > 0 and f.nHashFuncs > 0:
                print(elements, rate, len(f.vData), f.nHashFuncs)


def commands():
    print("\n".join(CLASSES))


MODES = {"commands": (commands, 0), "read": (read, 2), "make": (make, 5),
         "compare": (compare, 2), "scene": (scene, 3), "bloom": (bloom, 1),
         "sizes": (sizes, 0)}


def main(argv):
    mode, n_args = MODES.get(argv[1] if len(argv) > 1 else "", (None, 0))
    if mode is None or len(argv) != 2 + n_args:
        print(__doc__[:__doc__.index("\n\nStreams")].split("\n\n", 1)[1],
              file=sys.stderr)
        return 2
    bitcoin.SelectParams("regtest")
    try:
        mode(*argv[2:])
    except (ValueError, OSError, AssertionError) as err:
        print("bitcoinlib_codec: %s" % err, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
