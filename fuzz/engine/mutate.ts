import type { Random } from './random.ts';

/** Bytes at which parsers decide something. */
const oddBytes: readonly number[] = [...'\0\t\n\r !"#%&\'()*+,-./0:;<=>?@A[\\]^_`az{|}~\x7f\x80\xa0\xc3\xff'].map(
  (sign) => sign.charCodeAt(0),
);

const oddNumbers: readonly string[] = [
  ...['0', '-1', '+1', '00', '1e3', '0x10', '255', '256', '65535', '65536', '4294967296'],
  ...['9007199254740991', '9007199254740992', '99999999999999999999'],
];

/** What inputs are made from. */
export interface Material {
  /** Inputs that are worth changing. */
  readonly pool: readonly Buffer[];
  readonly words: readonly string[];
  readonly longest: number;
}

type Mutation = (bytes: Buffer, random: Random, material: Material) => Buffer;

/** A new input: one of the pool, changed in one to eight ways, mostly in few. */
export function mutate(random: Random, material: Material): Buffer {
  let bytes = random.pick(material.pool);
  const times = 1 + random.int(1 + random.int(8));
  for (let i = 0; i < times; i++) bytes = random.pick(mutations)(bytes, random, material);
  return Buffer.from(bytes.subarray(0, material.longest));
}

/** Words come twice in the list: they do the most. */
const mutations: readonly Mutation[] = [
  (bytes, random, { words }) => insert(bytes, random, wordOf(random, words)),
  (bytes, random, { words }) => overwrite(bytes, random, wordOf(random, words)),
  (bytes, random, { words }) =>
    insert(bytes, random, wordOf(random, words).repeat(1 + random.int(random.oneIn(4) ? 200 : 4))),
  (bytes, random) => overwrite(bytes, random, byteText(random)),
  (bytes, random) => insert(bytes, random, byteText(random)),
  (bytes, random) => overwrite(bytes, random, random.pick(oddNumbers)),
  flipBit,
  remove,
  duplicate,
  move,
  swapCase,
  splice,
  (bytes, random, { pool }) => insert(bytes, random, part(random.pick(pool), random).toString('latin1')),
  (bytes, random) => bytes.subarray(0, random.int(bytes.length + 1)),
  changeLine,
];

function wordOf(random: Random, words: readonly string[]): string {
  return words.length === 0 ? byteText(random) : random.pick(words);
}

function byteText(random: Random): string {
  return String.fromCharCode(random.oneIn(3) ? random.int(256) : random.pick(oddBytes));
}

function insert(bytes: Buffer, random: Random, text: string): Buffer {
  const at = random.int(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(text, 'latin1'), bytes.subarray(at)]);
}

function overwrite(bytes: Buffer, random: Random, text: string): Buffer {
  const at = random.int(bytes.length + 1);
  // As many bytes as are put in, or another number, so that words and numbers are replaced too.
  const gone = random.oneIn(2) ? text.length : random.int(8);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(text, 'latin1'), bytes.subarray(at + gone)]);
}

function flipBit(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[random.int(copy.length)]! ^= 1 << random.int(8);
  return copy;
}

function remove(bytes: Buffer, random: Random): Buffer {
  const at = random.int(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random.int(16))]);
}

function duplicate(bytes: Buffer, random: Random): Buffer {
  const piece = part(bytes, random);
  const at = random.int(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
}

function move(bytes: Buffer, random: Random): Buffer {
  const from = random.int(bytes.length + 1);
  const to = Math.min(bytes.length, from + random.int(32));
  const rest = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  const at = random.int(rest.length + 1);
  return Buffer.concat([rest.subarray(0, at), bytes.subarray(from, to), rest.subarray(at)]);
}

function swapCase(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  const from = random.int(copy.length);
  for (let i = from; i < Math.min(copy.length, from + 8); i++) {
    const isLetter = (copy[i]! | 0x20) >= 0x61 && (copy[i]! | 0x20) <= 0x7a;
    if (isLetter) copy[i]! ^= 0x20;
  }
  return copy;
}

function splice(bytes: Buffer, random: Random, { pool }: Material): Buffer {
  const other = random.pick(pool);
  return Buffer.concat([bytes.subarray(0, random.int(bytes.length + 1)), other.subarray(random.int(other.length + 1))]);
}

/** Doubles, removes or moves a line: what languages of lines are about. */
function changeLine(bytes: Buffer, random: Random): Buffer {
  const lines = bytes.toString('latin1').split('\n');
  const [line = ''] = lines.splice(random.int(lines.length), random.oneIn(2) ? 1 : 0);
  if (!random.oneIn(3)) lines.splice(random.int(lines.length + 1), 0, line);
  return Buffer.from(lines.join('\n'), 'latin1');
}

function part(bytes: Buffer, random: Random): Buffer {
  const from = random.int(bytes.length);
  return bytes.subarray(from, from + 1 + random.int(48));
}
