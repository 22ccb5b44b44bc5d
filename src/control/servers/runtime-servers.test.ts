import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { systemClock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { readConfigText } from '../config/load-config.ts';
import type { LoadedConfig } from '../config/load-result.ts';
import { keepParts } from '../keep-parts.ts';
import { ownDns, srv, type OwnDns, type Zone } from '../names/fixtures.test.ts';
import type { ServerCommand } from './decide-command.ts';
import { RuntimeServers, type SplitWeights } from './runtime-servers.ts';
import { ServerBoard } from './server-board.ts';
import { ServerFinder } from './server-finder.ts';
import { SplitBoard } from './split-board.ts';
import { StateKeeper } from './state-keeper.ts';

const [a, b, c] = ['http://10.0.0.1:80', 'http://10.0.0.2:81', 'http://10.0.0.3:82'].map((url) =>
  url.replace(':80', ''),
) as [string, string, string];

async function configOf(servers: string, more = ''): Promise<LoadedConfig> {
  const text = `listeners: { web: { address: ":8080" } }
routes: [{ to: app }]
pools: { app: { servers: ${servers} } }
${more}`;
  const config = await readConfigText(text, '/nowhere/postern.yaml', { environment: {}, instance: 'test' });
  assert.ok(config.ok, JSON.stringify(config));
  return config;
}

async function splitConfig(routes: string): Promise<LoadedConfig> {
  const pools = ['stable', 'canary', 'other'].map((name, i) => `${name}: { servers: ["http://10.0.0.${i + 1}"] }`);
  const text = `listeners: { web: { address: ":8080" } }\n${routes}\npools: { ${pools.join(', ')} }\n`;
  const config = await readConfigText(text, '/nowhere/postern.yaml', { environment: {}, instance: 'test' });
  assert.ok(config.ok, JSON.stringify(config));
  return config;
}

/** What is there of a Postern, without any traffic. */
class Control {
  readonly board: ServerBoard = new ServerBoard(1);
  readonly splits: SplitBoard = new SplitBoard();
  readonly lines: string[] = [];
  readonly events: string[] = [];
  readonly cut: string[] = [];
  readonly servers: RuntimeServers;
  config!: LoadedConfig;
  /** Plans that were put in force. */
  puts = 0;
  failure: Error | undefined;

  constructor() {
    const say = (message: string): void => void this.lines.push(message);
    const log: Logger = { debug: () => {}, info: say, warn: say, error: say };
    this.servers = new RuntimeServers({
      board: this.board,
      splits: this.splits,
      clock: systemClock,
      log,
      keeper: new StateKeeper(log, () => undefined),
      finder: new ServerFinder({ clock: systemClock, log }),
      cut: async ({ server }) => void this.cut.push(server),
      note: (event, { server }, why) => this.events.push(`${event} ${server}: ${why}`),
    });
    this.servers.attach({
      config: () => this.config,
      busy: () => undefined,
      run: async (job) => await job(),
      put: async (next) => {
        this.puts += 1;
        if (this.failure !== undefined) throw this.failure;
        this.#put(keepParts(this.config, next));
      },
    });
  }

  static async start(t: TestContext, config: LoadedConfig): Promise<Control> {
    const control = new Control();
    t.after(() => control.servers.stop());
    control.#put(await control.servers.begin(config));
    return control;
  }

  async reload(config: LoadedConfig): Promise<void> {
    this.#put(keepParts(this.config, await this.servers.over(config)));
  }

  async say(command: ServerCommand): Promise<string> {
    const result = await this.servers.change(command, 'a test');
    if (!result.ok) return `${result.why}: ${result.message}`;
    return result.changed ? 'changed' : 'as before';
  }

  get names(): readonly string[] {
    return this.config.plan.pools[0]!.servers.map(({ name }) => name);
  }

  #put(config: LoadedConfig): void {
    this.config = config;
    this.board.rowsOf(config.plan);
    this.board.keep(config.plan);
    this.splits.rowsOf(config.plan);
    this.splits.keep(config.plan);
    this.servers.follow(config);
  }
}

test('servers come and go beside the config, and what stays is the very same', async (t) => {
  const control = await Control.start(t, await configOf(`[${a}, ${b}]`, 'grace: 1s'));
  const { routes } = control.config.plan;
  const before = control.config.plan.pools[0]!.servers[1];
  assert.equal(await control.say({ do: 'add', pool: 'app', server: { url: c, weight: 4 } }), 'changed');
  assert.equal(await control.say({ do: 'remove', pool: 'app', server: '10.0.0.1' }), 'changed');
  assert.deepEqual(control.names, [b, c]);
  assert.equal(control.config.plan.pools[0]!.servers[0], before);
  assert.equal(control.config.plan.pools[0]!.servers[1]?.weight, 4);
  assert.equal(control.config.plan.routes, routes);
  assert.deepEqual(control.events, [`server-added ${c}: a test`, `server-removed ${a}: a test`]);
  assert.equal(await control.say({ do: 'add', pool: 'app', server: { url: a } }), 'changed');
  assert.equal(await control.say({ do: 'remove', pool: 'app', server: c }), 'changed');
  assert.deepEqual(control.names, [a, b]);
  assert.deepEqual(control.servers.state.changes, []);
});

