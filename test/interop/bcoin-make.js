/*
 * Random packets, made with bcoin's own classes; the same seed gives the same.
 */
'use strict';

require('./load-bcoin');

const assert = require('assert');
const {BloomFilter} = require('bfilter');
const IP = require('binet');
const consensus = require('bcoin/lib/protocol/consensus');
const packets = require('bcoin/lib/net/packets');
const bip152 = require('bcoin/lib/net/bip152');
const NetAddress = require('bcoin/lib/net/netaddress');
const Block = require('bcoin/lib/primitives/block');
const Headers = require('bcoin/lib/primitives/headers');
const Input = require('bcoin/lib/primitives/input');
const InvItem = require('bcoin/lib/primitives/invitem');
const MerkleBlock = require('bcoin/lib/primitives/merkleblock');
const Output = require('bcoin/lib/primitives/output');
const TX = require('bcoin/lib/primitives/tx');
const Script = require('bcoin/lib/script/script');

const BUDGET = 100000;                  /* bytes of a message, about */
const EDGES = [252, 253, 254, 255, 256, 65535, 65536];

/* Numbers by Marsaglia's xorshift of 128 bits. */
class Random {
  constructor(seed) {
    this.state = new Uint32Array([seed, 0x9e3779b9, 0x7f4a7c15, 0xf39cc060]);
    this.left = BUDGET;
    for (let i = 0; i < 20; i++)
      this.u32();
  }

  u32() {
    const s = this.state;
    const t = s[0] ^ (s[0] << 11);

    s[0] = s[1];
    s[1] = s[2];
    s[2] = s[3];
    s[3] = s[3] ^ (s[3] >>> 19) ^ t ^ (t >>> 8);
    return s[3];
  }

  below(n) {
    return this.u32() % n;
  }

  flip() {
    return this.below(2) === 1;
  }

  /* The greatest whole numbers that a double holds. */
  u53() {
    return this.below(1 << 21) * 0x100000000 + this.u32();
  }

  bytes(n) {
    const data = Buffer.alloc(n);

    for (let i = 0; i < n; i++)
      data[i] = this.u32() >>> 24;
    return data;
  }

  hash() {
    return this.bytes(32).toString('hex');
  }

  /* How many, at most max, of what takes size bytes each. */
  count(max, size) {
    const dice = this.below(256);
    let n = this.below(dice < 16 ? 60 : 5);

    if (dice < 3)
      n = EDGES[this.below(dice === 0 ? 7 : 5)];
    n = Math.min(n, max, Math.floor(this.left / size));
    this.left -= n * size;
    return n;
  }

  blob(max) {
    return this.bytes(this.count(max, 1));
  }

  text(max) {
    return this.blob(max).map(byte => byte & 0x7f).toString('latin1');
  }

  list(max, size, make) {
    return Array.from({length: this.count(max, size)}, () => make(this));
  }

  pick(list) {
    return list[this.below(list.length)];
  }
}

function publicKey(random) {
  const key = random.bytes(random.pick([33, 33, 65]));

  key[0] = key.length === 33 ? random.pick([2, 3]) : 4;
  return key;
}

function multisig(random) {
  const keys = Array.from({length: 1 + random.below(3)},
    () => publicKey(random));

  return Script.fromMultisig(1 + random.below(keys.length), keys.length, keys);
}

/* Pushes of all forms; the last may want more bytes than there are. */
function pushes(random) {
  const script = new Script();

  for (let i = random.below(4); i >= 0; i--)
    script.pushData(random.bytes(random.pick([0, 1, 20, 32, 75, 76, 300])));
  script.compile();
  if (random.below(4) > 0)
    return script;
  return Script.fromRaw(Buffer.concat([script.toRaw(),
    Buffer.from([random.pick([30, 0x4c, 0x4d, 0x4e])]),
    random.bytes(random.below(6))]));
}

