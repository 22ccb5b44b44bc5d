import { codeLengths, codes, END_OF_STRING } from './huffman-code.ts';

/**
 * A decoder that takes a byte at a time. A state is an inner node of the code's tree, of which there are exactly 256: where the
 * last code was left. A step is a number: the next state in bits 0-7, up to two symbols in bits 8-15 and 16-23, how many there
 * are in bits 24-25. No code is shorter than 5 bits, so 8 more can end two at most.
 */
const FAIL = 0x8000_0000;
const COUNT_SHIFT = 24;

interface Tree {
  /** For node * 2 + bit: a node, or -1 - symbol. */
  readonly next: Int16Array;
  /** 1 where a string may end: at most 7 bits behind the last code, all ones (RFC 7541 section 5.2). */
  readonly mayEnd: Uint8Array;
}

const tree: Tree = treeOf();
const steps: Uint32Array = stepsOf(tree.next);

/**
 * Decodes `from[start..end)` to `to[at..]`, which must have room for 8/5 of it.
 * @returns behind the last byte written; -1 where the string holds its own end, or its padding is more than 7 bits or not
 * all ones (RFC 7541 section 5.2).
 */
// oxlint-disable-next-line max-params -- once a string: an options object would be made for nothing
export function decodeHuffman(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  let state = 0;
  let out = at;
  for (let i = start; i < end; i++) {
    const step = steps[(state << 8) | from[i]!]!;
    if (step >= 0x100_0000) {
      if (step >= FAIL) return -1;
      to[out++] = (step >>> 8) & 0xff;
      if (step >= 0x200_0000) to[out++] = (step >>> 16) & 0xff;
    }
    state = step & 0xff;
  }
  return tree.mayEnd[state] === 1 ? out : -1;
}

function treeOf(): Tree {
  const next = new Int16Array(512);
  const mayEnd = new Uint8Array(256);
  let nodes = 1;
  for (let symbol = 0; symbol <= END_OF_STRING; symbol++) {
    let node = 0;
    for (let bit = codeLengths[symbol]! - 1; bit > 0; bit--) {
      const place = node * 2 + ((codes[symbol]! >>> bit) & 1);
      if (next[place] === 0) next[place] = nodes++;
      node = next[place]!;
    }
    next[node * 2 + (codes[symbol]! & 1)] = -1 - symbol;
  }
  for (let node = 0, ones = 0; ones < 8; ones++) {
    mayEnd[node] = 1;
    node = next[node * 2 + 1]!;
  }
  return { next, mayEnd };
}

/** Of each state, by halves of a byte first: a tenth of the work of going bit by bit, and every thread does it once. */
function stepsOf(next: Int16Array): Uint32Array {
  const halves = new Uint32Array(256 * 16);
  for (let i = 0; i < halves.length; i++) halves[i] = halfStepOf(next, i >>> 4, i & 15);
  const all = new Uint32Array(256 * 256);
  for (let i = 0; i < all.length; i++) {
    const first = halves[i >>> 4]!;
    const second = halves[((first & 0xff) << 4) | (i & 15)]!;
    all[i] = first >= FAIL || second >= FAIL ? FAIL : joined(first, second);
  }
  return all;
}

/** The state of the second half, and the symbols of both. A half ends one code at most. */
function joined(first: number, second: number): number {
  if (first >>> COUNT_SHIFT === 0) return second;
  const symbols = (first & 0xff00) | ((second & 0xff00) << 8);
  return (((first >>> COUNT_SHIFT) + (second >>> COUNT_SHIFT)) << COUNT_SHIFT) | symbols | (second & 0xff);
}

function halfStepOf(next: Int16Array, state: number, bits: number): number {
  let node = state;
  let ended = 0;
  for (let bit = 3; bit >= 0; bit--) {
    node = next[node * 2 + ((bits >>> bit) & 1)]!;
    if (node >= 0) continue;
    if (-1 - node === END_OF_STRING) return FAIL;
    ended = (1 << COUNT_SHIFT) | ((-1 - node) << 8);
    node = 0;
  }
  return ended | node;
}
