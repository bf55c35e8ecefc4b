/*
 * A bcoin full node on regtest, in memory, that tells its troubles.
 */
'use strict';

const {FullNode, Logger} = require('./load-bcoin');

function print(object) {
  process.stdout.write(JSON.stringify(object) + '\n');
}

/*
 * bcoin says why it dropped or banned a peer only in its log, mostly at level
 * debug: so the log is read, what matters is kept, and standard output stays
 * free for JSON.
 */
class Log extends Logger {
  constructor(verbose) {
    super({level: 'debug', colors: false});
    this.verbose = verbose;
    this.invalid = null;          /* the last block or transaction refused */
    this.trouble = null;          /* the last trouble with the peer */
    this.onLine = null;           /* sees every line */
  }

  writeConsole(level, module, args) {
    const text = this.fmt(args, false).split('\n')[0];
    const invalid = text.includes('Verification failure');
    const trouble = text.startsWith('Error:')
      || level === Logger.levels.ERROR
      || (level === Logger.levels.WARNING && module === 'net');

    if (this.onLine)
      this.onLine(text);
    if (invalid)
      this.invalid = text;
    else if (trouble)
      this.trouble = text;
    if (invalid || trouble || this.verbose)
      process.stderr.write(`bcoin: ${module || 'node'}: ${text}\n`);
    return true;
  }

  reason() {
    return this.invalid || this.trouble || 'bcoin logged no reason';
  }
}

async function openNode(log, options) {
  const node = new FullNode(Object.assign({
    network: 'regtest',
    memory: true,
    workers: false,
    logger: log,
    seeds: []
  }, options));

  /* Neither the RPC port nor questions to the internet about our address. */
  node.http = {open: async () => {}, close: async () => {}};
  node.pool.discoverExternal = async () => {};

  await node.open();
  return node;
}

/* Mine count blocks, the first one on the block `on`. */
async function mine(node, count, on) {
  const {fill} = require('./spends');
  let tip = on;

  for (let i = 0; i < count; i++) {
    const job = await node.miner.createJob(tip);

    /* What the memory pool holds is valid on the best chain only. */
    if (tip !== node.chain.tip) {
      job.attempt.items = [];
      job.attempt.fees = 0;
      job.refresh();
    }
    await fill(node.chain, tip, job);
    tip = await node.chain.add(job.mine());
  }
}

module.exports = {Log, mine, openNode, print};
