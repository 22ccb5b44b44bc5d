import { pathToFileURL } from 'node:url';

import type { FileText } from './read-text-file.ts';

/** Configs that are programs: TypeScript that Node can run as it is, or JavaScript. */
export function isModule(file: string): boolean {
  return /\.[cm]?[jt]s$/.test(file);
}

/**
 * Runs a config that is a module, and writes as JSON what it exports by default: a config, or a function that makes one. From
 * there on it is a config like any other. Never throws.
 *
 * The module runs with all rights of the process, as a config always decides what the process does. It is loaded once a
 * process or thread: whoever wants it anew starts a new thread.
 *
 * @param file absolute.
 */
export async function readModule(file: string): Promise<FileText> {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing is taken for granted of it
    const { default: made } = (await import(pathToFileURL(file).href)) as { readonly default: unknown };
    const value: unknown = typeof made === 'function' ? await made({ environment: process.env }) : made;
    if (value !== undefined) return writePlain(value);
    return refuse('it exports nothing by default', 'write "export default defineConfig({ ... })"');
  } catch (error) {
    return refuse(wordsOf(error), 'correct the program');
  }
}

/** The JSON of a config that is an object. Never throws. */
export function writePlain(value: unknown): FileText {
  try {
    return { ok: true, text: JSON.stringify(value, refuseOdd) };
  } catch (error) {
    return refuse(wordsOf(error), 'write plain objects, lists, texts and numbers');
  }
}

function refuse(message: string, remedy: string): FileText {
  return { ok: false, message, remedy };
}

/** An error's own words, as its author is the reader: the first line is enough. */
function wordsOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.split('\n', 1)[0]!.slice(0, 300);
}

/** For JSON.stringify, which would drop or change these without a word. What has a form in JSON of its own, as URLs have, is there already. */
function refuseOdd(key: string, value: unknown): unknown {
  const kind = typeof value;
  const odd =
    kind === 'function' || kind === 'symbol' || (kind === 'number' && !Number.isFinite(value)) || !isPlain(value);
  if (!odd) return value;
  const where = key === '' ? 'the default export' : `"${key}"`;
  throw new TypeError(`${where} is ${kind === 'number' ? String(value) : `a ${kind}`} that no config can have`);
}

/** Anything but the objects of classes, such as maps and dates. */
function isPlain(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
