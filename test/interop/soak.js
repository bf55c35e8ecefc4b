#!/usr/bin/env node
/*
 * usage: soak.js SAMPLES FOLDER SECONDS SEED
 *
 * Two full nodes of bcoin and three programs of SAMPLES, on regtest:
 *
 *     btcpeer-sync --follow -> first -> btcpeer-proxy -> btcpeer-node <- second
 *
 * An arrow points to who was connected to.  For SECONDS, in an order and at a
 * rhythm that SEED decides, first and btcpeer-node mine, each on its own branch
 * or on that of the other; first moves to other branches; btcpeer-node mines
 * more than first has, and is followed; both bcoins send transactions, which
 * reach the other through btcpeer-node alone.  Then everything has to agree,
 * and nothing may have happened that should not.
 *
 * Prints what was counted.  Exit: 0, or 1 and what was wrong.
 */
'use strict';

const fs = require('fs');
const {Log, mine: mineFilled, openNode} = require('./bcoin-full');
const {address, isEmpty, makeCoins} = require('./spends');
const {Program, Random, Wallet, Watch, Watched,
  fileHashes} = require('./soak-parts');

const FILLED = 450;               /* blocks at the start, from bcoin */
const MATURITY = 100;
const FANS = 20;                  /* transactions that make coins ... */
const FAN = 120;                  /* ... and how many each makes */
const DEPTH_MAX = 6;              /* of a reorganisation by first itself */
const TOO_LONG_MS = 150000;       /* for one action */
const PAUSE_MS = 300;             /* the longest between two actions */
const HASH = '([0-9a-f]{64})';

const [samples, folder, seconds, seed] = process.argv.slice(2);
const watch = new Watch();
const random = new Random(seed);
const programs = [];
let base = 0;                     /* height of the blocks that all have */
const done = {actions: 0, first_mined: 0, node_mined: 0, first_reorgs: 0,
  node_followed: 0, checks: 0};

function start(name, ...args) {
  const program = new Program(watch, `${samples}/${name}`,
    ['--chain', 'regtest', ...args]);

  programs.push(program);
  return program;
}

/* ---- The programs ------------------------------------------------------ */

class Node {
  constructor(blocks) {
    this.program = start('btcpeer-node', '--listen', '127.0.0.1:0', '--blocks',
      blocks);
  }

  async ready() {
    const m = await this.program.answer(
      new RegExp(`^listening (\\S+) height (\\d+) tip ${HASH}$`));

    this.address = m[1];
    this.height = Number(m[2]);
    this.tip = m[3];
  }

  async mine(count) {
    const answer = this.program.answer(
      new RegExp(`^mined ${count} height (\\d+) tip ${HASH}$`));

    this.program.say(`mine ${count}`);
    const m = await answer;

    this.height = Number(m[1]);
    this.tip = m[2];
    done.node_mined += count;
  }

  /* Peers that came, that ended, and lines that tell of anything else. */
  notes() {
    const all = this.program.notes;
    const came = all.filter((line) => line.includes(': connected, '));
    const gone = all.filter((line) => line.includes(': gone: '));

    return {came, gone,
      other: all.filter((l) => !came.includes(l) && !gone.includes(l))};
  }
}

class Proxy {
  constructor(to) {
    this.messages = {};           /* by command and direction */
    this.bytes = 0;
    this.total = 0;
    this.undecodable = 0;
    this.txs = {in: new Set(), out: new Set()};
    this.program = start('btcpeer-proxy', '--listen', '127.0.0.1:0',
      '--connect', to, '--json');
    this.program.onLine = (line) => this.take(JSON.parse(line));
  }

  async ready() {
    await watch.until('the proxy to listen', () => this.address);
  }

  take(o) {
    if (o.event === 'listening')
      this.address = o.address;
    if (o.event !== 'message')
      return;
    const key = `${o.command} ${o.direction}`;

    this.messages[key] = (this.messages[key] || 0) + 1;
    this.total++;
    this.bytes += o.bytes;
    if (o.error !== undefined) {
      this.undecodable++;
      watch.fail(`undecodable ${o.command}: ${o.error}`);
    }
    if (o.command === 'tx')
      this.txs[o.direction].add(/[0-9a-f]{64}/.exec(o.summary)[0]);
  }

