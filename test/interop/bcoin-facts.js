#!/usr/bin/env node
/*
 * What bcoin computes from messages, for comparison with this library: the
 * same lines as wire_facts prints, which says what they mean.
 *
 * usage: bcoin-facts.js facts KIND STREAM
 *        bcoin-facts.js scene KIND COUNT SEED STREAM
 *
 * facts  KIND is block, tree, cfilter, bloom or compact.
 * scene  Writes a stream that is worth asking about: for block, tree and
 *        cfilter blocks that hold together, and some that do not; for tree also
 *        merkleblocks, good and spoiled; for bloom filters, with what goes into
 *        them and transactions that have it or not; for compact blocks in
 *        pieces.  COUNT of each.
 *
 * bcoin has no filters of BIP 158: they come from golomb, its authors' package
 * for the coded sets.  Which scripts go into one is decided here.
 */
'use strict';

const fs = require('fs');
const make = require('./bcoin-make');
const {parse} = require('./bcoin-codec');
const Golomb = require('golomb');
const {BloomFilter} = require('bfilter');
const hash256 = require('bcrypto/lib/hash256');
const merkle = require('bcrypto/lib/merkle');
const consensus = require('bcoin/lib/protocol/consensus');
const Framer = require('bcoin/lib/net/framer');
const packets = require('bcoin/lib/net/packets');
const {CompactBlock, TXRequest, TXResponse} = require('bcoin/lib/net/bip152');
const MerkleBlock = require('bcoin/lib/primitives/merkleblock');
const Outpoint = require('bcoin/lib/primitives/outpoint');

const OP_RETURN = 0x6a;
const GCS_P = 19;                       /* BIP 158 */

const say = (...words) => console.log(words.join(' '));
const shown = hash => Buffer.from(hash).reverse().toString('hex');
const fromHex = hex => Buffer.from(hex, 'hex');

/* ---- block, tree ------------------------------------------------------- */

function blockFacts({cmd, block}) {
  if (cmd !== 'block')
    return;

  const [root, mutated] = block.txs.length === 0
    ? [consensus.ZERO_HASH, false]
    : merkle.createRoot(hash256, block.txs.map(tx => tx.hash()));
  const nonce = block.getWitnessNonce();
  const computed = nonce ? block.createCommitmentHash() : consensus.ZERO_HASH;
  const held = block.getCommitmentHash();

  say('block', shown(block.hash()), block.getWeight(), shown(root),
    mutated ? 1 : 0, computed.toString('hex'),
    held ? held.toString('hex') : '-');
}

const provable = tx => (tx.hash()[0] % 3 === 0 ? 1 : 0);

function treeFacts({cmd, block}) {
  if (cmd === 'block' && block.txs.length > 0) {
    const proof = MerkleBlock.fromMatches(block, block.txs.map(provable));

    say('proof', proof.toRaw().toString('hex'));
  }
  if (cmd !== 'merkleblock')
    return;
  if (!block.verifyBody()) {
    say('tree bad');
    return;
  }
  const {matches, indexes} = block.getTree();

  say('tree', ...indexes.map((at, i) => `${at}:${shown(matches[i])}`));
}

/* ---- cfilter ----------------------------------------------------------- */

/* As BIP 158 has it: spent scripts, and those of outputs but for OP_RETURN. */
function filterItems(block) {
  const items = [];

  block.txs.forEach((tx, i) => {
    if (i > 0)
      items.push(...tx.inputs.map(input => input.script.toRaw()));
    items.push(...tx.outputs.map(output => output.script.toRaw())
      .filter(script => script[0] !== OP_RETURN));
  });
  return items.filter(item => item.length > 0);
}

function matches(filter, key, items) {
  const list = items.filter(item => item.length > 0);

  if (filter.n === 0 || list.length === 0)
    return 0;
  return filter.matchAny(key, list) ? 1 : 0;
}

let filterHeader = consensus.ZERO_HASH;

