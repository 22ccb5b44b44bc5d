import type { Children } from './children.ts';
import { type WrkResult, parseWrk } from './wrk.ts';

/** What wrk is asked to do. */
export interface Load {
  readonly url: string;
  readonly connections: number;
  /** Whole seconds: wrk knows no parts. */
  readonly seconds: number;
  /** Lua script that makes the requests; undefined: GET of the URL. */
  readonly script?: string | undefined;
}

/** Runs wrk, one thread, on `core`. @throws {Error} when it fails or does not end in time */
export async function runLoad(children: Children, load: Load, core: number, cwd: string): Promise<WrkResult> {
  const script = load.script === undefined ? [] : ['-s', load.script];
  const args = ['-t1', `-c${load.connections}`, `-d${load.seconds}s`, '--latency', ...script, load.url];
  const child = children.start({ command: 'wrk', args, cwd, core });
  const timer = setTimeout(() => child.interrupt(), (load.seconds + 30) * 1000);
  await child.end();
  clearTimeout(timer);
  if (child.output === '') throw new Error(`Cannot load ${load.url}: wrk ${child.complaint}`);
  return parseWrk(child.output);
}
