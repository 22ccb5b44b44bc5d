import { isAlias, isMap, isScalar, isSeq, type Alias, type Document, type Node, type Pair } from 'yaml';

import type { ConfigPath } from './config-problem.ts';
import { offsetOf } from './read-tree.ts';
import type { End } from './source.ts';

/**
 * Offset of the key or value at a path. Where the path goes on below what the file has (a missing key, a default), the last
 * place that it does have.
 */
export function locate(
  document: Document.Parsed,
  aliases: ReadonlyMap<Alias, Node>,
  path: ConfigPath,
  end: End,
): number {
  let node: unknown = follow(document.contents, aliases);
  let offset = offsetOf(node);
  for (const [i, part] of path.entries()) {
    const last = i === path.length - 1;
    const pair = isMap(node) ? node.items.find((item) => keyOf(item) === part) : undefined;
    const child = pair?.value ?? itemOf(node, part);
    if (pair && (!child || (last && end === 'key'))) return offsetOf(pair.key);
    if (!child) return offset;
    node = follow(child, aliases);
    offset = last ? offsetOf(child) : startOf(node, pair);
  }
  return offset;
}

function itemOf(node: unknown, part: string | number): unknown {
  return isSeq(node) && typeof part === 'number' ? node.items[part] : undefined;
}

/** A map over several lines is best found by its own key; one in braces, or in a list, where it begins. */
function startOf(node: unknown, pair: Pair | undefined): number {
  return offsetOf(pair && isMap(node) && !node.flow ? pair.key : node);
}

function follow(node: unknown, aliases: ReadonlyMap<Alias, Node>): unknown {
  return isAlias(node) ? (aliases.get(node) ?? node) : node;
}

function keyOf(pair: Pair): string | undefined {
  return isScalar(pair.key) && pair.key.value !== null ? pair.key.source : undefined;
}