function cfilterFacts({cmd, block}) {
  if (cmd !== 'block')
    return;

  const key = block.hash().slice(0, 16);
  const filter = Golomb.fromItems(GCS_P, key, filterItems(block));
  const hashes = [block.prevBlock, block.merkleRoot].map(fromHex);
  const last = block.txs[block.txs.length - 1];
  const outputs = last ? last.outputs : [];
  const script = outputs.length > 0
    ? [outputs[outputs.length - 1].script.toRaw()] : [];

  filterHeader = filter.header(filterHeader);
  say('cfilter', filter.toRaw().toString('hex'), shown(filter.hash()),
    shown(filterHeader),
    `${matches(filter, key, script)}${matches(filter, key, hashes)}`);
}

/* ---- bloom ------------------------------------------------------------- */

let bloom = null;

function bloomFacts(packet) {
  let words = null;

  switch (packet.cmd) {
    case 'filterload':
      bloom = packet.filter;
      words = ['load'];
      break;
    case 'filteradd':
      words = ['add', bloom.test(packet.data) ? 1 : 0];
      bloom.add(packet.data);
      break;
    case 'tx':
      words = ['tx', packet.tx.isWatched(bloom) ? 1 : 0];
      break;
    default:
      return;
  }
  say(...words, shown(hash256.digest(bloom.filter)));
}

/* ---- compact ----------------------------------------------------------- */

let partial = null;
let pool = new Map();

function begin(block) {
  partial = block;
  pool = new Map();
  say(block.init() ? 'begin' : 'begin bad');
}

/* Puts the pool to use, once it is whole. */
function missing() {
  partial.fillMempool(true, {map: pool});
  return TXRequest.fromCompact(partial).indexes;
}

function finish(response) {
  if (response.hash !== partial.hash('hex') || !partial.fillMissing(response)) {
    say('block bad');
    return;
  }
  const block = partial.toBlock();

  say('block', shown(hash256.digest(block.toRaw())));
}

function makeCompact(block) {
  if (block.txs.length === 0)
    return;
  const nonce = block.hash().slice(0, 8);
  const compact = CompactBlock.fromBlock(block, true, nonce);

  say('compact', compact.toRaw().toString('hex'));
}

const wanted = tx => (partial.idMap.has(partial.sid(tx.witnessHash())) ? 1 : 0);

function compactFacts(packet) {
  switch (packet.cmd) {
    case 'block':
      makeCompact(packet.block);
      break;
    case 'cmpctblock':
      begin(packet.block);
      break;
    case 'tx':
      pool.set(pool.size, {tx: packet.tx});
      say('tx', wanted(packet.tx));
      break;
    case 'mempool':
      say('missing', ...missing());
      break;
    case 'blocktxn':
      finish(packet.response);
      break;
  }
}

/* ---- Scenes ------------------------------------------------------------ */

/* Of some size, and at times with the last transaction twice. */
function someBlock(random, odd) {
  const block = make.soundBlock(random, 1 + random.below(20));

  if (odd && block.txs.length % 2 === 1 && random.flip())
    block.txs.push(block.txs[block.txs.length - 1]);
  if (odd && random.below(4) === 0)
    block.txs[0].inputs[0].witness.items.push(random.bytes(3));
  block.refresh(true);
  return block;
}

function* blockScene(random) {
  yield new packets.BlockPacket(someBlock(random, true), true);
}

/* Spoils a proof, or not. */
function spoil(random, proof) {
  switch (random.below(8)) {
    case 0:
      proof.hashes[random.below(proof.hashes.length)] = random.bytes(32);
      break;
    case 1:                             /* more than totalTX are no message */
      if (proof.hashes.length < proof.totalTX)
        proof.hashes.push(random.bytes(32));
      break;
    case 2:
      proof.flags[random.below(proof.flags.length)] ^= 1 << random.below(8);
      break;
    case 3:
      proof.flags = Buffer.concat([proof.flags, random.bytes(1)]);
      break;
    case 4:
      proof.totalTX += 1 + random.below(3);
      break;
  }
}

