import type { ConfigPath } from './config-problem.ts';
import { judge } from './load-config.ts';
import type { ConfigTexts } from './config-texts.ts';
import type { LoadEnv, LoadResult } from './load-result.ts';
import { Problems, type Place, type Source } from './source.ts';

/**
 * The config of `postern proxy --from :8080 --to http://localhost:3000`: one listener and one route, or a pool where several
 * servers are given. The same schema and checks as for a file; problems name the option instead of a line. Nothing is
 * substituted, and relative paths start at the working folder. Never throws.
 *
 * @param from address to listen on.
 * @param to URLs of servers, at least one.
 */
export async function planFromCommand(from: string, to: readonly string[], env: LoadEnv): Promise<LoadResult> {
  const single = to.length === 1 ? to[0]! : undefined;
  const value = {
    listeners: { proxy: { address: from } },
    routes: [{ name: 'proxy', to: single ?? 'servers' }],
    ...(single === undefined && { pools: { servers: { servers: to } } }),
  };
  const source: Source = {
    file: 'command line',
    folder: '.',
    value,
    shown: new Map(),
    locate: (path) => optionOf(path, to.length),
  };
  const problems = new Problems(source);
  if (single !== undefined && !/[:/]/.test(single)) refuseName(single, problems);
  const result = await judge(source, problems, env, []);
  return result.ok ? { ...result, texts: textsOf(value, source) } : result;
}

/** As if it had been a file: nothing is put in there either. */
function textsOf(value: unknown, { file, folder }: Source): ConfigTexts {
  const text = JSON.stringify(value).replaceAll('${', '$${');
  return { file, folder, texts: { [file]: text }, included: [], made: true };
}

/** In a file this would be the name of a pool; here there are none. */
function refuseName(to: string, problems: Problems): void {
  const path: ConfigPath = ['routes', 0, 'to'];
  const message = `Cannot use ${problems.show(path, to)}: a server is a URL`;
  problems.add({ path, message, remedy: 'write for example http://localhost:3000 or unix:/run/app.sock' });
}

/** The option that a value came from. Of several `--to`, `--to[1]` is the second. */
function optionOf(path: ConfigPath, count: number): Place {
  const index = path[2] === 'servers' && typeof path[3] === 'number' && count > 1 ? `[${path[3]}]` : '';
  const option = path[0] === 'listeners' ? '--from' : `--to${index}`;
  return { file: option, line: 0, column: 0, path: option };
}
