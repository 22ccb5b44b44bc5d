/** The command as a process of its own, under limits that only a process can have. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import type { TestContext } from 'node:test';

import { addressOf, folderFor, start, until, type Running } from '../cli/command.ts';

/** A proxy in a folder of its own. */
export interface ProxyChild {
  readonly cwd: string;
  readonly pid: number;
  readonly port: number;
  readonly url: string;
  readonly running: Running;
  /** Lines of the access log `access.log` in the folder. */
  lines(): readonly Readonly<Record<string, unknown>>[];
  /** Writes another config and asks for a reload. */
  reload(yaml: string): void;
}

export interface ChildOptions {
  /** What comes before `node`: `prlimit --nofile=100`. */
  readonly under?: readonly string[];
  readonly nodeArgs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export async function startChild(t: TestContext, yaml: string, options: ChildOptions = {}): Promise<ProxyChild> {
  const cwd = folderFor(t);
  const file = path.join(cwd, 'postern.yaml');
  writeFileSync(file, yaml);
  const [program, ...before] = [...(options.under ?? []), process.execPath];
  const running = start(t, ['run'], {
    cwd,
    node: program,
    nodeArgs: [...before, ...(options.nodeArgs ?? [])],
    ...(options.env && { env: options.env }),
  });
  const died = running.ended.then(({ code, stderr }) => assert.fail(`ended with ${code}: ${stderr}`));
  died.catch(() => {}); // Later it is for the test to say whether it may end.
  const url = await Promise.race([addressOf(running), died]);
  return {
    cwd,
    pid: running.child.pid!,
    port: Number(new URL(url).port),
    url,
    running,
    lines: () => readLines(path.join(cwd, 'access.log')),
    reload: (next) => {
      writeFileSync(file, next);
      running.child.kill('SIGHUP');
    },
  };
}

function readLines(file: string): readonly Readonly<Record<string, unknown>>[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own log
  return wholeLines(file).map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}

function wholeLines(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '');
}

/** Files and sockets that a process has open. */
export function openFilesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** CPU time that a process has had so far, in ms. */
export function cpuMsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10; // Ticks of 10 ms, on every Linux there is.
}

/** Memory that a process has of its own, without pages of files, in bytes. */
export function memoryOf(pid: number): number {
  const kilobytes = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return Number(kilobytes) * 1024;
}

/** Sockets that a test has opened, and which of them the other side has ended. */
export class Sockets {
  readonly all: Socket[] = [];
  ended = 0;

  constructor(t: TestContext) {
    t.after(() => this.close());
  }

  open(port: number, count: number, first = ''): void {
    for (let i = 0; i < count; i++) this.#open(port, first);
  }

  close(): void {
    for (const socket of this.all.splice(0)) socket.destroy();
  }

  #open(port: number, first: string): void {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: false });
    socket.on('error', () => {}); // 'close' follows.
    socket.on('close', () => (this.ended += 1));
    if (first !== '') socket.write(first, 'latin1');
    this.all.push(socket);
  }
}

/** Status and text of an answer over a connection of its own; status 0 where there is none. */
export async function ask(url: string, init: RequestInit = {}): Promise<{ status: number; text: string }> {
  try {
    const answer = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(10_000), ...init });
    return { status: answer.status, text: await answer.text() };
  } catch {
    return { status: 0, text: '' };
  }
}

/** Until the proxy answers with this status. */
export async function answers(url: string, status: number): Promise<void> {
  let last = -1;
  await until(
    async () => (last = (await ask(url)).status) === status || undefined,
    () => `${status} from ${url}, the last was ${last}`,
  );
}

/** Until it holds. */
export async function holds(what: string, condition: () => boolean): Promise<void> {
  await until(
    () => condition() || undefined,
    () => what,
  );
}

/** What it said of this reason in its own messages: how many such events, over all lines. */
export function countSaid(running: Running, reason: string): number {
  let sum = 0;
  for (const line of running.stderr().split('\n')) {
    if (!line.includes(`"reason":"${reason}"`)) continue;
    const { count = 1 } = JSON.parse(line) as { count?: number };
    sum += count;
  }
  return sum;
}

/** A proxy that still lives and takes requests after all that. */
export async function assertSound(child: ProxyChild): Promise<void> {
  assert.equal(child.running.child.exitCode, null, child.running.stderr());
  await answers(`${child.url}/after`, 200);
  assert.doesNotMatch(child.running.stderr(), /defect in Postern|fault in Postern|Cannot go on in this data thread/);
}
