import { InvalidArgumentError, type Command } from 'commander';

import { asking } from './asking.ts';
import type { ExitCode } from './exit-code.ts';
import type { AddOptions, LimitOptions, ServerOptions, WaitOptions } from './server.ts';

/** The command that says of servers what is to be beside the config. */
export function addServer(program: Command, done: (code: ExitCode) => void): void {
  const server = program
    .command('server')
    .description(
      'Add, remove, weight and drain servers while Postern runs: until "reset", also over reloads and restarts',
    )
    .helpCommand(false);
  asking(server, 'list [pool]', 'Show servers, and what they do now').action(
    async (pool: string | undefined, options: ServerOptions) => done(await (await load()).list(pool, options)),
  );
  asking(server, 'add <pool> <url>', 'Add a server to a pool')
    .option('--weight <number>', 'its share beside the others; default: 1', toWeight)
    .option('--backup', 'it is only used while too few others are usable')
    .option('--max-requests <number>', 'requests that it has at once', toLimit)
    .option('--max-connections <number>', 'connections to it', toLimit)
    .action(async (pool: string, url: string, options: AddOptions) =>
      done(await (await load()).add(pool, url, options)),
    );
  waiting(asking(server, 'remove <pool> <server>', 'Remove a server: requests that it has may end')).action(
    async (pool: string, name: string, options: WaitOptions) =>
      done(await (await load()).remove([pool, name], options)),
  );
  asking(server, 'weight <pool> <server>', 'Give a server another weight')
    .argument('<weight>', 'its share beside the others, 0 to 256', toWeight)
    .action(async (pool: string, name: string, weight: number, options: ServerOptions) =>
      done(await (await load()).weight([pool, name], weight, options)),
    );
  asking(server, 'limit <pool> <server>', 'Bound what a server has at once')
    .option('--max-requests <number>', 'requests; 0: no bound', toLimit)
    .option('--max-connections <number>', 'connections; 0: no bound', toLimit)
    .action(async (pool: string, name: string, options: LimitOptions) => {
      if (options.maxRequests === undefined && options.maxConnections === undefined) {
        program.error("error: there is nothing to bound: name '--max-requests' or '--max-connections'");
      }
      done(await (await load()).limit([pool, name], options));
    });
  waiting(
    asking(server, 'drain <pool> <server>', 'Give a server nothing new, but for clients that are bound to it'),
  ).action(async (pool: string, name: string, options: WaitOptions) =>
    done(await (await load()).drain('drain', [pool, name], options)),
  );
  waiting(
    asking(server, 'maint <pool> <server>', 'Put a server in maintenance: it gets nothing, and is not checked'),
  ).action(async (pool: string, name: string, options: WaitOptions) =>
    done(await (await load()).drain('maint', [pool, name], options)),
  );
  asking(server, 'ready <pool> <server>', 'Take "drain" and "maint" back').action(
    async (pool: string, name: string, options: ServerOptions) =>
      done(await (await load()).ready([pool, name], options)),
  );
  asking(server, 'reset [pool] [server]', 'Go back to what the config says: of a server, of a pool or of all').action(
    async (pool: string | undefined, name: string | undefined, options: ServerOptions) =>
      done(await (await load()).reset(pool, name, options)),
  );
  asking(server, 'diff', 'Show how servers differ from the config').action(async (options: ServerOptions) =>
    done(await (await load()).diff(options)),
  );
}

async function load(): Promise<typeof import('./server.ts')> {
  return await import('./server.ts');
}

function waiting(command: Command): Command {
  return command
    .option('--wait', 'until it has no requests any more')
    .option('--timeout <duration>', 'longest wait, such as 30s or 5m; default: 5m', toMs)
    .option('--force', 'close what is left then; without --wait, at once');
}

function toWeight(text: string): number {
  if (/^\d{1,3}$/.test(text) && Number(text) <= 256) return Number(text);
  throw new InvalidArgumentError('A weight is a number from 0 to 256.');
}

function toLimit(text: string): number {
  if (/^\d{1,7}$/.test(text) && Number(text) <= 1_000_000) return Number(text);
  throw new InvalidArgumentError('A bound is a number from 0 to 1000000.');
}

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function toMs(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,6})(ms|s|m|h)$/.exec(text) ?? [];
  if (number === '') throw new InvalidArgumentError('Write a number with its unit, such as 30s or 5m.');
  return Math.min(Number(number) * units[unit]!, 24 * 3_600_000);
}
