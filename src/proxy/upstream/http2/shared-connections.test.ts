import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError } from '../../../core/errors.ts';
import { poolPlan, TestEnv, turns } from '../../fixtures.test.ts';
import { plainProtocol, type PoolPlan, type ProtocolPlan } from '../../pool-plan.ts';
import type { Carrier } from '../connection-user.ts';
import type { DialedSocket, Protocol } from '../dial.ts';
import { plainWish } from '../fixtures.test.ts';
import { SharedConnections, type SharedOwner } from './shared-connections.ts';

interface Dial {
  readonly offers: readonly Protocol[];
  readonly connectMs: number | undefined;
  readonly done: (result: DialedSocket | ProxyError) => void;
  givenUp: boolean;
}

/** A server whose dials are the test's. It can choose HTTP/1 only: what HTTP/2 needs is tried with sockets elsewhere. */
class Owner implements SharedOwner {
  readonly plan: PoolPlan;
  readonly dials: Dial[] = [];
  /** Connections of HTTP/1, by the number of their dial. */
  readonly adopted: Carrier[] = [];

  constructor(protocol: Partial<ProtocolPlan> = {}) {
    this.plan = poolPlan([], { protocol: { ...plainProtocol, ...protocol } });
  }

  dial(connectMs: number | undefined, offers: readonly Protocol[], done: Dial['done']): () => void {
    const dial: Dial = { connectMs, offers, done, givenUp: false };
    this.dials.push(dial);
    return () => (dial.givenUp = true);
  }

  adoptHttp1(): Carrier {
    const carrier = { abandon: () => undefined } as unknown as Carrier;
    this.adopted.push(carrier);
    return carrier;
  }

  connectHttp1(): () => void {
    return () => undefined;
  }

  opened(): void {}
  gone(): void {}

  mayKeep(): boolean {
    return true;
  }
}

const http1 = { socket: { alpnProtocol: 'http/1.1' }, onBytes: () => true } as unknown as DialedSocket;
const refused = new ProxyError('server-refused', 'Cannot connect');

interface Asked {
  readonly giveUp: () => void;
  result: Carrier | ProxyError | undefined;
}

function world(protocol: Partial<ProtocolPlan> = {}): {
  env: TestEnv;
  owner: Owner;
  shared: SharedConnections;
  ask: (wish?: Partial<typeof plainWish>) => Asked;
} {
  const env = new TestEnv();
  const owner = new Owner(protocol);
  const shared = new SharedConnections(owner, env);
  const ask = (wish = {}): Asked => {
    const asked: Asked = {
      result: undefined,
      giveUp: shared.wait({ ...plainWish, ...wish }, (result) => (asked.result = result)),
    };
    return asked;
  };
  return { env, owner, shared, ask };
}

test('all who ask wait for one dial, whose failure is that of all', () => {
  const { owner, ask } = world();
  const asked = [ask(), ask(), ask({ upgrade: true })];
  assert.equal(owner.dials.length, 1);
  assert.deepEqual(owner.dials[0]!.offers, ['h2', 'http/1.1']);
  owner.dials[0]!.done(refused);
  assert.ok(asked.every(({ result }) => result === refused));
  ask();
  assert.equal(owner.dials.length, 2);
});

test('a server that chooses HTTP/1 gives the first its connection, and the others dial, then and later', () => {
  const { owner, ask } = world();
  const asked = [ask(), ask(), ask()];
  owner.dials[0]!.done(http1);
  assert.equal(asked[0]!.result, owner.adopted[0]);
  assert.equal(owner.dials.length, 3);
  owner.dials[2]!.done(http1);
  assert.equal(asked[2]!.result, owner.adopted[1]);
  asked[1]!.giveUp();
  assert.ok(owner.dials[1]!.givenUp);
  const [later, last] = [ask(), ask()];
  assert.equal(owner.dials.length, 5);
  owner.dials[3]!.done(refused);
  assert.equal(later.result, refused);
  owner.dials[4]!.done(http1);
  assert.equal(last.result, owner.adopted[2]);
  assert.deepEqual(
    owner.dials.map(({ offers }) => offers.length),
    [2, 2, 2, 2, 2], // It may learn HTTP/2.
  );
});

test('the dial is given up when nobody waits for it any more, and not before', () => {
  const { owner, ask } = world();
  const [a, b] = [ask(), ask()];
  a.giveUp();
  assert.equal(owner.dials[0]!.givenUp, false);
  b.giveUp();
  assert.equal(owner.dials[0]!.givenUp, true);
  assert.deepEqual([a.result, b.result], [undefined, undefined]);
  ask();
  assert.equal(owner.dials.length, 2);
});

test('nobody waits longer than its own time, and the others go on', () => {
  const { env, owner, ask } = world();
  const [patient, hasty] = [ask({ connectMs: 5000 }), ask({ connectMs: 300 })];
  env.pass(600);
  assert.equal(hasty.result instanceof ProxyError && hasty.result.code, 'server-connect-timeout');
  assert.equal(patient.result, undefined);
  assert.equal(owner.dials[0]!.givenUp, false);
  owner.dials[0]!.done(http1);
  assert.equal(patient.result, owner.adopted[0]);
  env.pass(10_000);
  assert.equal(env.wheel.size, 0);
  assert.deepEqual(env.bugs, []);
});

test('who waits fits onto the connection that is being opened, up to its streams', () => {
  const { shared, ask } = world({ version: 'http2', maxStreams: 2 });
  assert.equal(shared.roomy, false);
  ask();
  assert.equal(shared.roomy, true);
  ask();
  assert.equal(shared.roomy, false);
});

test('a connection that nobody waits for any more goes back', async () => {
  const { owner, ask } = world();
  const asked = ask();
  asked.giveUp();
  owner.dials[0]!.done(http1); // It was there in the same moment.
  await turns();
  assert.equal(asked.result, undefined);
  assert.equal(owner.adopted.length, 1);
});
