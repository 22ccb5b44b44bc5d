import assert from 'node:assert/strict';
import http from 'node:http';
import type net from 'node:net';

import { codeName, FrameType } from '../../../src/wire/http2/codes.ts';
import type { PlanSpec } from '../../harness/plan-of.ts';
import { World } from '../../harness/proxy-test.ts';
import type { ProxyUnderTest } from '../../harness/proxy-under-test.ts';
import { RawH2Client } from '../raw/raw-h2-client.ts';
import { get, type Codes, type Logged, type Must } from './must.ts';

/** A proxy before a server that tells what it got. */
export class MustsSite {
  readonly #group: number;
  readonly #world = new World();
  /** Paths of requests that came whole. */
  readonly #whole: Set<string> = new Set();
  readonly #server = http.createServer((request, response) => this.#answer(request, response));
  #proxy!: ProxyUnderTest;

  constructor(group: number) {
    this.#group = group;
  }

  async start(spec: PlanSpec = {}): Promise<void> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as net.AddressInfo;
    const servers = [{ kind: 'tcp', host: '127.0.0.1', port } as const];
    this.#proxy = await this.#world.proxy({ servers, http2: { maxStreams: 20 }, ...spec });
  }

  async stop(): Promise<void> {
    try {
      await this.#proxy.checkQuiet();
      this.#server.closeAllConnections();
      this.#server.close();
      await this.#world.check();
    } finally {
      await this.#world.end();
      this.#server.closeAllConnections();
      this.#server.close();
    }
  }

  async check(must: Must, i: number): Promise<void> {
    // Each case comes from an address of its own, by which its lines in the log are found.
    const address = `127.${this.#group}.${i >> 8}.${(i & 0xff) + 1}`;
    const path = `/case-${i}`;
    const client = await RawH2Client.connect(this.#proxy.port(), { ...must.client, localAddress: address });
    try {
      await must.send(client, path);
      const logged: Logged = (reason) =>
        this.#proxy.log.line(
          `reason ${reason} of ${address}`,
          (line) => line.client === address && line.reason === reason,
        );
      await this.#see(client, must, { path, logged });
      checkFrames(client);
      const reason = reasonOf(must);
      if (reason !== undefined) await logged(reason);
      await this.#checkNext();
    } finally {
      client.destroy();
    }
  }

  async #see(
    client: RawH2Client,
    { see }: Must,
    { path, logged }: { readonly path: string; readonly logged: Logged },
  ): Promise<void> {
    if ('goaway' in see) {
      await client.expect('Goaway', { code: see.goaway });
      await client.closed();
    } else if ('closed' in see) await client.closed();
    else if ('either' in see) await seeEither(client, see.either);
    else if ('malformed' in see) await this.#seeMalformed(client, path);
    else {
      if ('reset' in see) await client.expect('RstStream', { id: 1, code: see.reset });
      else if ('status' in see) assert.equal((await client.message(1)).fields[':status'], see.status);
      else if ('check' in see) await see.check(client, path, logged);
      else {
        await client.roundTrip();
        assert.equal(client.find('RstStream') ?? client.find('Goaway'), undefined, client.describe());
      }
      await checkGoesOn(client);
    }
  }

  async #seeMalformed(client: RawH2Client, path: string): Promise<void> {
    await client.expect('RstStream', { id: 1, code: 'PROTOCOL_ERROR' });
    const status = client.partial(1).fields[':status'] ?? '400';
    assert.equal(status, '400');
    await checkGoesOn(client);
    assert.ok(!this.#whole.has(path), 'the server got it');
  }

  /** Whatever happened to one client, the next is served. */
  async #checkNext(): Promise<void> {
    const next = await RawH2Client.connect(this.#proxy.port());
    get(next, '/next');
    assert.equal((await next.message(1)).fields[':status'], '200');
    next.destroy();
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = request.url ?? '';
    if (url.startsWith('/deaf')) return;
    const parts: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (chunk: Buffer) => void parts.push(chunk));
    request.on('end', () => {
      this.#whole.add(url);
      if (url.startsWith('/hold')) return;
      if (url.startsWith('/hop'))
        response.writeHead(200, [
          ...['Connection', 'keep-alive, x-hop', 'Keep-Alive', 'timeout=5', 'X-Hop', '1'],
          ...['Proxy-Connection', 'keep-alive', 'Upgrade', 'h2c', 'X-End', 'to-end', 'Transfer-Encoding', 'chunked'],
        ]);
      const large = /^\/large\/(\d+)/.exec(url);
      response.end(large === null ? echo(request, parts) : Buffer.alloc(Number(large[1]), 'l'));
    });
  }
}

function echo({ method, url, rawHeaders }: http.IncomingMessage, body: readonly Buffer[]): string {
  const lines = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}\n`] : []));
  return `${method} ${url}\n${lines.join('')}\n${Buffer.concat(body).toString('latin1')}`;
}

async function seeEither(client: RawH2Client, code: Codes): Promise<void> {
  await client.waitFor(`RST_STREAM or GOAWAY with ${String(code)}`, () => {
    return (client.find('RstStream', { code }) ?? client.find('Goaway', { code })) !== undefined;
  });
  if (client.find('Goaway') === undefined) await checkGoesOn(client);
  else await client.closed();
}

/** The connection has not ended: another request is answered. */
async function checkGoesOn(client: RawH2Client): Promise<void> {
  if (client.ending !== 'open') return; // A check has seen to it.
  get(client, '/goes-on', 2001);
  assert.equal((await client.message(2001)).fields[':status'], '200');
}

/** What holds for all that a server sends (RFC 9113 sections 3.4, 4.2, 5.1, 6.6). */
function checkFrames({ frames }: RawH2Client): void {
  if (frames.length > 0) assert.equal(frames[0]!.type, FrameType.Settings, 'SETTINGS come first');
  const opened = new Set<number>();
  for (const { type, flags, id, payload } of frames) {
    assert.ok(payload.length <= 16_384, `a frame of ${payload.length} bytes`);
    assert.notEqual(type, FrameType.PushPromise);
    assert.ok(type <= FrameType.Continuation, `a frame of type ${type}`);
    if (type === FrameType.WindowUpdate) assert.ok(payload.readUInt32BE(0) > 0, 'an increment of 0');
    if (type === FrameType.Settings && (flags & 1) !== 0) assert.equal(payload.length, 0);
    if (type === FrameType.Headers) opened.add(id);
    if (type === FrameType.Data) assert.ok(opened.has(id), `DATA of stream ${id} before its head`);
    if (type === FrameType.Goaway) assert.notEqual(codeName(payload.readUInt32BE(4)), 'INTERNAL_ERROR');
    if (type === FrameType.RstStream) assert.notEqual(codeName(payload.readUInt32BE(0)), 'INTERNAL_ERROR');
  }
}

function reasonOf({ see, log }: Must): string | undefined {
  if (log !== undefined) return log ?? undefined;
  if ('malformed' in see) return see.malformed;
  if ('goaway' in see) return see.goaway === 'ENHANCE_YOUR_CALM' ? 'client-flood' : 'protocol-error';
  return 'reset' in see || 'either' in see ? 'protocol-error' : undefined;
}
