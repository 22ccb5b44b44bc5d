import { isAlias, isMap, isScalar, isSeq, type Alias, type Document, type Node, type Pair, type YAMLMap } from 'yaml';

import { pathText, quote } from './config-problem.ts';
import { fileReferences, hasReference, substitute, type Secrets } from './substitute.ts';

/** A mistake at a node, before it has a line. */
export interface TreeMistake {
  readonly path: readonly (string | number)[];
  readonly end: 'key' | 'value';
  readonly offset: number;
  /** A second place, whose line is to follow the message. */
  readonly other?: number;
  readonly message: string;
  readonly remedy: string;
}

export interface Tree {
  readonly value: unknown;
  readonly shown: ReadonlyMap<string, string>;
  readonly mistakes: readonly TreeMistake[];
  /** False: it was too much, and the value is only a part. */
  readonly whole: boolean;
  /** Where the aliases of the document lead. */
  readonly aliases: ReadonlyMap<Alias, Node>;
}

/** Values of a tree, aliases written out. A config of 10,000 routes has some 100,000. */
const mostNodes = 1_000_000;

/** Turns a parsed document into plain values, puts in the secrets, and finds doubled keys. Never throws. */
export function readTree(document: Document.Parsed, secrets: Secrets): Tree {
  const reader = new TreeReader(secrets);
  const value = reader.read(document.contents);
  return { value, shown: reader.shown, mistakes: reader.mistakes, whole: reader.whole, aliases: reader.aliases };
}

/** The paths of all `${file:...}` in a document. */
export function findFileReferences(document: Document.Parsed): ReadonlySet<string> {
  const found = new Set<string>();
  const left: unknown[] = [document.contents];
  for (let node = left.pop(); left.length > 0 || node !== undefined; node = left.pop()) {
    if (isMap(node)) for (const pair of node.items) left.push(pair.value);
    else if (isSeq(node)) left.push(...node.items);
    else if (isScalar(node) && typeof node.value === 'string' && hasReference(node.value)) {
      for (const path of fileReferences(node.value)) found.add(path);
    }
  }
  return found;
}

class TreeReader {
  readonly shown = new Map<string, string>();
  readonly mistakes: TreeMistake[] = [];
  readonly aliases = new Map<Alias, Node>();
  readonly #secrets: Secrets;
  readonly #anchors = new Map<string, Node>();
  /** Anchored nodes that are being read: an alias to one of them would never end. */
  readonly #open = new Set<Node>();
  readonly #path: (string | number)[] = [];
  #nodes = 0;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  read(node: unknown): unknown {
    if (++this.#nodes > mostNodes) return this.#tooMany(node);
    if (isScalar(node)) {
      if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
      return typeof node.value === 'string' ? this.#text(node.value, node) : node.value;
    }
    if (isAlias(node)) return this.#alias(node);
    if (!isMap(node) && !isSeq(node)) return null;
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, node);
    this.#open.add(node);
    const value = isMap(node) ? this.#map(node) : node.items.map((item, i) => this.#at(i, item));
    this.#open.delete(node);
    return value;
  }

  #at(key: string | number, node: unknown): unknown {
    this.#path.push(key);
    const value = this.read(node);
    this.#path.pop();
    return value;
  }

  /** Without a prototype, so that no key of a file means anything to JavaScript. */
  #map(map: YAMLMap): Record<string, unknown> {
    const value: Record<string, unknown> = Object.create(null);
    const seen = new Map<string, Pair>();
    for (const pair of map.items) {
      const key = this.#key(pair);
      if (key === undefined) continue;
      const first = seen.get(key);
      if (first) this.#doubled(key, pair, first);
      else {
        seen.set(key, pair);
        value[key] = this.#at(key, pair.value);
      }
    }
    return value;
  }

  #key(pair: Pair): string | undefined {
    const { key } = pair;
    const name = isScalar(key) && key.value !== null ? key.source : undefined;
    if (name === '<<') {
      this.#failKey(
        key,
        'Cannot use the key "<<": merging maps is not YAML 1.2',
        'write the keys out, or use an alias for the whole map',
      );
    } else if (name === undefined || name === '__proto__') {
      this.#failKey(key ?? pair.value, 'Cannot use this key: a key is a plain text', 'write a name before the colon');
    } else return name;
    return undefined;
  }

  #doubled(key: string, pair: Pair, first: Pair): void {
    const message = `Cannot use the key ${quote(key)} twice: it is also on`;
    const path = [...this.#path, key];
    const [offset, other] = [offsetOf(pair.key), offsetOf(first.key)];
    this.mistakes.push({ path, end: 'key', offset, other, message, remedy: 'keep one of them' });
  }

  #text(text: string, node: Node): string {
    const found = hasReference(text) ? substitute(text, this.#secrets) : undefined;
    if (found && !found.ok) {
      this.#fail(node, `Cannot put in the value: ${found.what}`, found.remedy);
      return text;
    }
    const value = found ? found.value.value : text;
    const { shown } = found?.value ?? {};
    if (shown !== undefined) this.shown.set(pathText(this.#path), shown);
    return value;
  }

  #alias(alias: Alias): unknown {
    const node = this.#anchors.get(alias.source);
    if (!node) {
      const message = `Cannot find the anchor ${quote(`&${alias.source}`)}: an alias (*) needs one above it`;
      this.#fail(alias, message, `write a text that begins with * in quotes: ${quote(`*${alias.source}`)}`);
      return undefined;
    }
    if (this.#open.has(node)) {
      this.#fail(alias, 'Cannot follow this alias: it leads to what it stands in', 'write the values out');
      return undefined;
    }
    this.aliases.set(alias, node);
    return this.read(node);
  }

  get whole(): boolean {
    return this.#nodes <= mostNodes;
  }

  #tooMany(node: unknown): undefined {
    const message = `Cannot read more than ${mostNodes} values: the aliases stand for too much`;
    if (this.#nodes === mostNodes + 1) this.#fail(node, message, 'write fewer aliases');
    return undefined;
  }

  #fail(node: unknown, message: string, remedy: string): void {
    this.mistakes.push({ path: [...this.#path], end: 'value', offset: offsetOf(node), message, remedy });
  }

  #failKey(node: unknown, message: string, remedy: string): void {
    this.mistakes.push({ path: [...this.#path], end: 'key', offset: offsetOf(node), message, remedy });
  }
}

/** Where a node begins in the text. */
export function offsetOf(node: unknown): number {
  const range = isNode(node) ? node.range : undefined;
  return range?.[0] ?? 0;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'range' in value;
}
