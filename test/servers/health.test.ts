import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

import type { PosternStatus } from '../../src/control/controlled.ts';
import type { ServerEvent } from '../../src/control/events/server-event.ts';
import { addressOf, folderFor, run, start, until, type Running } from '../cli/command.ts';
import { needing } from '../harness/peers/needing.ts';
import { freePort } from '../harness/free-port.ts';
import { NginxServer } from './nginx-server.ts';

const nginx = needing('nginx');

type Server = PosternStatus['servers'][number];

/** Two real servers behind two threads, and somebody who is told of events. */
class Site {
  readonly servers: readonly NginxServer[];
  readonly events: ServerEvent[] = [];
  readonly cwd: string;
  running!: Running;
  url = '';

  constructor(cwd: string, servers: readonly NginxServer[]) {
    this.cwd = cwd;
    this.servers = servers;
  }

  static async start(t: TestContext, more = ''): Promise<Site> {
    const cwd = folderFor(t);
    const ports = [await freePort(), await freePort()];
    const site = new Site(cwd, await Promise.all(ports.map((port) => NginxServer.start(t, cwd, port))));
    const hook = await hookFor(t, site.events);
    site.write(hook, more);
    site.running = start(t, ['run'], { cwd });
    site.url = await addressOf(site.running);
    await site.settled('up', 'up');
    return site;
  }

  write(hook: string, more: string): void {
    const servers = this.servers.map(({ port }) => `http://127.0.0.1:${port}`);
    writeFileSync(
      join(this.cwd, 'postern.yaml'),
      `listeners: { web: { address: "127.0.0.1:0" } }
admin: { socket: ctl.sock }
threads: 2
routes: [{ to: app }]
pools:
  app:
    servers: [${servers.join(', ')}]
    timeouts: { firstByte: 20s }
    health: { path: /health, every: 1s, fastEvery: 100ms, downEvery: 100ms, rise: 2, fall: 3, expect: { body: well } }
${more}
events: { webhook: { url: "${hook}" } }
`,
    );
  }

  async status(): Promise<readonly Server[]> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    http
      .get({ socketPath: join(this.cwd, 'ctl.sock'), path: '/api/v1/status', agent: false }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => resolve(text));
      })
      .on('error', reject);
    return (JSON.parse(await promise) as PosternStatus).servers;
  }

  /** Waits until the checks have found out this. */
  async settled(...health: readonly string[]): Promise<readonly Server[]> {
    return await until(
      async () => {
        const servers = await this.status();
        return servers.every((server, i) => server.health === health[i]) ? servers : undefined;
      },
      () => `${health.join(', ')}: ${this.running.stderr().slice(-2000)}`,
    );
  }

  /** Many requests, each over a connection of its own, so that both threads have some. */
  async answers(count: number): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const response = await fetch(this.url, { headers: { connection: 'close' } });
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const text = response.status === 200 ? await response.text() : String(response.status);
      found.set(text, (found.get(text) ?? 0) + 1);
    }
    return found;
  }

  answer(i: number): string {
    return `nginx ${this.servers[i]!.port}`;
  }

  async heard(event: ServerEvent['event'], i: number): Promise<ServerEvent> {
    const port = String(this.servers[i]!.port);
    return await until(
      () => this.events.findLast((each) => each.event === event && each.server?.endsWith(port) === true),
      () => `${event} of ${port}`,
    );
  }
}

async function hookFor(t: TestContext, events: ServerEvent[]): Promise<string> {
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      events.push(JSON.parse(body) as ServerEvent);
      response.end();
    });
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

nginx.test(
  'a server that is killed, answers 500 or hangs gets no requests in any thread, and comes back',
  async (t) => {
    const site = await Site.start(t);
    const [first, second] = [site.servers[0]!, site.servers[1]!];
    assert.deepEqual(await site.answers(20), new Map([0, 1].map((i) => [site.answer(i), 10])));

    await first.kill();
    const [killed] = await site.settled('down', 'up');
    assert.equal(killed?.lastCheck?.why, 'connection refused');
    assert.deepEqual(await site.answers(20), new Map([[site.answer(1), 20]]));
    assert.equal((await site.heard('server-down', 0)).why, 'connection refused');

    await first.begin('return 500;');
    await until(
      async () => ((await site.status())[0]?.lastCheck?.why === 'answered 500, expected 200-399' ? true : undefined),
      () => 'a 500',
    );
    assert.equal((await site.status())[0]?.health, 'down');
    await first.kill();
    await first.begin();
    await site.settled('up', 'up');
    assert.deepEqual([...(await site.answers(20)).values()], [10, 10]);
    assert.equal((await site.heard('server-up', 0)).usable, 2);

    second.signal('SIGSTOP');
    const [, stopped] = await site.settled('up', 'down');
    assert.match(stopped?.lastCheck?.why ?? '', /^no (answer|connection) within 1 s$/);
    assert.deepEqual(await site.answers(20), new Map([[site.answer(0), 20]]));
    await first.kill();
    await site.settled('down', 'down');
    assert.deepEqual(await site.answers(4), new Map([['503', 4]]));
    assert.match(site.running.stderr(), /The pool app has no usable server/);
    second.signal('SIGCONT');
    await site.settled('down', 'up');
    assert.deepEqual(await site.answers(20), new Map([[site.answer(1), 20]]));
    await until(
      () => site.events.find(({ event }) => event === 'pool-up'),
      () => 'the end of it',
    );

    const { stdout } = await run(t, ['status', '--socket', 'ctl.sock'], { cwd: site.cwd });
    assert.match(stdout, /app +http:\/\/127\.0\.0\.1:\d+ +down +[\d.]+ m?s +1 +connection refused \([\d.]+ m?s\)/);
    const events = site.events.map(({ event }) => event);
    assert.equal(events.filter((event) => event === 'server-down').length, 3);
  },
);

nginx.test('states outlive a reload, and a server that is taken off the checks is used again', async (t) => {
  const site = await Site.start(t, '    activateBelow: 1');
  await site.servers[0]!.kill();
  const before = await site.settled('down', 'up');
  site.write('http://127.0.0.1:1/', '    activateBelow: 2');
  const { code } = await run(t, ['reload', '--socket', 'ctl.sock'], { cwd: site.cwd });
  assert.equal(code, 0);
  const after = await site.status();
  assert.deepEqual([after[0]?.health, after[0]?.since], ['down', before[0]?.since]);
  assert.ok((after[0]?.checks?.history.length ?? 0) >= (before[0]?.checks?.history.length ?? 0));
  assert.deepEqual(await site.answers(10), new Map([[site.answer(1), 10]]));
});