  /* What it said but that a connection was made. */
  notes() {
    return this.program.notes.filter((l) => !/: connection 0: \S+ to /.test(l));
  }
}

class Sync {
  constructor(to) {
    this.file = `${folder}/blocks`;
    this.tips = [];
    this.reorgs = 0;
    this.deepest = 0;
    this.end = null;
    this.program = start('btcpeer-sync', '--connect', to, '--out', this.file,
      '--follow', '--json');
    this.program.onLine = (line) => this.take(JSON.parse(line));
  }

  take(o) {
    if (o.event !== 'tip') {
      this.end = o;
      return;
    }
    this.tips.push(o.tip);
    this.tip = o.tip;
    this.reorgs += Number(o.left > 0);
    this.deepest = Math.max(this.deepest, o.left);
  }
}

/* ---- The chain at the start -------------------------------------------- */

/* Blocks of bcoin, written to a file, the last of which makes coins. */
async function makeBase(file) {
  const node = await openNode(new Log(false), {
    'listen': false,
    'coinbase-address': [address.toString('regtest')]
  });
  const {chain} = node;
  const coins = [];

  await mineFilled(node, FILLED, chain.tip);
  const job = await node.miner.createJob(chain.tip);

  for (let h = 1, fans = 0; fans < FANS; h++) {
    if (h + MATURITY > FILLED)
      throw new Error('too few coinbases');
    if (!isEmpty(h + MATURITY))
      continue;
    const [tx, view] = await makeCoins(chain, h, FAN);

    if (!job.addTX(tx, view))
      throw new Error('the coins do not fit into a block');
    for (let index = 0; index < FAN; index++)
      coins.push({tx, index, height: FILLED + 1});
    fans++;
  }
  job.refresh();
  await chain.add(job.mine());
  const records = [];

  for (let height = 1; height <= chain.height; height++) {
    const raw = (await chain.getBlock(height)).toRaw();
    const head = Buffer.alloc(8);

    head.writeUInt32LE(node.network.magic, 0);
    head.writeUInt32LE(raw.length, 4);
    records.push(head, raw);
  }
  fs.writeFileSync(file, Buffer.concat(records));
  base = chain.height;
  await node.close();
  return coins;
}

/* ---- bcoin ------------------------------------------------------------- */

async function openBcoin(name, options) {
  const log = new Log(false);
  const node = await openNode(log, Object.assign({
    'max-inbound': 64,
    'coinbase-address': [address.toString('regtest')]
  }, options));

  if (options.listen)
    node.pool.options.port = 0;
  const bcoin = new Watched(watch, name, node, log);

  await node.connect();
  node.startSync();
  return bcoin;
}

/* What the others have not seen is left for later blocks: nobody could ask for
 * it any more. */
function keepSeen(job, others) {
  const attempt = job.attempt;

  attempt.items = attempt.items.filter((i) => others.has(i.tx.txid()));
  attempt.fees = attempt.items.reduce((sum, i) => sum + i.fee, 0);
  job.refresh();
}

async function mine(bcoin, others, count, on) {
  let tip = on;

  for (let i = 0; i < count; i++) {
    const job = await bcoin.node.miner.createJob(tip);

    /* The pool holds what is valid on the best chain. */
    keepSeen(job, tip === bcoin.chain.tip ? others : new Set());
    tip = await bcoin.chain.add(job.mine());
    if (!tip)
      throw new Error(`${bcoin.name} refused its own block`);
  }
}

/* ---- The soak ---------------------------------------------------------- */

async function setUp() {
  const coins = await makeBase(`${folder}/base`);
  const node = new Node(`${folder}/base`);

  await node.ready();
  const proxy = new Proxy(node.address);

  await proxy.ready();
  const first = await openBcoin('first', {listen: true, host: '127.0.0.1',
    only: [proxy.address]});
  const second = await openBcoin('second', {listen: false,
    only: [node.address]});
  const both = (height) => watch.until(`both bcoins at height ${height}`,
    () => first.height === height && second.height === height,
    () => `${first.height} and ${second.height}`);

  await both(base);
  const sync = new Sync(`127.0.0.1:${first.node.pool.server.address().port}`);
  const all = {node, proxy, first, second, sync,
    mine: new Wallet(first, coins.filter((c, i) => i % 2 === 0)),
    theirs: new Wallet(second, coins.filter((c, i) => i % 2 === 1))};

  await synced(all);
  return all;
}

