import { Field } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';

/**
 * True where `CDN-Loop` (RFC 8586) names this instance: the request has been here before.
 *
 * Quotes are not heeded: an open one in front, put there by a client, would hide our name and let the request circle.
 */
export function isLoop(headers: Headers, instance: string): boolean {
  if (instance === '') return false; // It would be found everywhere, for ever.
  for (let at = headers.ids.indexOf(Field.CdnLoop); at >= 0; at = headers.ids.indexOf(Field.CdnLoop, at + 1)) {
    if (names(headers.values[at]!, instance)) return true;
  }
  return false;
}

/** True where an element of the list, before its parameters, is the instance. */
function names(list: string, instance: string): boolean {
  for (let at = list.indexOf(instance); at >= 0; at = list.indexOf(instance, at + 1)) {
    if (beginsElement(list, at) && endsName(list, at + instance.length)) return true;
  }
  return false;
}

function beginsElement(list: string, at: number): boolean {
  let before = at - 1;
  while (before >= 0 && isSpace(list.charCodeAt(before))) before--;
  return before < 0 || list.charCodeAt(before) === 0x2c;
}

function endsName(list: string, end: number): boolean {
  const code = list.charCodeAt(end);
  return end === list.length || code === 0x2c || code === 0x3b || isSpace(code);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
