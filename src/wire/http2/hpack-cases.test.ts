/** A rule of RFC 7541 that a decoder is held to. */
export interface HpackCase {
  readonly section: string;
  readonly rule: string;
  /** Blocks of one connection, in hexadecimal digits. */
  readonly blocks: readonly string[];
  /** Fields of the last block; undefined: it is a COMPRESSION_ERROR, and those before are fine. */
  readonly fields: readonly string[] | undefined;
  /** SETTINGS_HEADER_TABLE_SIZE; default: 4096. */
  readonly tableSize?: number;
}

/** `x: <34 bytes>`: 67 bytes in the table. */
const entry = `40 01 78 22 ${'61'.repeat(34)}`;
const entryField = `x: ${'a'.repeat(34)}`;

export const hpackCases: readonly HpackCase[] = [
  { section: '2.3.3', rule: 'the last of the static table', blocks: ['bd'], fields: ['www-authenticate: '] },
  { section: '2.3.3', rule: 'an index behind both tables', blocks: ['be'], fields: undefined },
  { section: '2.3.3', rule: 'an index behind an entry', blocks: [entry, 'bf'], fields: undefined },
  { section: '2.3.3', rule: 'the name of an index behind both tables', blocks: ['7e 01 61'], fields: undefined },
  { section: '2.3.3', rule: 'an index far behind', blocks: ['ff ffffff 7f'], fields: undefined },
  {
    section: '2.3.3',
    rule: 'the newest entry is the first',
    blocks: [entry, '40017901 62', 'be bf'],
    fields: ['y: b', entryField],
  },
  { section: '4.2', rule: 'the size may change at the beginning', blocks: ['20 82'], fields: [':method: GET'] },
  { section: '4.2', rule: 'a block may hold a change alone', blocks: ['20'], fields: [] },
  {
    section: '4.2',
    rule: 'twice: the smallest, then the last',
    blocks: [entry, '20 3fe11f 82'],
    fields: [':method: GET'],
  },
  { section: '4.2', rule: 'a change behind a field', blocks: ['82 20'], fields: undefined },
  { section: '4.2', rule: 'a size that was not allowed', blocks: ['3fe21f'], fields: undefined },
  {
    section: '4.2',
    rule: 'a size that was not allowed, by a small limit',
    blocks: ['3e'],
    tableSize: 29,
    fields: undefined,
  },
  { section: '4.3', rule: 'a smaller table evicts', blocks: [entry, '3f20 be'], fields: undefined },
  { section: '4.3', rule: 'a table just large enough keeps', blocks: [entry, '3f24 be'], fields: [entryField] },
  {
    section: '4.3',
    rule: 'a table that was emptied takes entries again',
    blocks: [entry, '20 3f24', entry, 'be'],
    fields: [entryField],
  },
  {
    section: '4.4',
    rule: 'an entry pushes out the oldest',
    blocks: [entry, '40017901 62', 'be'],
    tableSize: 70,
    fields: ['y: b'],
  },
  {
    section: '4.4',
    rule: 'what was pushed out is gone',
    blocks: [entry, '40017901 62', 'bf'],
    tableSize: 70,
    fields: undefined,
  },
  {
    section: '4.4',
    rule: 'an entry larger than the table empties it',
    blocks: ['40017901 62', entry, 'be'],
    tableSize: 60,
    fields: undefined,
  },
  { section: '4.4', rule: 'and is a field all the same', blocks: [entry], tableSize: 60, fields: [entryField] },
  {
    section: '4.4',
    rule: 'a name of an entry that is evicted by it',
    blocks: [entry, `7e 22 ${'62'.repeat(34)}`],
    tableSize: 70,
    fields: [`x: ${'b'.repeat(34)}`],
  },
  { section: '5.1', rule: 'an integer that does not end', blocks: ['ff'], fields: undefined },
  { section: '5.1', rule: 'an integer that goes on and on', blocks: ['ff ffffffffffffffffff 01'], fields: undefined },
  {
    section: '5.1',
    rule: 'an integer with zeros without end',
    blocks: ['ff 808080808080808080 00'],
    fields: undefined,
  },
  {
    section: '5.1',
    rule: 'an integer with a zero more than it needs',
    blocks: ['0f 80 00 01 61'],
    fields: ['accept-charset: a'],
  },
  { section: '5.2', rule: 'a name without a value', blocks: ['4001 78'], fields: undefined },
  { section: '5.2', rule: 'a string longer than the block', blocks: ['4001 78 02 61'], fields: undefined },
  { section: '5.2', rule: 'a string far longer than the block', blocks: ['4001 78 7fffffff 7f 61'], fields: undefined },
  { section: '5.2', rule: 'an empty value', blocks: ['4001 78 00'], fields: ['x: '] },
  { section: '5.2', rule: 'an empty value, Huffman-coded', blocks: ['4001 78 80'], fields: ['x: '] },
  { section: '5.2', rule: 'padding of 7 ones', blocks: ['4001 78 83 002e7f'], fields: ['x: 00:'] },
  { section: '5.2', rule: 'padding of 3 ones', blocks: ['4001 78 81 1f'], fields: ['x: a'] },
  { section: '5.2', rule: 'padding with a zero', blocks: ['4001 78 81 1e'], fields: undefined },
  { section: '5.2', rule: 'padding of 8 ones', blocks: ['4001 78 82 1fff'], fields: undefined },
  { section: '5.2', rule: 'nothing but padding', blocks: ['4001 78 81 ff'], fields: undefined },
  { section: '5.2', rule: 'the end of a string within it', blocks: ['4001 78 84 ffffffff'], fields: undefined },
  {
    section: '5.2',
    rule: 'the end of a string, then another code',
    blocks: ['4001 78 85 fffffffc 7f'],
    fields: undefined,
  },
  { section: '6.1', rule: 'index 0', blocks: ['80'], fields: undefined },
  {
    section: '6.2.2',
    rule: 'what is not indexed leaves the table alone',
    blocks: ['0001 78 01 61', 'be'],
    fields: undefined,
  },
  {
    section: '6.2.3',
    rule: 'what never is leaves the table alone',
    blocks: ['1001 78 01 61', 'be'],
    fields: undefined,
  },
];