test('weights, bounds and what operators want are told to the board', async (t) => {
  const control = await Control.start(t, await configOf(`[${a}, { url: ${b}, maxRequests: 7 }]`));
  const puts = control.puts;
  const name = { pool: 'app', server: a };
  assert.equal(await control.say({ do: 'weight', ...name, weight: 9 }), 'changed');
  assert.equal(await control.say({ do: 'weight', ...name, weight: 9 }), 'as before');
  assert.equal(await control.say({ do: 'drain', ...name }), 'changed');
  assert.equal(control.puts, puts, 'no plan is needed for that');
  assert.deepEqual([control.board.get(name)?.operator, control.board.get(name)?.weight], ['drain', 9]);
  assert.equal(await control.say({ do: 'limit', pool: 'app', server: b, limits: { maxConnections: 3 } }), 'changed');
  assert.deepEqual(control.config.plan.pools[0]!.servers[1]?.limits, { maxRequests: 7, maxConnections: 3 });
  assert.equal(await control.say({ do: 'ready', ...name }), 'changed');
  assert.equal(await control.say({ do: 'weight', ...name, weight: 1 }), 'changed');
  assert.equal(await control.say({ do: 'reset' }), 'changed');
  assert.equal(await control.say({ do: 'reset' }), 'as before');
  assert.deepEqual(control.config.plan.pools[0]!.servers[1]?.limits, { maxRequests: 7, maxConnections: 0 });
  assert.deepEqual([control.board.get(name)?.operator, control.board.get(name)?.weight], ['ready', undefined]);
});

test('what cannot be is refused in words, and changes nothing', async (t) => {
  const control = await Control.start(t, await configOf(`[${a}]`));
  const refusals: readonly [ServerCommand, RegExp][] = [
    [{ do: 'drain', pool: 'x', server: a }, /^unknown: Cannot find the pool "x": there are app$/],
    [{ do: 'drain', pool: 'app', server: b }, /^unknown: Cannot find the server/],
    [{ do: 'remove', pool: 'app', server: a }, /^conflict: Cannot remove the last server of the pool app/],
    [{ do: 'add', pool: 'app', server: { url: a } }, /^conflict: .* has it already$/],
    [{ do: 'add', pool: 'app', server: { url: `${b}/path` } }, /^wrong: Cannot add this server: .*no path/],
    [{ do: 'add', pool: 'app', server: { url: 'srv+http://a.b' } }, /^wrong: .* belong in the config$/],
    [
      { do: 'add', pool: 'app', server: { url: 'h2c://10.0.0.9' } },
      /^conflict: .*does not speak HTTP\/2 .*protocol: http2/,
    ],
    [{ do: 'add', pool: 'app', server: { url: b, backup: true, group: 3 } }, /^wrong: .*group/],
    [{ do: 'reset', server: a }, /^wrong: .*its pool is missing$/],
  ];
  for (const [command, message] of refusals) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.match(await control.say(command), message);
  }
  control.failure = new Error('Cannot put it in force: planted');
  assert.match(await control.say({ do: 'add', pool: 'app', server: { url: b } }), /^failed: .*planted$/);
  assert.deepEqual([control.names, control.servers.state.changes], [[a], []]);
});

test('a pool that speaks HTTP/2 takes servers as h2c:// and as http://', async (t) => {
  const control = await Control.start(t, await configOf('["h2c://10.0.0.1"]'));
  for (const url of ['h2c://10.0.0.2:50051', 'http://10.0.0.3:50051']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.match(await control.say({ do: 'add', pool: 'app', server: { url } }), /^changed/);
  }
  assert.deepEqual(control.names, ['h2c://10.0.0.1', 'h2c://10.0.0.2:50051', 'http://10.0.0.3:50051']);
  assert.equal(control.config.plan.pools[0]!.protocol?.version, 'http2');
});

test('a reload changes what is below, and forgets what does not fit it any more', async (t) => {
  const control = await Control.start(t, await configOf(`[${a}, ${b}]`));
  await control.say({ do: 'add', pool: 'app', server: { url: c } });
  await control.say({ do: 'maint', pool: 'app', server: b });
  await control.reload(await configOf(`[${a}, ${b}]`, 'grace: 7s'));
  assert.deepEqual(control.names, [a, b, c]);
  assert.equal(control.board.get({ pool: 'app', server: b })?.operator, 'maint');
  await control.reload(await configOf(`[${a}, ${c}]`));
  assert.deepEqual(control.names, [a, c]);
  assert.deepEqual(control.servers.state.changes, []);
  assert.deepEqual(
    control.lines.filter((line) => line.includes('was')),
    [
      `The server ${c} was added: the config has it now`,
      `Forgot what was said of the server ${b} (in maintenance): the config does not have it any more`,
    ],
  );
});

