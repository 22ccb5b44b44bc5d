/** Runs the command as its users do: `node bin/postern.js ...`, in a folder of its own. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const script: string = fileURLToPath(new URL('../../bin/postern.js', import.meta.url));

/** Those that still end may write there meanwhile. */
const removal = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 } as const;

/** Compiled code of the command, shared by all that one test file starts: half of each start's time. */
const compileCache = mkdtempSync(join(tmpdir(), 'postern-cache-'));
process.on('exit', () => rmSync(compileCache, removal));

export interface CommandOptions {
  readonly cwd: string;
  /** Default: the Node that runs the tests. */
  readonly node?: string;
  readonly nodeArgs?: readonly string[];
  /** Default: bin/postern.js. */
  readonly script?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<Outcome>;
  stdout(): string;
  stderr(): string;
  /** Resolves with the first match in what it wrote to stderr. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
}

/** A folder that goes away with the test; the control socket's default place is in it. */
export function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-cli-'));
  t.after(() => rmSync(folder, removal));
  return folder;
}

export function start(t: TestContext, args: readonly string[], options: CommandOptions): Running {
  const { NO_COLOR: _, ...inherited } = process.env;
  const child = spawn(
    options.node ?? process.execPath,
    [...(options.nodeArgs ?? []), options.script ?? script, ...args],
    {
      cwd: options.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...inherited,
        NODE_COMPILE_CACHE: compileCache,
        XDG_RUNTIME_DIR: options.cwd,
        RUNTIME_DIRECTORY: '',
        ...options.env,
      },
    },
  );
  t.after(() => child.kill('SIGKILL'));
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended: Promise<Outcome> = once(child, 'close').then(([code, signal]) => ({ code, signal, stdout, stderr }));
  return {
    child,
    ended,
    stdout: () => stdout,
    stderr: () => stderr,
    said: async (pattern) => {
      const found = await until(
        () => pattern.exec(stderr) ?? undefined,
        () => `${pattern} in:\n${stderr}`,
      );
      return found;
    },
  };
}

export async function run(t: TestContext, args: readonly string[], options: CommandOptions): Promise<Outcome> {
  return await start(t, args, options).ended;
}

/** Waits for its end, which has to be in order. */
export async function endsWell({ ended }: Pick<Running, 'ended'>): Promise<void> {
  const { code, signal, stderr } = await ended;
  assert.equal(code, 0, `it ended by ${signal}: ${stderr}`);
}

/** How long something may take that comes: a start of the command on a machine that has ten others to do. */
const patienceMs = 60_000;

/** Looks again and again, for at most `patienceMs`. */
export async function until<T>(look: () => T | undefined | Promise<T | undefined>, what: () => string): Promise<T> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await pause(20)) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
  }
  return assert.fail(`never came: ${what()}`);
}

/** Where the running one listens, as it says. */
export async function addressOf(running: Running): Promise<string> {
  return (await running.said(/Listening on (http:\/\/[^"\s]+)["\s]/))[1]!;
}

/** A web server that answers with its name, or holds `/slow` until it is told to go on. */
export interface Origin {
  readonly url: string;
  readonly waiting: () => number;
  release(): void;
}

export async function origin(t: TestContext, name: string): Promise<Origin> {
  const held: (() => void)[] = [];
  const server = createServer((request, response) => {
    const answer = (): void => void response.end(`${name} ${request.url}`);
    if (request.url === '/slow') held.push(answer);
    else answer();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    waiting: () => held.length,
    release: () => held.splice(0).forEach((answer) => answer()),
  };
}

/** A port that is in use until the test ends. */
export async function takenPort(t: TestContext): Promise<number> {
  const server = createTcpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** True while something accepts there. */
export async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
