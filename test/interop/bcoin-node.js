#!/usr/bin/env node
/*
 * A bcoin full node on regtest, in memory, driven by the interop tests.
 *
 * usage: bcoin-node.js serve [--mine N] [--hashes FILE] [--verbose]
 *        bcoin-node.js follow --connect HOST:PORT --height H [--tip HEX]
 *                             [--timeout S] [--compact] [--verbose]
 *
 * serve   Mines N blocks (default 150) and listens on a free port of 127.0.0.1.
 *         From height 101 two blocks in three hold transactions, and every
 *         125th holds 302 of them; segwit is active from height 432, after
 *         which half of the kinds spent have witnesses.  Prints
 *             {"ready":true,"port":P,"height":H,"tip":"hex"}
 *         and writes the hash of every block, from height 0, to FILE.
 *         Bloom filters (BIP 37) and "mempool" are served.
 *         Runs until SIGTERM, SIGINT or the end of standard input, which must
 *         therefore be a pipe that stays open.  Commands on standard input,
 *         each answered by one line of JSON, FILE being rewritten before it:
 *             mine N    N more blocks
 *             reorg N   N + 1 blocks on the N-th ancestor of the tip (N < 100)
 *             tx        a transaction into the memory pool, and announced
 *             tip       the height and tip
 *             quit
 *
 * follow  Connects to that one node, validates what it serves, and when height
 *         H (and tip HEX) is reached prints
 *             {"reached":true,"height":H,"tip":"hex","txs":T,"witness_txs":W}
 *         T counts all transactions above the genesis block, coinbases
 *         included; W those with a witness, coinbases not included.
 *
 *         With --compact it takes compact blocks (BIP 152); it then drops a
 *         peer when more than 15 of them wait for missing transactions.
 *
 * Hashes are in the byte order people read.  What bcoin logs about invalid
 * blocks and trouble with peers goes to standard error, with --verbose all of
 * its log.
 *
 * Exit: 0 done; 1 not reached, or the peer was banned; 2 usage.
 */
'use strict';

const fs = require('fs');
const readline = require('readline');
const {Log, mine, openNode, print} = require('./bcoin-full');

/* The options of each mode; those that start as false take no value. */
const FLAGS = {
  serve: {mine: '150', hashes: null, verbose: false},
  follow: {connect: null, height: null, tip: null, timeout: '60',
    compact: false, verbose: false}
};

function usage(why) {
  process.stderr.write(`bcoin-node: ${why}\n`
    + 'usage: bcoin-node.js serve [--mine N] [--hashes FILE] [--verbose]\n'
    + '       bcoin-node.js follow --connect HOST:PORT --height H [--tip HEX]\n'
    + '                            [--timeout S] [--compact] [--verbose]\n');
  process.exit(2);
}

function number(text, name) {
  if (!/^[0-9]{1,6}$/.test(text))
    usage(`${name}: not a number: ${text}`);
  return Number(text);
}

function parseArgs([mode, ...args]) {
  if (!Object.keys(FLAGS).includes(mode))
    usage(mode ? `no such mode: ${mode}` : 'no mode given');

  const opts = Object.assign({mode}, FLAGS[mode]);

  while (args.length > 0) {
    const arg = args.shift();
    const name = arg.startsWith('--') ? arg.slice(2) : '';

    if (!Object.keys(FLAGS[mode]).includes(name))
      usage(`${mode}: no such option: ${arg}`);
    if (FLAGS[mode][name] === false)
      opts[name] = true;
    else if (args.length > 0)
      opts[name] = args.shift();
    else
      usage(`${arg} needs a value`);
  }
  return opts;
}

async function quit(node, status) {
  setTimeout(() => process.exit(status), 2000).unref();
  await node.close();
  process.exit(status);
}

async function writeHashes(chain, file) {
  let text = '';

  for (let height = 0; height <= chain.height; height++)
    text += (await chain.getEntryByHeight(height)).rhash() + '\n';
  fs.writeFileSync(file, text);
}