test('only what gets nothing new is closed', async (t) => {
  const control = await Control.start(t, await configOf(`[${a}, ${b}]`));
  assert.match(JSON.stringify(await control.servers.cut('app', a, 'a test')), /it is ready; drain it first/);
  await control.say({ do: 'drain', pool: 'app', server: a });
  assert.deepEqual(await control.servers.cut('app', a, 'a test'), {
    pool: 'app',
    server: a,
    operator: 'drain',
    weight: 1,
    exchanges: 0,
  });
  assert.deepEqual(control.cut, [a]);
});

test('splits get other weights, which stay as long as their pools do', async (t) => {
  const split = (pools: string): Promise<LoadedConfig> =>
    splitConfig(`routes: [{ name: www, to: [{ pool: stable, weight: 95 }, { pool: ${pools}, weight: 5 }] }]`);
  const control = await Control.start(t, await split('canary'));
  const set = async (weights: SplitWeights | undefined): Promise<string> => {
    const result = await control.servers.setSplit('www', weights, 'a test');
    if (!result.ok) return `${result.why}: ${result.message}`;
    return result.split.shares.map(({ pool, weight }) => `${pool} ${weight}`).join(', ');
  };
  assert.equal(await set([80, 20]), 'stable 80, canary 20');
  assert.equal(await set({ canary: 50 }), 'stable 80, canary 50', 'what is not named stays');
  assert.match(await set([1, 2, 3]), /^wrong: Cannot use 3 weights: the split has 2 pools \(stable, canary\)$/);
  assert.match(await set({ other: 1 }), /^wrong: .*other is none of its pools/);
  assert.match(await set([0, 0]), /^wrong: .*all weights would be 0/);
  assert.match(JSON.stringify(await control.servers.setSplit('x', [1, 1], 'a test')), /"why":"unknown"/);
  assert.deepEqual(control.servers.state.splits, [{ route: 'www', weights: { stable: 80, canary: 50 } }]);
  await control.reload(await split('canary'));
  assert.equal(control.servers.splits[0]?.shares[1]?.weight, 50);
  await control.reload(await split('other'));
  assert.deepEqual(control.servers.state.splits, []);
  assert.match(control.lines.join(), /Forgot what was said of the split of www: it has other pools now, or is gone/);
  assert.equal(await set(undefined), 'stable 95, other 5');
});

test('names of the config become the servers that DNS says, and follow it', async (t) => {
  const record = '_http._tcp.app.test';
  const zone: Zone = new Map([
    ['A app.test', [{ type: 'A', name: 'app.test', ttl: 1, data: '10.1.0.1' }]],
    [`SRV ${record}`, [srv(record, '1 5 80 x.test'), srv(record, '2 1 81 y.test')]],
  ]);
  const dns: OwnDns = await ownDns(t, zone);
  const servers = `[{ url: "http://app.test:8080", resolve: all }, "srv+http://${record}", ${a}]`;
  const config = await configOf(servers, `dns: { servers: ["${dns.server}"], hostsFile: /dev/null }`);
  const control = await Control.start(t, config);
  const found = () => control.config.plan.pools[0]!.servers.map(({ name, weight, group }) => [name, weight, group]);
  assert.deepEqual(found(), [
    [a, 1, 0],
    ['http://10.1.0.1:8080', 1, 0],
    ['http://x.test', 5, 0],
    ['http://y.test:81', 1, 1],
  ]);
  await control.say({ do: 'drain', pool: 'app', server: 'http://x.test' });

  zone.set(`SRV ${record}`, [srv(record, '1 5 80 x.test'), srv(record, '1 7 82 z.test')]);
  for (let i = 0; i < 500 && control.names.includes('http://y.test:81'); i++) {
    // oxlint-disable-next-line no-await-in-loop -- it looks again and again
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.deepEqual(found().slice(2), [
    ['http://x.test', 5, 0],
    ['http://z.test:82', 7, 0],
  ]);
  assert.equal(control.board.get({ pool: 'app', server: 'http://x.test' })?.operator, 'drain');
  assert.ok(control.events.some((event) => event.startsWith(`server-added http://z.test:82: DNS: ${record}`)));

  // A DNS server that knows nothing any more takes nothing away.
  const before = dns.asked.length;
  zone.set(`SRV ${record}`, 'servfail');
  for (let i = 0; i < 500 && dns.asked.slice(before).filter((each) => each.includes('SRV')).length < 2; i++) {
    // oxlint-disable-next-line no-await-in-loop -- it looks again and again
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.ok(control.names.includes('http://z.test:82'));
});
