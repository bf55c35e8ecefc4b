#!/usr/bin/env node
/*
 * bcoin's codecs, for comparison with this library's.  Streams are of messages
 * of regtest in their frames; FILE.json has a line for each, as of
 * btcpeer-decode --json stream.
 *
 * usage: bcoin-codec.js commands
 *        bcoin-codec.js read STREAM FILE.json
 *        bcoin-codec.js make COMMAND,COMMAND... COUNT SEED STREAM FILE.json
 *        bcoin-codec.js compare FILE.json FILE.json
 *
 * commands  The messages that bcoin knows, one a line.
 * read      Reads the stream with bcoin's parser and packets and writes what
 *           they hold.  Each packet is encoded anew from its fields, which
 *           must give the bytes that were read.
 * make      COUNT random messages of each COMMAND in turn, and what they hold.
 * compare   Says what differs; nothing may.  Prints "COMMAND N" for each
 *           command.
 *
 * Exit: 0; 1 something differs or cannot be read; 2 usage.
 */
'use strict';

const assert = require('assert');
const fs = require('fs');
const {describe, difference} = require('./bcoin-json');
const {packet, Random} = require('./bcoin-make');
const packets = require('bcoin/lib/net/packets');
const Framer = require('bcoin/lib/net/framer');
const Parser = require('bcoin/lib/net/parser');

const HEAD = 24;

/* In packets.js types after DATA would be new; these three are no messages. */
function commands() {
  const internal = ['UNKNOWN', 'INTERNAL', 'DATA'];

  for (const type of Object.keys(packets.types)) {
    if (!internal.includes(type))
      console.log(type.toLowerCase());
  }
}

/*
 * Forgets the bytes that objects were made from, which bcoin would write again
 * as they are: everything is then computed from the fields.
 */
function forget(packet) {
  switch (packet.cmd) {
    case 'tx':
      packet.tx.refresh();
      break;
    case 'block':
      packet.block = packet.block.toBlock();
      packet.block.refresh(true);
      break;
    case 'cmpctblock':
      packet.block.ptx.forEach(([, tx]) => tx.refresh());
      break;
    case 'blocktxn':
      packet.response.txs.forEach(tx => tx.refresh());
      break;
  }
  packet.witness = true;
}

function* parse(stream) {
  const parser = new Parser('regtest');
  let found = null;

  parser.on('packet', (packet) => {
    found = packet;
  });
  parser.on('error', (err) => {
    throw err;
  });
  for (let at = 0; at < stream.length; found = null) {
    const end = at + HEAD + stream.readUInt32LE(at + 16);

    parser.feed(stream.slice(at, end));
    assert(found, `no message at byte ${at}`);
    yield [found, at, stream.slice(at, end)];
    at = end;
  }
}

exports.parse = function* exported(stream) {
  for (const [packet] of parse(stream)) {
    forget(packet);
    yield packet;
  }
};

function read(streamFile, jsonFile) {
  const framer = new Framer('regtest');
  const lines = [];

  for (const [packet, at, bytes] of parse(fs.readFileSync(streamFile))) {
    forget(packet);
    lines.push(JSON.stringify(describe(packet, at, bytes.slice(HEAD))));
    assert(framer.packet(packet.cmd, packet.toRaw()).equals(bytes),
      `${packet.cmd} at byte ${at}: bcoin encodes other bytes`);
  }
  fs.writeFileSync(jsonFile, lines.map(line => `${line}\n`).join(''));
}

function make(names, count, seed, streamFile, jsonFile) {
  const framer = new Framer('regtest');
  const random = new Random(Number(seed));
  const frames = [];
  const lines = [];
  let at = 0;

  for (let i = 0; i < Number(count); i++) {
    for (const name of names.split(',')) {
      const made = packet(random, name);
      const frame = framer.packet(name, made.toRaw());

      lines.push(JSON.stringify(describe(made, at, frame.slice(HEAD))));
      frames.push(frame);
      at += frame.length;
    }
  }
  fs.writeFileSync(streamFile, Buffer.concat(frames));
  fs.writeFileSync(jsonFile, lines.map(line => `${line}\n`).join(''));
}

function readLines(file) {
  return fs.readFileSync(file, 'utf8').split('\n').slice(0, -1);
}

function compare(fileA, fileB) {
  const a = readLines(fileA);
  const b = readLines(fileB);
  const counts = new Map();

  assert.strictEqual(a.length, b.length, 'not as many messages');
  for (let i = 0; i < a.length; i++) {
    const object = JSON.parse(a[i]);
    const found = difference(object, JSON.parse(b[i]), object.command);

    assert(!found, `message ${i}: ${found}`);
    counts.set(object.command, (counts.get(object.command) || 0) + 1);
  }
  for (const [command, n] of counts)
    console.log(`${command} ${n}`);
}

const modes = {commands, read, make, compare};

if (require.main === module) {
  const [mode, ...args] = process.argv.slice(2);

  if (!modes[mode] || modes[mode].length !== args.length) {
    console.error('usage: bcoin-codec.js commands | read STREAM JSON | compare'
      + ' JSON JSON\n       | make COMMANDS COUNT SEED STREAM JSON');
    process.exit(2);
  }
  try {
    modes[mode](...args);
  } catch (err) {
    console.error(`bcoin-codec: ${err.stack}`);
    process.exit(1);
  }
}
