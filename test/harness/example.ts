/** Runs a config of examples/ as a person would, on free loopback ports. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';

import { folderFor, run, start, until, type Running } from '../cli/command.ts';
import { issue, makeCa, type Issued, type TestCa } from './certificates.ts';
import { freePort } from './free-port.ts';

const examples = new URL('../../examples/', import.meta.url);

/** A request as a server got it. */
export interface Seen {
  readonly server: string;
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** What curl got. */
export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** A small web server that answers with what it got, as JSON, unless told otherwise. @returns its port. */
export async function echo(
  t: TestContext,
  name: string,
  answer: http.RequestListener = () => {},
  tls?: Issued,
): Promise<http.Server & { readonly port: number }> {
  const listener: http.RequestListener = (request, response) => {
    answer(request, response);
    if (response.writableEnded) return;
    const { method = '', url = '', headers } = request;
    response.end(JSON.stringify({ server: name, method, url, headers } satisfies Seen));
  };
  const server = tls === undefined ? http.createServer(listener) : https.createServer(tls, listener);
  server.listen(await freePort(), '127.0.0.1'); // A test may close it and go on.
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(server, { port: (server.address() as AddressInfo).port });
}

/** An example in a folder of its own, with the files that it names. */
export class Example {
  readonly folder: string;
  readonly #t: TestContext;
  readonly #name: string;
  #ca: TestCa | undefined;
  #running: Running | undefined;

  constructor(t: TestContext, name: string) {
    this.#t = t;
    this.#name = name;
    this.folder = folderFor(t);
    mkdirSync(join(this.folder, 'certs'));
  }

  /** The authority whose certificates curl believes. */
  async ca(): Promise<TestCa> {
    this.#ca ??= await makeCa(this.folder, 'test-ca');
    return this.#ca;
  }

  file(name: string, content: string): void {
    const mode = name.endsWith('.key') ? 0o600 : 0o644;
    const path = join(this.folder, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content, { mode });
  }

  /** `certs/<name>.pem` and `.key`. */
  async certificate(name: string): Promise<void> {
    const issued = await issue(await this.ca(), { names: [name], use: 'server' });
    this.file(`certs/${name}.pem`, issued.chain);
    this.file(`certs/${name}.key`, issued.key);
  }

  /** What `postern check` says of the example as it stands, but for its last line and that tests have an authority of their own. */
  async check(): Promise<readonly string[]> {
    writeFileSync(join(this.folder, this.#name), readFileSync(new URL(this.#name, examples)));
    const { code, stdout, stderr } = await run(this.#t, ['check', this.#name], { cwd: this.folder });
    assert.equal(code, 0, stdout + stderr);
    const lines = stdout.trimEnd().split('\n').slice(0, -1);
    return lines.filter((line) => !/ends at "Test test-ca", which is no root/.test(line));
  }

  /**
   * Runs it. What differs from the file: the address of every listener is a free port of 127.0.0.1, and the texts on the left of
   * `changes` become those on the right; each of them must be there.
   */
  async run(changes: Readonly<Record<string, string>>): Promise<void> {
    const given = readFileSync(new URL(this.#name, examples), 'utf8');
    for (const from of Object.keys(changes)) assert.ok(given.includes(from), `${this.#name} has ${from}`);
    // All at once: a port that was put in may begin like one that is still to be changed.
    const text = given.replaceAll(anyOf(Object.keys(changes)), (from) => changes[from]!);
    const config = `run-${this.#name}`;
    writeFileSync(join(this.folder, config), text.replaceAll(/(address"?:\s*)":\d+"/g, '$1"127.0.0.1:0"'));
    this.#running = start(this.#t, ['run', config], { cwd: this.folder });
    await this.#running.said(/Listening on/);
  }

  /** The port of a listener. */
  async port(listener: string): Promise<number> {
    const running = this.#running!;
    return until(
      () => portIn(running.stderr(), listener),
      () => `the listener ${listener} in ${running.stderr()}`,
    );
  }

  #plain(): string {
    const text = readFileSync(new URL(this.#name, examples), 'utf8');
    return /^ {2}http:/m.test(text) ? 'http' : 'web';
  }

  /** Asks with curl, for a URL with the public name. @param args more for curl. */
  async curl(url: string, ...args: string[]): Promise<Got> {
    const port = await this.port(url.startsWith('https:') ? 'https' : this.#plain());
    return this.curlTo(['--connect-to', `::127.0.0.1:${port}`, ...args, url]);
  }

  async curlTo(args: readonly string[]): Promise<Got> {
    const trust = this.#ca === undefined ? [] : ['--cacert', this.#ca.certFile];
    const all = ['-sS', '-i', '--max-time', '20', '--noproxy', '*', '--path-as-is', ...trust, ...args];
    const { stdout } = await promisify(execFile)('curl', all, { cwd: this.folder });
    return parse(stdout);
  }

  /** The same, for what a server of `echo` says that it got. */
  async seen(url: string, ...args: string[]): Promise<Seen> {
    const { status, body } = await this.curl(url, ...args);
    assert.equal(status, 200, body);
    return JSON.parse(body) as Seen;
  }
}

function anyOf(texts: readonly string[]): RegExp {
  return new RegExp(texts.map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)).join('|'), 'g');
}

function portIn(log: string, listener: string): number | undefined {
  for (const line of log.split('\n').slice(0, -1)) {
    if (!line.includes('Listening on') || !line.includes(`"listener":"${listener}"`)) continue;
    const port = /Listening on \w+:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (port !== undefined) return Number(port);
  }
  return undefined;
}

/** The last head: interim answers stand before it. */
function parse(text: string): Got {
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, end).split('\r\n');
  const status = Number(first.split(' ')[1]);
  if (status < 200) return parse(text.slice(end + 4));
  const fields = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]);
  return { status, headers: new Headers(fields as [string, string][]), body: text.slice(end + 4) };
}
