/*
 * What soak.js is made of: waiting on conditions, the programs, bcoin's log,
 * and the transactions.
 */
'use strict';

const {spawn} = require('child_process');
const crypto = require('crypto');
const fs = require('fs');
const readline = require('readline');
const {spendCoin} = require('./spends');

const WAIT_MS = 60000;            /* for anything that has to happen */
const TAIL = 20;                  /* lines of a program that has failed */

/* Numbers that depend on the seed alone. */
class Random {
  constructor(seed) {
    this.seed = seed;
    this.count = 0;
  }

  /* From 0 to n - 1. */
  below(n) {
    const text = `${this.seed}:${this.count++}`;
    const hash = crypto.createHash('sha256').update(text).digest();

    return hash.readUInt32LE(0) % n;
  }
}

/*
 * Conditions, looked at whenever something has happened.  The first failure
 * ends all waiting, now and later.
 */
class Watch {
  constructor() {
    this.waiting = new Set();
    this.failure = null;
  }

  fail(why) {
    if (!this.failure)
      this.failure = new Error(why);
    this.wake();
  }

  check(good, why) {
    if (!good)
      this.fail(why);
  }

  wake() {
    for (const look of [...this.waiting])
      look();
  }

  until(what, condition, detail) {
    return new Promise((resolve, reject) => {
      const end = (settle, value) => {
        clearTimeout(timer);
        this.waiting.delete(look);
        settle(value);
      };
      const look = () => {
        if (this.failure)
          end(reject, this.failure);
        else if (condition())
          end(resolve);
      };
      const timer = setTimeout(() => {
        this.fail(`waited ${WAIT_MS / 1000} s for ${what}`
          + (detail ? `: ${detail()}` : ''));
      }, WAIT_MS);

      this.waiting.add(look);
      look();
    });
  }

  /* Time that passes: nothing depends on how long it is. */
  pause(ms) {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}

/* A program: its lines, and its end, which must come when it was told to. */
class Program {
  constructor(watch, command, args) {
    this.watch = watch;
    this.name = command.replace(/.*\//, '');
    this.lines = 0;
    this.notes = [];              /* standard error */
    this.last = [];               /* of standard output */
    this.told = false;
    this.status = null;
    this.onLine = () => {};
    this.child = spawn(command, args);
    this.child.stdin.on('error', () => {});
    this.child.on('error', (err) => watch.fail(`${this.name}: ${err.message}`));
    this.child.on('close', (code, signal) => {
      this.status = code === null ? signal : code;
      if (!this.told)
        watch.fail(`${this.name} ended with status ${this.status}`);
      watch.wake();
    });
    readline.createInterface({input: this.child.stdout}).on('line', (line) => {
      this.lines++;
      this.last.push(line);
      this.last.splice(0, this.last.length - TAIL);
      this.onLine(line);
      watch.wake();
    });
    readline.createInterface({input: this.child.stderr}).on('line', (line) => {
      this.notes.push(line);
      watch.wake();
    });
  }

  say(line) {
    this.child.stdin.write(line + '\n');
  }

  /* The first line from now on that matches. */
  async answer(pattern) {
    const before = this.onLine;
    let found = null;

    this.onLine = (line) => {
      found = found || pattern.exec(line);
      before(line);
    };
    await this.watch.until(`${this.name} to say ${pattern}`, () => found,
      () => this.notes.slice(-TAIL).join('; '));
    this.onLine = before;
    return found;
  }

  /* End it by a signal, or by a line. */
  async end(how) {
    this.told = true;
    if (how.startsWith('SIG'))
      this.child.kill(how);
    else
      this.say(how);
    await this.watch.until(`the end of ${this.name}`,
      () => this.status !== null);
    this.watch.check(this.status === 0,
      `${this.name} ended with status ${this.status}: `
      + this.notes.slice(-TAIL).join('; '));
  }

  kill() {
    this.told = true;
    if (this.status === null)
      this.child.kill('SIGKILL');
  }
}

/*
 * What bcoin's log must not say.  The rest of its troubles are peer events and
 * ban scores, which are looked at by themselves.
 */
const TROUBLE = new RegExp([
  'stall', '\\bban', 'punish', 'malformed', 'pars(e|ing)', '\\bbad\\b',
  'invalid', 'reject', 'verification', 'unrequested', 'unsolicited',
  'duplicate', 'unknown (packet|inv|getdata)', 'wrong', 'hangup',
  'disconnected', 'timed out', 'too many', 'not reading', 'nonce',
  'could not', '^error'
].join('|'), 'i');

/* A full node of bcoin in this process, and what happened to it. */
class Watched {
  constructor(watch, name, node, log) {
    this.watch = watch;
    this.name = name;
    this.node = node;
    this.chain = node.chain;
    this.trouble = [];
    this.lines = 0;
    this.reorgs = 0;
    this.gone = 0;                /* peers */
    this.bans = 0;
    this.seen = new Set();        /* transactions, by txid */
    this.ending = false;
    log.onLine = (text) => this.line(watch, text);
    node.pool.on('peer close', (peer) => {
      if (this.ending)
        return;
      this.gone++;
      watch.fail(`${name} lost its peer ${peer.hostname()}`);
    });
    node.pool.on('ban', () => {
      this.bans++;
      watch.fail(`${name} banned a peer`);
    });
    node.mempool.on('tx', (tx) => {
      this.seen.add(tx.txid());
      watch.wake();
    });
    node.chain.on('reorganize', () => this.reorgs++);
    for (const event of ['connect', 'disconnect', 'full'])
      node.chain.on(event, () => watch.wake());
    node.pool.on('peer open', () => watch.wake());
  }

