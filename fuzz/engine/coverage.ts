import { readFileSync } from 'node:fs';
import { Session, type Profiler } from 'node:inspector';
import { fileURLToPath } from 'node:url';

/**
 * Which parts of the product have run since it was last asked, by V8's own counters: an input that reaches what none has
 * reached before is worth keeping.
 */
export class Coverage {
  readonly #session = new Session();
  /** By file: 1 for each character that has ever run. */
  readonly #reached = new Map<string, Uint8Array>();

  start(): void {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  stop(): void {
    this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }

  /**
   * How many characters of the product's source have run since the last call that had never run before.
   * @param remember from now on they are known.
   */
  fresh(remember: boolean): number {
    let fresh = 0;
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error !== null) throw error;
      for (const script of result) if (isProduct(script.url)) fresh += this.#compare(script, remember);
    });
    return fresh;
  }

  /** Characters that have ever run. */
  get reached(): number {
    let sum = 0;
    for (const marks of this.#reached.values()) for (const mark of marks) sum += mark;
    return sum;
  }

  #compare({ url, functions }: Profiler.ScriptCoverage, remember: boolean): number {
    if (functions.every(({ ranges }) => ranges[0]!.count === 0)) return 0;
    const marks = this.#marksOf(url);
    const now = new Uint8Array(marks.length);
    // An inner function comes behind the outer one, an inner range behind the one that it lies in.
    for (const { ranges } of functions) {
      for (const { startOffset, endOffset, count } of ranges) now.fill(count > 0 ? 1 : 0, startOffset, endOffset);
    }
    let fresh = 0;
    for (let i = 0; i < now.length; i++) {
      if (now[i] === 0 || marks[i] === 1) continue;
      fresh++;
      if (remember) marks[i] = 1;
    }
    return fresh;
  }

  #marksOf(url: string): Uint8Array {
    let marks = this.#reached.get(url);
    if (marks === undefined) {
      marks = new Uint8Array(readFileSync(fileURLToPath(url), 'utf8').length);
      this.#reached.set(url, marks);
    }
    return marks;
  }
}

function isProduct(url: string): boolean {
  return url.startsWith('file://') && url.includes('/src/') && !url.includes('/node_modules/');
}
