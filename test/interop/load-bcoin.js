/*
 * Makes bcoin loadable without a compiler.
 *
 * Two things in bcoin are native code: its cryptography, which NODE_BACKEND=js
 * replaces, and leveldown, the store on disk.  The chain is kept in memory
 * here, so leveldown is never opened; the one require of it answers with a
 * stand-in that says so if it ever is.
 */
'use strict';

const Module = require('module');

process.env.NODE_BACKEND = 'js';

class NoLevelDown {
  constructor() {
    throw new Error('leveldown is not available: run bcoin in memory');
  }
}

const load = Module._load;

Module._load = function(request, ...rest) {
  if (request === 'leveldown')
    return NoLevelDown;
  return load.call(this, request, ...rest);
};

module.exports = {
  FullNode: require('bcoin/lib/node/fullnode'),
  KeyRing: require('bcoin/lib/primitives/keyring'),
  MTX: require('bcoin/lib/primitives/mtx'),
  Opcode: require('bcoin/lib/script/opcode'),
  Script: require('bcoin/lib/script/script'),
  Logger: require('blgr')
};