  line(watch, text) {
    this.lines++;
    if (this.ending || !TROUBLE.test(text))
      return;
    this.trouble.push(text);
    watch.fail(`${this.name}'s log: ${text}`);
  }

  banScore() {
    let sum = 0;

    for (let peer = this.node.pool.peers.head(); peer; peer = peer.next)
      sum += peer.banScore;
    return sum;
  }

  get height() {
    return this.chain.height;
  }

  get tip() {
    return this.chain.tip.rhash();
  }
}

/*
 * Transactions that are valid on every branch: each spends a coin of the blocks
 * that all have, and no coinbase, as bcoin drops what spends those whenever it
 * reorganises.
 */
class Wallet {
  constructor(bcoin, coins) {
    this.bcoin = bcoin;
    this.coins = coins;           /* {tx, index, height} */
    this.sent = [];
  }

  /* It is announced at once: what is gone from the pool before it is asked for
   * would reach nobody. */
  async send() {
    const {watch, node, name, seen} = this.bcoin;
    const coin = this.coins.shift();

    if (!coin)
      throw new Error('no coin is left to spend');
    const tx = spendCoin(coin.tx, coin.index, coin.height);
    const id = tx.txid();

    await node.mempool.addTX(tx);
    await watch.until(`${name} to take its own ${id}`, () => seen.has(id));
    for (let peer = node.pool.peers.head(); peer; peer = peer.next)
      peer.flushInv();
    this.sent.push(id);
    return id;
  }
}

/* The hashes of a file in the format of blk*.dat, with nothing of bcoin. */
function fileHashes(file) {
  const data = fs.readFileSync(file);
  const sha256 = (d) => crypto.createHash('sha256').update(d).digest();
  const hashes = [];
  let at = 0;

  while (at < data.length) {
    const start = at + 8;

    at = start + data.readUInt32LE(at + 4);
    if (at > data.length)
      throw new Error('the file ends within a block');
    hashes.push(sha256(sha256(data.slice(start, start + 80))).reverse()
      .toString('hex'));
  }
  return hashes;
}

module.exports = {Program, Random, Wallet, Watch, Watched, fileHashes};