function script(random) {
  switch (random.below(9)) {
    case 0: return new Script();
    case 1: return Script.fromPubkey(publicKey(random));
    case 2: return multisig(random);
    case 3: return Script.fromPubkeyhash(random.bytes(20));
    case 4: return Script.fromScripthash(random.bytes(20));
    case 5: return Script.fromProgram(0, random.bytes(random.pick([20, 32])));
    case 6: return Script.fromNulldata(random.bytes(random.below(80)));
    case 7: return pushes(random);
    default: return Script.fromRaw(random.blob(70000));
  }
}

function input(random, hasWitness) {
  const input = new Input();

  input.prevout.hash = random.hash();
  input.prevout.index = random.u32();
  input.script = script(random);
  input.sequence = random.u32();
  if (hasWitness)
    input.witness.items = random.list(1000, 8, () => random.blob(70000));
  return input;
}

function output(random) {
  const output = new Output();

  output.value = random.pick([1, -1]) * random.u53();
  output.script = script(random);
  return output;
}

function tx(random) {
  const tx = new TX();
  const hasWitness = random.flip();

  tx.version = random.u32();
  tx.locktime = random.u32();
  tx.inputs = [input(random, hasWitness)];
  tx.inputs.push(...random.list(300, 41, () => input(random, hasWitness)));
  tx.outputs = random.list(300, 9, output);
  return tx;
}

function fillHeader(random, header) {
  header.version = random.u32();
  header.prevBlock = random.hash();
  header.merkleRoot = random.hash();
  header.time = random.u32();
  header.bits = random.u32();
  header.nonce = random.u32();
  return header;
}

function block(random) {
  const block = fillHeader(random, new Block());

  block.txs = random.list(300, 60, tx);
  return block;
}

function coinbase(random) {
  const tx = new TX();
  const input = new Input();

  input.prevout.hash = consensus.NULL_HASH;
  input.prevout.index = 0xffffffff;
  input.script = Script.fromRaw(random.bytes(2 + random.below(90)));
  input.witness.items = [random.bytes(32)];
  tx.inputs.push(input);
  tx.outputs.push(output(random), new Output());
  return tx;
}

/*
 * A block that holds together: a coinbase, the witness commitment, the merkle
 * root.  It has n transactions.
 */
exports.soundBlock = function soundBlock(random, n) {
  const block = fillHeader(random, new Block());

  random.left = BUDGET;
  block.txs.push(coinbase(random));
  while (block.txs.length < n)
    block.txs.push(tx(random));

  const last = block.txs[0].outputs[1];

  last.script = Script.fromRaw(Buffer.concat([
    Buffer.from('6a24aa21a9ed', 'hex'), block.createCommitmentHash()]));
  block.refresh(true);
  block.merkleRoot = block.createMerkleRoot('hex');
  block.refresh(true);
  return block;
};

function netaddr(random) {
  const addr = new NetAddress();
  const mapped = Buffer.from('00000000000000000000ffff', 'hex');

  addr.time = random.u32();
  addr.services = random.u32();
  addr.raw = random.bytes(16);
  if (random.flip())
    mapped.copy(addr.raw);
  addr.host = IP.toString(addr.raw);
  addr.port = random.below(65536);
  return addr;
}

const withoutTime = addr => Object.assign(addr, {time: 0});

const invItem = random => new InvItem(
  random.flip() ? random.u32() : random.pick(Object.values(InvItem.types)),
  random.hash());

function fillLocator(random, packet) {
  packet.version = random.u32();
  packet.locator = random.list(500, 32, () => random.hash());
  packet.stop = random.pick([null, random.hash()]);
  return packet;
}

function fillCompact(random, block) {
  const total = random.count(2000, 30);
  let gap = 0;

  fillHeader(random, block);
  block.keyNonce = random.bytes(8);
  for (let i = 0; i < total; i++) {
    if (random.below(3) > 0) {
      block.ids.push(random.below(65536) * 0x100000000 + random.u32());
      gap += 1;
    } else {
      block.ptx.push([gap, tx(random)]);
      gap = 0;
    }
  }
  return block;
}

