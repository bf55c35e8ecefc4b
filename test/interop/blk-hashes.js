#!/usr/bin/env node
/*
 * usage: blk-hashes.js FILE
 *
 * The hash of every block in a blk*.dat-format file, one a line, in the byte
 * order people read: with nothing of this library and nothing of bcoin.
 */
'use strict';

const crypto = require('crypto');
const fs = require('fs');

const HEADER = 80;

function sha256(data) {
  return crypto.createHash('sha256').update(data).digest();
}

const data = fs.readFileSync(process.argv[2]);

for (let at = 0; at < data.length;) {
  const size = data.readUInt32LE(at + 4);
  const start = at + 8;

  at = start + size;
  if (at > data.length)
    throw new Error(`record at byte ${start - 8} goes past the end`);
  const hash = sha256(sha256(data.subarray(start, start + HEADER)));
  console.log(hash.reverse().toString('hex'));
}