function* treeScene(random) {
  const block = someBlock(random, true);
  const chosen = block.txs.map(() => (random.below(4) === 0 ? 1 : 0));
  const proof = MerkleBlock.fromMatches(block, chosen);

  yield new packets.BlockPacket(block, true);
  spoil(random, proof);
  yield new packets.MerkleBlockPacket(proof);
}

/* What a script pushes, for something to look for. */
const pushed = script => script.code.map(op => op.data)
  .filter(data => data && data.length > 0 && data.length <= 520);

function* bloomScene(random) {
  const filter = new BloomFilter(8 * (1 + random.below(60)),
    1 + random.below(8), random.u32(), random.below(3));
  const txs = [];

  yield new packets.FilterLoadPacket(filter);
  for (let i = 0; i < 12; i++) {
    const tx = make.tx(random);
    const watched = [tx.hash(), tx.inputs[0].prevout.toRaw(),
      ...pushed(tx.inputs[0].script)];

    random.left = 2000;
    tx.outputs.forEach(output => watched.push(...pushed(output.script)));
    if (random.below(3) === 0)
      yield new packets.FilterAddPacket(random.pick(watched));
    /* One that spends an output which may have been inserted. */
    if (txs.length > 0 && random.flip()) {
      const from = random.pick(txs);

      tx.inputs[0].prevout = Outpoint.fromTX(from,
        random.below(from.outputs.length + 1));
      tx.refresh();
    }
    txs.push(tx);
    yield new packets.TXPacket(tx, true);
  }
}

/* Any of the transactions filled in, the coinbase always. */
function prefill(random, compact, block) {
  let gap = 0;

  compact.ids = [];
  compact.ptx = [];
  block.txs.forEach((tx, i) => {
    if (i === 0 || random.below(4) === 0) {
      compact.ptx.push([gap, tx]);
      gap = 0;
    } else {
      compact.ids.push(compact.sid(tx.witnessHash()));
      gap += 1;
    }
  });
}

function* compactScene(random) {
  const block = someBlock(random, false);
  const compact = CompactBlock.fromBlock(block, true, random.bytes(8));
  const filled = new Set();
  const known = new Set();
  let next = 0;

  yield new packets.BlockPacket(block, true);
  prefill(random, compact, block);
  compact.ptx.forEach(([gap]) => {
    filled.add(next + gap);
    next += gap + 1;
  });
  yield new packets.CmpctBlockPacket(compact, true);
  for (let i = block.txs.length - 1; i >= 0; i--) {
    if (random.flip()) {
      known.add(i);
      yield new packets.TXPacket(block.txs[i], true);
    }
    if (random.below(3) === 0)
      yield new packets.TXPacket(make.tx(random), true);
  }
  yield new packets.MempoolPacket();
  yield new packets.BlockTxnPacket(new TXResponse({
    hash: block.hash('hex'),
    txs: block.txs.filter((tx, i) => !filled.has(i) && !known.has(i))
  }), true);
}

const facts = {
  block: blockFacts,
  tree: treeFacts,
  cfilter: cfilterFacts,
  bloom: bloomFacts,
  compact: compactFacts
};

const scenes = {
  block: blockScene,
  tree: treeScene,
  cfilter: blockScene,
  bloom: bloomScene,
  compact: compactScene
};

function writeScene(kind, count, seed, file) {
  const framer = new Framer('regtest');
  const random = new make.Random(Number(seed));
  const frames = [];

  for (let i = 0; i < Number(count); i++) {
    random.left = 20000;
    for (const packet of scenes[kind](random))
      frames.push(framer.packet(packet.cmd, packet.toRaw()));
  }
  fs.writeFileSync(file, Buffer.concat(frames));
}

const [mode, kind, ...args] = process.argv.slice(2);

if (mode === 'facts' && facts[kind] && args.length === 1) {
  for (const packet of parse(fs.readFileSync(args[0])))
    facts[kind](packet);
} else if (mode === 'scene' && scenes[kind] && args.length === 3) {
  writeScene(kind, ...args);
} else {
  console.error('usage: bcoin-facts.js facts KIND STREAM\n'
    + '       bcoin-facts.js scene KIND COUNT SEED STREAM');
  process.exit(2);
}
