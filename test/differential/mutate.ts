import { chunks, fieldLines, methods, numbers, structural, targets } from './dictionary.ts';
import type { Random } from './random.ts';

/** Makes another text of one; both stand for bytes, a character each. `other`: a second message to take from. */
type Mutation = (text: string, random: Random, other: string) => string;

/** Bytes of a mutant at most. */
const longest = 100_000;

/** One to three changes of a message, the same ones for the same random source. */
export function mutate(text: string, random: Random, other: string): string {
  let out = text;
  const changes = 1 + random.below(3);
  for (let i = 0; i < changes; i++) out = random.pick(mutations)(out, random, other);
  return out.slice(0, longest);
}

const mutations: readonly Mutation[] = [
  // A byte flips, or becomes any other.
  (text, random) => replaceAt(text, random.below(text.length), 1, byte(random.next())),
  (text, random) => {
    const at = random.below(text.length);
    return replaceAt(text, at, 1, byte((text.charCodeAt(at) || 0) ^ (1 << random.below(8))));
  },
  // Something that means something, where something is meant.
  insertAtStructure,
  insertAtStructure,
  insertAtStructure,
  (text, random) => replaceAt(text, structureOf(text, random), 1, random.pick(structural)),
  (text, random) => replaceAt(text, random.below(text.length + 1), 0, random.pick(structural)),
  (text, random) => replaceAt(text, random.below(text.length), 1 + random.below(4), ''),
  // Lines.
  (text, random) => withLines(text, random, (lines, at) => void lines.splice(at, 0, lines[at]!)),
  (text, random) => withLines(text, random, (lines, at) => void lines.splice(at, 1)),
  (text, random) =>
    withLines(text, random, (lines, at) => void lines.splice(random.below(lines.length), 0, ...lines.splice(at, 1))),
  insertFieldLine,
  insertFieldLine,
  insertFieldLine,
  (text, random) => withLines(text, random, (lines, at) => void (lines[at] = random.pick(fieldLines))),
  // Words of the request line.
  (text, random) => text.replace(/^\S+/, random.pick(methods)),
  (text, random) => text.replace(/^(\S+) \S+/, (_, method: string) => `${method} ${random.pick(targets)}`),
  (text, random) =>
    text.replace(/HTTP\/1\.1/, random.pick(['HTTP/1.0', 'HTTP/1.2', 'HTTP/0.9', 'http/1.1', 'HTTP/1.1 ', 'HTTP/2.0'])),
  // Numbers and cases.
  changeNumber,
  changeNumber,
  changeCase,
  // Bodies.
  (text, random) => text + random.pick(chunks),
  (text, random) => text.replace('\r\n\r\n', () => `\r\n\r\n${random.pick(chunks)}`),
  (text, random) =>
    text.replace(
      '\r\n\r\n',
      () => `\r\nTransfer-Encoding: chunked\r\n\r\n${random.pick(chunks)}${random.pick(chunks)}`,
    ),
  // Two messages.
  (text, random, other) => text.slice(0, lineStart(text, random)) + other.slice(lineStart(other, random)),
  (text, _, other) => text + other,
  (text, random) => text.slice(0, random.below(text.length + 1)),
];

function insertAtStructure(text: string, random: Random): string {
  return replaceAt(text, structureOf(text, random) + random.below(2), 0, random.pick(structural));
}

function insertFieldLine(text: string, random: Random): string {
  const at = text.indexOf('\r\n') + 2;
  const line = random.pick(fieldLines);
  if (at < 2 || random.below(3) === 0) return withLines(text, random, (lines, i) => void lines.splice(i, 0, line));
  return replaceAt(text, at, 0, `${line}\r\n`);
}

function changeNumber(text: string, random: Random): string {
  const found = [...text.slice(0, 5000).matchAll(/[0-9]+/g)];
  if (found.length === 0) return text;
  const match = random.pick(found);
  const value = Number(match[0]);
  const near = [String(value + 1), String(value - 1), `0${match[0]}`, `${match[0]}0`];
  const spelling = random.below(2) === 0 ? random.pick(near) : random.pick(numbers);
  return replaceAt(text, match.index, match[0].length, spelling);
}

function changeCase(text: string, random: Random): string {
  const found = [...text.slice(0, 5000).matchAll(/[A-Za-z]+/g)];
  if (found.length === 0) return text;
  const { 0: word, index } = random.pick(found);
  return replaceAt(text, index, word.length, word === word.toUpperCase() ? word.toLowerCase() : word.toUpperCase());
}

/** A place where a parser decides something. */
function structureOf(text: string, random: Random): number {
  const from = random.below(text.length);
  for (let i = 0; i < 200; i++) {
    const at = (from + i) % Math.max(1, text.length);
    if ('\r\n :,;=/?"'.includes(text.charAt(at))) return at;
  }
  return from;
}

function withLines(text: string, random: Random, change: (lines: string[], at: number) => void): string {
  const lines = text.split('\r\n');
  change(lines, random.below(lines.length));
  return lines.join('\r\n');
}

function lineStart(text: string, random: Random): number {
  const lines = text.split('\r\n');
  return lines.slice(0, random.below(lines.length + 1)).reduce((sum, line) => sum + line.length + 2, 0);
}

function replaceAt(text: string, at: number, length: number, by: string): string {
  return text.slice(0, at) + by + text.slice(at + length);
}

function byte(value: number): string {
  return String.fromCharCode(value & 0xff);
}