function synced({first, sync}) {
  done.checks++;
  return watch.until('btcpeer-sync at the tip of first',
    () => sync.tip === first.tip,
    () => `${sync.tip} and ${first.tip} at height ${first.height}`);
}

/* btcpeer-node gets ahead of first, which follows. */
async function overtake({node, first}) {
  const count = first.height - node.height + 1 + random.below(2);

  await node.mine(Math.max(1, count));
  await watch.until('first to follow btcpeer-node',
    () => first.tip === node.tip,
    () => `${first.height} ${first.tip}, ${node.height} ${node.tip}`);
  done.node_followed++;
}

async function reorganize({first, second}) {
  const depth = Math.min(1 + random.below(DEPTH_MAX), first.height - base - 1);

  if (depth < 1)
    return;
  await mine(first, second.seen, depth + 1,
    await first.chain.getEntryByHeight(first.height - depth));
  done.first_reorgs++;
}

async function act(all) {
  const {node, first, second} = all;
  const dice = random.below(100);
  const count = 1 + random.below(3);

  done.actions++;
  if (dice < 35) {
    const id = await all.mine.send();

    await watch.until(`${id} at btcpeer-node`, () => all.proxy.txs.in.has(id));
  } else if (dice < 60) {
    await all.theirs.send();
  } else if (dice < 80) {
    await mine(first, second.seen, count, first.chain.tip);
    done.first_mined += count;
  } else if (dice < 87) {
    await reorganize(all);
  } else if (dice < 92) {
    await node.mine(count);
  } else if (dice < 96) {
    await overtake(all);
  } else {
    await synced(all);
  }
}

/* Everything has arrived where it belongs. */
async function settle(all) {
  const {first, second, node, sync} = all;

  await overtake(all);
  await mine(first, second.seen, 1, first.chain.tip);
  await reorganize(all);
  await watch.until('the transactions of first at second',
    () => all.mine.sent.every((id) => second.seen.has(id)),
    () => `${all.mine.sent.filter((id) => !second.seen.has(id))}`);
  await watch.until('the transactions of second at first',
    () => all.theirs.sent.every((id) => first.seen.has(id)),
    () => `${all.theirs.sent.filter((id) => !first.seen.has(id))}`);
  await watch.until('second at the tip of btcpeer-node',
    () => second.tip === node.tip);
  await synced(all);
}

/* ---- What must hold in the end ----------------------------------------- */

async function checkFile(first, sync) {
  const hashes = fileHashes(sync.file);
  const have = new Set(hashes);

  watch.check(have.size === hashes.length, 'a block is in the file twice');
  watch.check(sync.end.blocks === hashes.length,
    `${sync.end.blocks} blocks are not ${hashes.length}`);
  for (let height = 1; height <= first.height; height++) {
    const entry = await first.chain.getEntryByHeight(height);

    watch.check(have.has(entry.rhash()), `block ${height} is not in the file`);
  }
  for (const hash of hashes.concat(sync.tips)) {
    const raw = Buffer.from(hash, 'hex').reverse().toString('hex');

    watch.check(await first.chain.hasEntry(raw), `first has no block ${hash}`);
  }
  return {blocks_in_file: hashes.length,
    of_them_left: hashes.length - first.height};
}

