/*
 * What bcoin's packets hold, as btcpeer-decode --json shows it: the same names,
 * numbers and order of bytes; texts only as NAME_hex.
 */
'use strict';

require('./load-bcoin');

const IP = require('binet');
const consensus = require('bcoin/lib/protocol/consensus');

const NO_HASH = consensus.ZERO_HASH;

/* Hashes, and numbers too long for JSON: the other way round, in hex. */
function reversed(data) {
  const bytes = Buffer.isBuffer(data)
    ? Buffer.from(data)
    : Buffer.from(data, 'hex');

  return bytes.reverse().toString('hex');
}

function digits(number, n) {
  return number.toString(16).padStart(n, '0');
}

function ascii(text) {
  return Buffer.from(text, 'latin1').toString('hex');
}

function netaddr(addr) {
  return {
    time: addr.time,
    services: digits(addr.services, 16),
    ip: addr.host,
    port: addr.port
  };
}

function header(block) {
  return {
    hash: reversed(block.hash()),
    version: block.version | 0,
    prev: reversed(block.prevBlock),
    merkle_root: reversed(block.merkleRoot),
    time: block.time,
    bits: block.bits,
    nonce: block.nonce
  };
}

function txin(input) {
  return {
    prev: {
      hash: reversed(input.prevout.hash),
      index: input.prevout.index
    },
    script: input.script.toRaw().toString('hex'),
    sequence: input.sequence,
    witness: input.witness.items.map(item => item.toString('hex'))
  };
}

function txout(output) {
  return {
    value: output.value,
    script: output.script.toRaw().toString('hex')
  };
}

function tx(tx) {
  return {
    txid: reversed(tx.hash()),
    wtxid: reversed(tx.witnessHash()),
    weight: tx.getWeight(),
    version: tx.version | 0,
    locktime: tx.locktime,
    in: tx.inputs.map(txin),
    out: tx.outputs.map(txout)
  };
}

/* bcoin keeps the gaps between the indexes, as they are on the wire. */
function prefilled(list) {
  let next = 0;

  return list.map(([gap, filled]) => {
    const index = next + gap;

    next = index + 1;
    return {index, tx: tx(filled)};
  });
}

const empty = () => ({});

const nonce = packet => ({nonce: reversed(packet.nonce)});

const inv = packet => ({
  vec: packet.items.map(({type, hash}) => ({type, hash: reversed(hash)}))
});

const locator = packet => ({
  version: packet.version,
  hash: packet.locator.map(reversed),
  stop: reversed(packet.stop || NO_HASH)
});

const bodies = {
  version: packet => ({
    version: packet.version,
    services: digits(packet.services, 16),
    timestamp: packet.time,
    addr_recv: netaddr(packet.remote),
    addr_from: netaddr(packet.local),
    nonce: reversed(packet.nonce),
    user_agent_hex: ascii(packet.agent),
    start_height: packet.height,
    relay: !packet.noRelay
  }),
  verack: empty,
  ping: nonce,
  pong: nonce,
  inv,
  getdata: inv,
  notfound: inv,
  getblocks: locator,
  getheaders: locator,
  headers: packet => ({header: packet.items.map(header)}),
  block: packet => ({
    header: header(packet.block),
    tx: packet.block.txs.map(tx)
  }),
  tx: packet => tx(packet.tx),
  addr: packet => ({addr: packet.items.map(netaddr)}),
  getaddr: empty,
  reject: packet => ({
    command_hex: ascii(packet.message),
    code: packet.code,
    reason_hex: ascii(packet.reason),
    has_hash: packet.hash != null,
    hash: reversed(packet.hash || NO_HASH)
  }),
  mempool: empty,
  sendheaders: empty,
  feefilter: packet => ({feerate: packet.rate}),
  merkleblock: packet => ({
    header: header(packet.block),
    total: packet.block.totalTX,
    hash: packet.block.hashes.map(reversed),
    flags: packet.block.flags.toString('hex')
  }),
  filterload: packet => ({
    filter: packet.filter.filter.toString('hex'),
    hash_funcs: packet.filter.n,
    tweak: packet.filter.tweak,
    update: packet.filter.update
  }),
  filteradd: packet => ({data: packet.data.toString('hex')}),
  filterclear: empty,
  sendcmpct: packet => ({
    announce: packet.mode !== 0,
    version: packet.version
  }),
  cmpctblock: packet => ({
    header: header(packet.block),
    nonce: reversed(packet.block.keyNonce),
    short_id: packet.block.ids.map(id => digits(id, 12)),
    prefilled: prefilled(packet.block.ptx)
  }),
  getblocktxn: packet => ({
    block: reversed(packet.request.hash),
    index: packet.request.indexes
  }),
  blocktxn: packet => ({
    block: reversed(packet.response.hash),
    tx: packet.response.txs.map(tx)
  })
};

/* An object for the line; the packet begins at byte offset of a stream. */
exports.describe = function describe(packet, offset, payload) {
  return {
    command: packet.cmd,
    offset,
    payload_len: payload.length,
    trailing: 0,
    body: bodies[packet.cmd](packet)
  };
};

function differenceOfObjects(a, b, path) {
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    /* What is text for people stands beside the bytes themselves. */
    if (`${name}_hex` in a && `${name}_hex` in b)
      continue;
    const found = difference(a[name], b[name], `${path}.${name}`);
    if (found)
      return found;
  }
  return null;
}

/*
 * Where two such objects differ, in words; null when they do not.  Addresses
 * may be written in any way that stands for the same bytes.
 */
function difference(a, b, path) {
  if (a === b)
    return null;
  if (a !== null && b !== null && typeof a === 'object'
      && typeof b === 'object' && Array.isArray(a) === Array.isArray(b))
    return differenceOfObjects(a, b, path);
  if (path.endsWith('.ip') && typeof a === 'string' && typeof b === 'string'
      && IP.toBuffer(a).equals(IP.toBuffer(b)))
    return null;
  return `${path}: ${JSON.stringify(a)}, ${JSON.stringify(b)}`;
}

exports.difference = difference;