async function command(node, words, used) {
  const {chain} = node;
  const count = /^[0-9]{1,5}$/.test(words[1]) ? Number(words[1]) : -1;

  switch (words[0]) {
    case 'tip':
      return {};
    case 'mine':
      if (count < 1)
        throw new Error('mine N: N is 1 or more');
      await mine(node, count, chain.tip);
      return {};
    case 'reorg':
      if (count < 1 || count >= Math.min(100, chain.height))
        throw new Error('reorg N: N is 1 to 99 and below the height');
      await mine(node, count + 1,
        await chain.getEntryByHeight(chain.height - count));
      return {};
    case 'tx': {
      const tx = await require('./spends').spendAlone(chain, used);

      await node.mempool.addTX(tx);
      return {tx: tx.txid()};
    }
    default:
      throw new Error(`no such command: ${words[0]}`);
  }
}

async function serve(opts, log) {
  const count = number(opts.mine, '--mine');
  const {address} = require('./spends');
  const node = await openNode(log, {
    'listen': true,
    'host': '127.0.0.1',
    'max-inbound': 64,
    'bip37': true,
    'coinbase-address': [address.toString('regtest')]
  });

  node.pool.options.port = 0;     /* a free one; not accepted as an option */

  const {chain} = node;
  const state = () => ({height: chain.height, tip: chain.tip.rhash()});
  const save = async () => {
    if (opts.hashes)
      await writeHashes(chain, opts.hashes);
  };

  process.on('SIGTERM', () => quit(node, 0));
  process.on('SIGINT', () => quit(node, 0));

  /* Commands wait for each other, and for the start. */
  const used = new Set();
  const start = async () => {
    await mine(node, count, chain.tip);
    await save();
    await node.connect();
    print(Object.assign({ready: true, port: node.pool.server.address().port},
      state()));
  };
  let last = start().catch((err) => {
    process.stderr.write(`bcoin-node: ${err.stack}\n`);
    process.exit(1);
  });
  const input = readline.createInterface({input: process.stdin});

  input.on('line', (line) => {
    const words = line.trim().split(/\s+/);

    if (words[0] === 'quit') {
      last = last.then(() => quit(node, 0));
      return;
    }
    last = last.then(async () => {
      try {
        const result = await command(node, words, used);
        await save();
        print(Object.assign({ok: true}, result, state()));
      } catch (err) {
        print({ok: false, error: err.message});
      }
    });
  });
  input.on('close', () => {
    last = last.then(() => quit(node, 0));
  });
}

async function follow(opts, log) {
  if (!opts.connect || !/^[^:]+:[0-9]+$/.test(opts.connect))
    usage('follow needs --connect HOST:PORT');
  if (!opts.height)
    usage('follow needs --height H');

  const height = number(opts.height, '--height');
  const seconds = number(opts.timeout, '--timeout');
  const node = await openNode(log, {
    listen: false,
    only: [opts.connect],
    compact: opts.compact
  });
  const {chain, pool} = node;
  let txs = 0;
  let witnessTxs = 0;
  let done = false;

  const count = (block, sign) => {
    txs += sign * block.txs.length;
    for (const tx of block.txs.slice(1))
      witnessTxs += sign * Number(tx.hasWitness());
  };
  const fail = (why) => {
    if (done)
      return;
    done = true;
    process.stderr.write(`bcoin-node: ${why} at height ${chain.height}`
      + ` (tip ${chain.tip.rhash()}) of ${height}: ${log.reason()}\n`);
    quit(node, 1);
  };
  const check = () => {
    if (done || chain.height !== height)
      return;
    if (opts.tip && chain.tip.rhash() !== opts.tip)
      return;
    done = true;
    print({reached: true, height, tip: chain.tip.rhash(), txs,
      witness_txs: witnessTxs});
    quit(node, 0);
  };

  chain.on('disconnect', (entry, block) => count(block, -1));
  chain.on('connect', (entry, block) => {
    count(block, 1);
    check();
  });
  /* The reason is logged right after the ban. */
  pool.on('ban', () => setImmediate(fail, 'peer banned'));
  process.on('SIGTERM', () => fail('stopped'));
  setTimeout(fail, seconds * 1000, `no success in ${seconds} s, stopped`);

  await node.connect();
  node.startSync();
  check();
}

process.on('unhandledRejection', (err) => {
  process.stderr.write(`bcoin-node: ${err && err.stack}\n`);
  process.exit(1);
});

const opts = parseArgs(process.argv.slice(2));

({serve, follow})[opts.mode](opts, new Log(opts.verbose));
