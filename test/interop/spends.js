/*
 * The transactions in the blocks that bcoin-node.js mines.
 *
 * Nothing is remembered between blocks: the block at height h spends the
 * coinbase of height h - 100 on its own branch (just mature), splits it, and
 * spends the pieces at once.  So reorganisations need no bookkeeping.  Every
 * third block stays empty, and the coinbase it could spend is left for
 * spendAlone().
 */
'use strict';

const crypto = require('crypto');
const {KeyRing, MTX, Opcode, Script} = require('./load-bcoin');

const MATURITY = 100;
const DUST = 10000;               /* a smaller coinbase is not worth splitting */
const MAX_FEE = 10000;            /* the memory pool refuses absurd fees */
const LARGE_EVERY = 125;          /* heights whose block has many transactions */
const LARGE_COUNT = 300;          /* more than 252: the count takes three bytes */

function ring(options) {
  const key = crypto.createHash('sha256').update('btcpeer interop').digest();
  return KeyRing.fromOptions(Object.assign({privateKey: key}, options));
}

function multisig(witness) {
  const r = ring({witness});
  r.script = Script.fromMultisig(1, 1, [r.publicKey]);
  return r;
}

const pkh = ring({});
const sh = multisig(false);
const wpkh = ring({witness: true});
const nested = ring({witness: true, nested: true});
const wsh = multisig(true);
const anyone = new Script([Opcode.fromSymbol('1')]);

/* An output kind: the script that pays it, and the key that spends it. */
const LEGACY = [
  {script: Script.fromAddress(pkh.getAddress()), ring: pkh},
  {script: Script.fromAddress(sh.getAddress()), ring: sh},
  {script: anyone, ring: null}
];
const WITNESS = [
  {script: Script.fromAddress(wpkh.getAddress()), ring: wpkh},
  {script: Script.fromAddress(nested.getAddress()), ring: nested},
  {script: Script.fromAddress(wsh.getAddress()), ring: wsh}
];

const COINS = LEGACY.slice(0, 2).concat(WITNESS);

function spend(tx, index, height, from, kinds) {
  const mtx = new MTX();
  const value = tx.outputs[index].value;
  const fee = Math.min(MAX_FEE, Math.ceil(value / 1000));
  const part = Math.floor((value - fee) / kinds.length);

  mtx.addTX(tx, index, height);
  for (const kind of kinds)
    mtx.addOutput(kind.script, part);
  if (from)
    mtx.sign(from);
  return mtx.commit();            /* [tx, view] */
}

function isEmpty(height) {
  return height % 3 === 0 && height % LARGE_EVERY !== 0;
}

async function coinbaseAt(chain, tip, height) {
  const entry = await chain.getAncestor(tip, height);
  const block = await chain.getBlock(entry.hash);
  return block.txs[0];
}

/* Fill the block being made on tip. */
async function fill(chain, tip, job) {
  const height = tip.height + 1;
  const old = height - MATURITY;

  if (old < 1 || isEmpty(height))
    return;

  const coinbase = await coinbaseAt(chain, tip, old);

  if (coinbase.outputs[0].value < DUST)
    return;

  let kinds = [];

  if (height % LARGE_EVERY === 0) {
    for (let i = 0; i < LARGE_COUNT; i++)
      kinds.push(LEGACY[2]);
  } else {
    kinds = job.attempt.witness ? LEGACY.concat(WITNESS) : LEGACY.slice();
    for (let i = 0; i < height % kinds.length; i++)
      kinds.push(kinds.shift());
    kinds.length = 1 + height % kinds.length;
  }

  const add = ([tx, view]) => {
    if (!job.addTX(tx, view))
      throw new Error(`height ${height}: a transaction does not fit`);
    return tx;
  };
  const split = add(spend(coinbase, 0, old, pkh, kinds));

  for (let i = 0; i < kinds.length; i++)
    add(spend(split, i, height, kinds[i].ring, [LEGACY[0]]));
  job.refresh();
}

/*
 * A transaction for the memory pool: it spends a coinbase that fill() leaves.
 * used: the heights spent so far; one is added.
 */
async function spendAlone(chain, used) {
  for (let height = 1; height + MATURITY <= chain.height + 1; height++) {
    if (!isEmpty(height + MATURITY) || used.has(height))
      continue;
    const coinbase = await coinbaseAt(chain, chain.tip, height);

    used.add(height);
    return spend(coinbase, 0, height, pkh, [LEGACY[0], LEGACY[0]])[0];
  }
  throw new Error('no mature coinbase is left');
}

/* One that makes count coins of a coinbase that fill() leaves, for spendCoin().
 * Segwit must be active. */
async function makeCoins(chain, height, count) {
  const coinbase = await coinbaseAt(chain, chain.tip, height);
  const kinds = [];

  for (let i = 0; i < count; i++)
    kinds.push(COINS[i % COINS.length]);
  return spend(coinbase, 0, height, pkh, kinds);
}

/* A transaction for the memory pool: it spends one of those coins. */
function spendCoin(tx, index, height) {
  return spend(tx, index, height, COINS[index % COINS.length].ring,
    [LEGACY[0]])[0];
}

module.exports = {address: pkh.getAddress(), fill, isEmpty, makeCoins,
  spendAlone, spendCoin};
