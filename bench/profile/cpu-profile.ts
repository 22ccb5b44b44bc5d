/** Time of one function or one file in a profile, microseconds. */
export interface Cost {
  readonly name: string;
  /** Where it is written: `file:line`; '' for what is not JavaScript. */
  readonly where: string;
  readonly selfUs: number;
  /** With everything that it calls. */
  readonly totalUs: number;
}

/** A profile summed up. */
export interface Summary {
  /** Time in which the thread did not wait. */
  readonly busyUs: number;
  /** Most self time first. */
  readonly functions: readonly Cost[];
  readonly files: readonly Cost[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

/** The file that `node --cpu-prof` writes. */
interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds from the sample before to this one. */
  readonly timeDeltas: readonly number[];
}

/** Sums a `.cpuprofile` by function and by file. Waiting, `(idle)`, is left out. `root` is cut off the files' names. @throws {Error} for other JSON */
export function summarize(json: string, root: string): Summary {
  const profile = JSON.parse(json) as Partial<CpuProfile>;
  const { nodes, samples, timeDeltas } = profile;
  if (!nodes || !samples || !timeDeltas) throw new Error('Cannot read profile: it has no nodes, samples or timeDeltas');
  const selfOf = selfTimes(samples, timeDeltas);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const functions = new Map<string, Mutable>();
  const files = new Map<string, Mutable>();
  const first = nodes[0];
  if (first) walk(first, [], []);
  const idle = functions.get('(idle) ')?.selfUs ?? 0;
  const busyUs = [...selfOf.values()].reduce((sum, us) => sum + us, 0) - idle;
  return { busyUs, functions: ranked(functions), files: ranked(files) };

  /** Recursion is as deep as the profiled stack, which V8 bounds. Returns the node's total. */
  function walk(node: ProfileNode, above: readonly string[], filesAbove: readonly string[]): number {
    const { functionName, url, lineNumber } = node.callFrame;
    const file = url === '' ? functionName : shorten(url, root);
    const where = url === '' ? '' : `${file}:${lineNumber + 1}`;
    const key = `${functionName} ${where}`;
    const selfUs = selfOf.get(node.id) ?? 0;
    let totalUs = selfUs;
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child) totalUs += walk(child, [...above, key], [...filesAbove, file]);
    }
    // A function below itself is already in the total of the upper one.
    add(functions, { key, name: functionName || '(anonymous)', where }, selfUs, above.includes(key) ? 0 : totalUs);
    add(files, { key: file, name: file, where: '' }, selfUs, filesAbove.includes(file) ? 0 : totalUs);
    return totalUs;
  }
}

interface Mutable {
  name: string;
  where: string;
  selfUs: number;
  totalUs: number;
}

/** A sample stands for the time until the next one. */
function selfTimes(samples: readonly number[], timeDeltas: readonly number[]): ReadonlyMap<number, number> {
  const self = new Map<number, number>();
  for (const [i, id] of samples.entries()) {
    self.set(id, (self.get(id) ?? 0) + Math.max(0, timeDeltas[i + 1] ?? 0));
  }
  return self;
}

function add(
  into: Map<string, Mutable>,
  id: { key: string; name: string; where: string },
  selfUs: number,
  totalUs: number,
): void {
  const known = into.get(id.key);
  if (known) {
    known.selfUs += selfUs;
    known.totalUs += totalUs;
  } else {
    into.set(id.key, { name: id.name, where: id.where, selfUs, totalUs });
  }
}

function ranked(costs: ReadonlyMap<string, Cost>): readonly Cost[] {
  return [...costs.values()].filter(({ name }) => name !== '(idle)').toSorted((a, b) => b.selfUs - a.selfUs);
}

function shorten(url: string, root: string): string {
  return url
    .replace('file://', '')
    .replace(root, '')
    .replace(/^.*\/node_modules\//, '');
}