function checkQuiet({node, proxy, sync, first, second}) {
  const {came, gone, other} = node.notes();

  watch.check(came.length === 2, `${came.length} peers came to btcpeer-node`);
  watch.check(gone.length === 0, `btcpeer-node: ${gone[0]}`);
  watch.check(other.length === 0, `btcpeer-node: ${other[0]}`);
  watch.check(proxy.notes().length === 0, `proxy: ${proxy.notes()[0]}`);
  for (const bcoin of [first, second]) {
    watch.check(bcoin.banScore() === 0, `${bcoin.name} has ban scores`);
    watch.check(bcoin.lines > 0, `${bcoin.name} has no log`);
  }
  const peers = (bcoin) => bcoin.node.pool.peers.size();

  watch.check(peers(first) === 2 && peers(second) === 1,
    `first has ${peers(first)} peers, second ${peers(second)}`);
  return {node_peers_came: came.length, node_peers_gone: gone.length,
    first_peers_gone: first.gone, second_peers_gone: second.gone,
    ban_scores: first.banScore() + second.banScore(),
    bans: first.bans + second.bans,
    bcoin_log_lines: first.lines + second.lines,
    bcoin_log_trouble: first.trouble.length + second.trouble.length};
}

function checkWork({mine, theirs, proxy, sync, first}) {
  const through = mine.sent.filter((id) => proxy.txs.in.has(id)).length;
  const back = theirs.sent.filter((id) => proxy.txs.out.has(id)).length;

  watch.check(through === mine.sent.length && through > 0,
    `${through} of ${mine.sent.length} transactions came to btcpeer-node`);
  watch.check(back === theirs.sent.length && back > 0,
    `${back} of ${theirs.sent.length} transactions came from btcpeer-node`);
  watch.check(first.reorgs > 0 && sync.reorgs > 0 && done.node_followed > 0,
    'nothing was reorganised');
  watch.check(proxy.undecodable === 0, 'undecodable messages');
  watch.check(sync.program.notes.every((line) => !/btcpeer-sync:/.test(line)),
    `${sync.program.notes}`);
  return {txs_first_to_second: through, txs_second_to_first: back,
    first_reorganised: first.reorgs, sync_tips: sync.tips.length,
    sync_reorganised: sync.reorgs, sync_deepest: sync.deepest,
    proxy_messages: proxy.total, proxy_bytes: proxy.bytes,
    proxy_undecodable: proxy.undecodable};
}

async function finish(all) {
  const {node, proxy, sync, first, second} = all;
  const figures = Object.assign({}, done, checkQuiet(all), checkWork(all));

  first.ending = second.ending = true;
  await sync.program.end('SIGINT');
  await watch.until('the last line of btcpeer-sync', () => sync.end);
  watch.check(sync.end.ok && sync.end.tip === first.tip
    && sync.end.height === first.height,
    `btcpeer-sync ended at ${JSON.stringify(sync.end)}`);
  Object.assign(figures, {height: first.height, sync_bytes: sync.end.bytes},
    await checkFile(first, sync));
  await node.program.end('quit');
  await proxy.program.end('SIGTERM');
  await first.node.close();
  await second.node.close();
  for (const [name, value] of Object.entries(figures))
    console.log(`${name}: ${value}`);
  console.log(`messages: ${Object.keys(proxy.messages).sort()
    .map((key) => `${key} ${proxy.messages[key]}`).join(', ')}`);
}

async function main() {
  const all = await setUp();
  const until = Date.now() + seconds * 1000;
  let before = -1;

  /* bcoin may never come back from a call. */
  setInterval(() => {
    if (done.actions === before)
      giveUp(new Error('nothing has happened for too long'));
    before = done.actions;
  }, TOO_LONG_MS);

  console.log(`soaking for ${seconds} s, seed ${seed}`);
  while (Date.now() < until && !watch.failure) {
    await act(all);
    await watch.pause(random.below(PAUSE_MS));
  }
  await settle(all);
  await finish(all);
  if (watch.failure)
    throw watch.failure;
}

function giveUp(err) {
  console.log(`failed after ${JSON.stringify(done)}: ${err.stack}`);
  for (const program of programs) {
    console.log(`${program.name}, status ${program.status}, ends with:`);
    for (const line of program.last.concat(program.notes.slice(-20)))
      console.log(`    ${line}`);
    program.kill();
  }
  process.exit(1);
}

process.on('unhandledRejection', giveUp);
process.on('SIGTERM', () => giveUp(new Error('told to end')));
main().then(() => process.exit(0), giveUp);
