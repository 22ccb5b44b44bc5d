import type { TestMessage } from './messages.ts';

/** A message as an item of a corpus file; its expected outcome is for a person to say. */
export function findingOf(message: TestMessage, what: string): string {
  return [
    `- name: ${quoted(`${message.from}, as message ${message.number}`)}`,
    '  source: found by the differential test',
    `  note: ${quoted(what)}`,
    `  send: ${quoted(message.bytes.toString('latin1'))}`,
    '',
  ].join('\n');
}

/** A text in YAML's double quotes, in ASCII. */
export function quoted(text: string): string {
  const inside = text.replace(/[^ -~]|["\\]/g, (character) => short[character] ?? hex(character));
  return `"${inside}"`;
}

const short: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\r': '\\r', '\n': '\\n', '\t': '\\t' };

function hex(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
