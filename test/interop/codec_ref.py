#!/usr/bin/python3
"""What python-bitcoinlib reads in raw blocks and transactions, as text.

usage: codec_ref.py block FILE...
       codec_ref.py tx FILE...

Each file holds one object as it is serialised on the network.  A block gives

    block HASH MERKLE_ROOT TXCOUNT WITNESS_MERKLE_ROOT WITNESS_COMMITMENT
    tx TXID WTXID SIZE          one line for each of its transactions

and a transaction one "tx" line.  The roots are recomputed from the
transactions.  WITNESS_MERKLE_ROOT is "-" when nothing in the block has a
witness, not even the coinbase.  WITNESS_COMMITMENT is what the coinbase
commits to (BIP 141; the last such output counts), or "-".  SIZE counts the
witness.  Hashes are in the byte order people read, the commitment in that of
the script.  Nothing names the file, so that the output of another program can
be compared line by line.

All of it comes from python-bitcoinlib.  Before anything is printed a file has
to serialise to the same bytes again, and a block has to agree with the roots
in its header and in its coinbase.

Exit: 0 all files were read; 1 one was not; 2 usage; 77 no python-bitcoinlib.
"""

import sys

try:
    from bitcoin.core import CBlock, CTransaction, Hash, b2lx, b2x
    from bitcoin.core import NoWitnessData
except ImportError as err:
    print("codec_ref: python-bitcoinlib is missing: %s" % err, file=sys.stderr)
    sys.exit(77)

MAGIC_LEN = 6       # OP_RETURN, a push of 36 bytes, aa21a9ed


def require(condition, what):
    if not condition:
        raise ValueError(what)


def tx_line(tx):
    return "tx %s %s %d" % (b2lx(tx.GetTxid()), b2lx(tx.GetHash()),
                            len(tx.serialize()))


def witness_root(block):
    try:
        return block.calc_witness_merkle_root()
    except NoWitnessData:
        return None


def commitment(block):
    try:
        index = block.get_witness_commitment_index()
    except ValueError:
        return None
    script = block.vtx[0].vout[index].scriptPubKey
    return bytes(script[MAGIC_LEN:MAGIC_LEN + 32])


def check_commitment(block, root, commit):
    """The coinbase's witness is one item of 32 bytes, hashed after the root."""
    if root is None:
        return
    require(commit is not None, "a witness, but no commitment to it")
    stack = block.vtx[0].wit.vtxinwit[0].scriptWitness.stack
    require(len(stack) == 1 and len(stack[0]) == 32, "wrong witness nonce")
    require(Hash(root + stack[0]) == commit, "commitment to another root")


def block_lines(block):
    root = block.calc_merkle_root()
    wroot = witness_root(block)
    commit = commitment(block)

    require(root == block.hashMerkleRoot, "merkle root differs from the header")
    check_commitment(block, wroot, commit)
    yield "block %s %s %d %s %s" % (
        b2lx(block.GetHash()), b2lx(root), len(block.vtx),
        b2lx(wroot) if wroot else "-", b2x(commit) if commit else "-")
    for tx in block.vtx:
        yield tx_line(tx)


def read(kind, path):
    with open(path, "rb") as f:
        raw = f.read()
    cls = CBlock if kind == "block" else CTransaction
    obj = cls.deserialize(raw)
    require(obj.serialize() == raw, "serialises to other bytes")
    return list(block_lines(obj)) if kind == "block" else [tx_line(obj)]


def main(argv):
    if len(argv) < 3 or argv[1] not in ("block", "tx"):
        print("usage: codec_ref.py block FILE...\n"
              "       codec_ref.py tx FILE...", file=sys.stderr)
        return 2
    status = 0
    for path in argv[2:]:
        try:
            lines = read(argv[1], path)
        except Exception as err:  # the library raises many kinds
            print("codec_ref: %s: %s: %s" % (path, type(err).__name__, err),
                  file=sys.stderr)
            status = 1
            continue
        print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv))
