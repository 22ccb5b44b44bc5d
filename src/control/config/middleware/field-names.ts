import { isToken } from '../../../wire/chars.ts';
import type { ConfigPath } from '../config-problem.ts';
import { bad, good, type Reading } from '../reading.ts';
import type { Problems } from '../source.ts';

/** Fields that the proxy writes itself, with what to do instead. */
const own: Readonly<Record<string, string>> = {
  host: 'use hostHeader of the route',
  'content-length': 'leave it out: it is written from the body',
  'transfer-encoding': 'leave it out: it is written from the body',
  connection: 'leave it out: it is about one connection, and each side has its own',
  'keep-alive': 'leave it out: it is about one connection, and each side has its own',
  'proxy-connection': 'leave it out: it is about one connection, and each side has its own',
  upgrade: 'use upgrade of the route',
  'http2-settings': 'leave it out: it is about one connection, and each side has its own',
  te: 'leave it out: it is about one connection, and each side has its own',
  trailer: 'leave it out: it is written from the body',
  expect: 'leave it out: the proxy answers it',
  'cdn-loop': 'leave it out: a request that runs in a circle is known by it',
};

/** Says what is against a field that is to be written, at its key. */
export function checkFieldName(name: string, path: ConfigPath, problems: Problems): void {
  const reading = judgeName(name);
  if (reading.ok) return;
  const message = `Cannot use the field ${problems.show([...path, 'name'], name)}: ${reading.what}`;
  problems.add({ path: [...path, name], end: 'key', message, remedy: reading.remedy });
}

function judgeName(name: string): Reading<string> {
  if (!isToken(name)) return bad('it is not the name of a field', 'write letters, digits and -');
  const instead = Object.hasOwn(own, name.toLowerCase()) ? own[name.toLowerCase()] : undefined;
  return instead === undefined ? good(name) : bad('the proxy writes it itself', instead);
}

/** A name, or how names begin: `x-internal-*`. In lower case. */
export function readFieldPattern(text: string): Reading<string> {
  const lower = text.toLowerCase();
  const start = lower.endsWith('*') ? lower.slice(0, -1) : lower;
  if (start === '') return bad('it would be every field', 'write how the names begin, for example "x-internal-*"');
  if (start.includes('*')) return bad('* may stand at the end only', 'write for example "x-internal-*"');
  const reading = judgeName(start);
  if (!reading.ok) return reading;
  if (start !== lower && 'cdn-loop'.startsWith(start)) return bad('CDN-Loop is among them', own['cdn-loop']!);
  return good(lower);
}

/** A list of names of fields is one value. */
export function readFieldName(text: string): Reading<string> {
  return isToken(text) ? good(text) : bad('it is not the name of a field', 'write letters, digits and -');
}
