import { isAlias, isMap, isScalar, isSeq, type Alias, type Document, type Node, type Pair } from 'yaml';

import type { ConfigPath } from './config-problem.ts';
import { offsetOf } from './read-tree.ts';
import type { End } from './source.ts';

/**
 * Offset of the key or value at a path. Where the path goes on below what the file has (a missing key, a default), the last
 * place that it does have.
 */
export function locate(document: Document.Parsed, aliases: ReadonlyMap<Alias, Node>, path: ConfigPath, end: End): number {
  let node: unknown = follow(document.contents, aliases);
  let offset = offsetOf(node);
  for (const [i, part] of path.entries()) {
    const last = i === path.length - 1;
    const pair = isMap(node) ? node.items.find((item) => keyOf(item) === part) : undefined;
    const child = pair ? pair.value : isSeq(node) && typeof part === 'number' ? node.items[part] : undefined;
    if (pair && (child === null || child === undefined || (last && end === 'key'))) return offsetOf(pair.key);
    if (child === undefined || child === null) return offset;
    node = follow(child, aliases);
    offset = offsetOf(last ? child : node);
    if (pair && isMap(node) && !node.flow && !last) offset = offsetOf(pair.key);
  }
  return offset;
}

function follow(node: unknown, aliases: ReadonlyMap<Alias, Node>): unknown {
  return isAlias(node) ? (aliases.get(node) ?? node) : node;
}

function keyOf(pair: Pair): string | undefined {
  return isScalar(pair.key) && pair.key.value !== null ? (pair.key.source ?? String(pair.key.value)) : undefined;
}