/* In ascending order, with small gaps and great ones. */
function indexes(random) {
  const list = [];
  let next = random.below(10);

  while (next < 65536 && list.length < 400 && random.below(50) > 0) {
    list.push(next);
    next += 1 + random.below(random.pick([1, 3, 300, 30000]));
  }
  return list;
}

const make = {
  version(random) {
    const packet = new packets.VersionPacket();

    packet.version = 70001 + random.below(1 << 30);
    packet.services = random.u32();
    packet.time = random.u53();
    packet.remote = withoutTime(netaddr(random));
    packet.local = withoutTime(netaddr(random));
    packet.nonce = random.bytes(8);
    packet.agent = random.text(256);
    packet.height = random.u32() >>> 1;
    packet.noRelay = random.flip();
    return packet;
  },
  verack: () => new packets.VerackPacket(),
  ping: random => new packets.PingPacket(random.bytes(8)),
  pong: random => new packets.PongPacket(random.bytes(8)),
  inv: random => new packets.InvPacket(random.list(50000, 36, invItem)),
  getdata: random => new packets.GetDataPacket(random.list(50000, 36, invItem)),
  notfound: random =>
    new packets.NotFoundPacket(random.list(50000, 36, invItem)),
  getblocks: random => fillLocator(random, new packets.GetBlocksPacket()),
  getheaders: random => fillLocator(random, new packets.GetHeadersPacket()),
  headers: random => new packets.HeadersPacket(
    random.list(2000, 81, () => fillHeader(random, new Headers()))),
  block: random => new packets.BlockPacket(block(random), true),
  tx: random => new packets.TXPacket(tx(random), true),
  addr: random => new packets.AddrPacket(random.list(1000, 30, netaddr)),
  getaddr: () => new packets.GetAddrPacket(),
  reject(random) {
    const packet = new packets.RejectPacket();

    packet.message = random.pick(['tx', 'block', 'version', random.text(12)]);
    packet.code = random.below(256);
    packet.reason = random.text(111);
    if (packet.message === 'tx' || packet.message === 'block')
      packet.hash = random.hash();
    return packet;
  },
  mempool: () => new packets.MempoolPacket(),
  sendheaders: () => new packets.SendHeadersPacket(),
  feefilter: random => new packets.FeeFilterPacket(random.u53()),
  merkleblock(random) {
    const block = fillHeader(random, new MerkleBlock());

    block.hashes = random.list(60000, 32, () => random.bytes(32));
    block.totalTX = block.hashes.length + random.below(1000);
    block.flags = random.blob(10000);
    return new packets.MerkleBlockPacket(block);
  },
  filterload(random) {
    const filter = new BloomFilter();

    filter.filter = random.blob(36000);
    filter.size = filter.filter.length * 8;
    filter.n = random.below(51);
    filter.tweak = random.u32();
    filter.update = random.below(3);
    return new packets.FilterLoadPacket(filter);
  },
  filteradd: random => new packets.FilterAddPacket(random.blob(520)),
  filterclear: () => new packets.FilterClearPacket(),
  sendcmpct(random) {
    const packet = new packets.SendCmpctPacket();

    packet.mode = random.below(2);
    packet.version = random.pick([1, 2, random.u53()]);
    return packet;
  },
  cmpctblock: random => new packets.CmpctBlockPacket(
    fillCompact(random, new bip152.CompactBlock()), true),
  getblocktxn: random => new packets.GetBlockTxnPacket(
    new bip152.TXRequest({hash: random.hash(), indexes: indexes(random)})),
  blocktxn: random => new packets.BlockTxnPacket(new bip152.TXResponse({
    hash: random.hash(), txs: random.list(300, 60, tx)}), true)
};

exports.Random = Random;
exports.tx = tx;
exports.script = script;
exports.publicKey = publicKey;

exports.packet = function packet(random, command) {
  assert(make[command], `bcoin has no ${command}`);
  random.left = BUDGET;
  return make[command](random);
};
