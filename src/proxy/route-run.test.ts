import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProxyError } from '../core/errors.ts';
import { Headers } from '../core/headers.ts';
import type { Abortable, ProxyResponse, Reply } from './exchange.ts';
import { clientOf, exchangeOf, HandSource, headersOf, KeepReply, turns } from './fixtures.test.ts';
import type { Answer, Hooks, Verdict, Work } from './middleware/feature.ts';
import { plainRoute, type RoutePlan } from './plan.ts';
import { RouteRun } from './route-run.ts';

const route: RoutePlan = {
  name: 'route',
  hosts: [{ kind: 'any' }],
  path: { kind: 'folder', path: '/' },
  listeners: undefined,
  pool: 'pool',
  replacePrefix: undefined,
  ...plainRoute,
  hostHeader: { kind: 'preserve' },
  upgrade: [],
};

function answerOf(parts: Partial<ProxyResponse> = {}): ProxyResponse {
  return { status: 200, reason: '', headers: new Headers(), body: undefined, announcedLength: undefined, ...parts };
}

/** A run with these hooks; what happens is noted in order. */
class Scene {
  readonly events: string[] = [];
  readonly reply: KeepReply = new KeepReply();
  readonly bugs: unknown[] = [];
  readonly run: RouteRun;
  /** What the server's side is given to answer with. */
  through: Reply | undefined;

  constructor(
    hooks: readonly Hooks[],
    parts: { route?: RoutePlan; exchange?: ReturnType<typeof exchangeOf>; forward?: (reply: Reply) => void } = {},
  ) {
    const exchange = parts.exchange ?? exchangeOf();
    const used = parts.route ?? route;
    exchange.route = used;
    const { path, query } = exchange.target;
    const request = hooks.filter((each): each is Hooks & Required<Pick<Hooks, 'request'>> => !!each.request);
    const response = hooks.filter((each): each is Hooks & Required<Pick<Hooks, 'response'>> => !!each.response);
    this.run = new RouteRun(
      {
        exchange,
        reply: this.reply,
        route: used,
        hooks: { request, response: response.toReversed(), names: { request: [], response: [] } },
      },
      {
        prepare: () => ({
          exchange,
          reply: this.reply,
          path,
          query,
          host: undefined,
          headers: headersOf(['X-Sent', '1']),
          expectContinue: exchange.expectContinue,
          body: undefined,
        }),
        forward: (work, reply): Abortable => {
          this.events.push(`forward ${work.path}`);
          this.through = reply;
          parts.forward?.(reply);
          return { abort: (error) => this.events.push(`abort ${error.code}`) };
        },
        bug: (error) => this.bugs.push(error),
      },
    );
  }

  start(): this {
    this.run.start();
    return this;
  }

  /** Hooks that note their names, and answer with these. */
  static hooks(events: string[], name: string, verdict?: Verdict | Promise<Verdict>): Hooks {
    return {
      request: () => {
        events.push(`request ${name}`);
        return verdict;
      },
      response: () => void events.push(`response ${name}`),
    };
  }
}

/** Something that is waited for. */
function gate<T>(): { promise: Promise<T>; open: (value: T) => void; fail: (error: Error) => void } {
  return (({ promise, resolve, reject }) => ({ promise, open: resolve, fail: reject }))(Promise.withResolvers<T>());
}

test('requests go through the features in their order, answers in the reverse', () => {
  const events: string[] = [];
  const hooks = ['a', 'b', 'c'].map((name) => Scene.hooks(events, name));
  const scene = new Scene(hooks, { forward: (reply) => reply.respond(answerOf({ status: 201 })) }).start();
  assert.deepEqual(events, ['request a', 'request b', 'request c', 'response c', 'response b', 'response a']);
  assert.deepEqual(scene.events, ['forward /']);
  assert.deepEqual(scene.reply.events, ['respond 201']);
});

test('a feature that answers is the last to be asked, and its answer passes the response hooks of all', () => {
  const events: string[] = [];
  const body = new HandSource(2);
  const hooks = [
    Scene.hooks(events, 'a'),
    Scene.hooks(events, 'b', answerOf({ status: 403, body })),
    Scene.hooks(events, 'c'),
  ];
  const scene = new Scene(hooks).start();
  assert.deepEqual(events, ['request a', 'request b', 'response c', 'response b', 'response a']);
  assert.deepEqual(scene.events, [], 'no server was asked');
  assert.deepEqual(scene.reply.events, ['respond 403']);
  assert.deepEqual(body.events, ['start']);
});

test('what hooks change is what the server gets and the client sees; an own answer says so, with its code', () => {
  const seen: Answer[] = [];
  const change: Hooks = {
    request: (work: Work) => {
      work.path = '/changed';
      return undefined;
    },
    response: (answer: Answer, work: Work) => {
      seen.push({ ...answer });
      answer.status = 299;
      answer.headers.add('X-Seen', work.path);
    },
  };
  const scene = new Scene([change], { forward: (reply) => reply.fail(new ProxyError('server-refused', 'x')) }).start();
  assert.deepEqual(scene.events, ['forward /changed']);
  assert.equal(scene.reply.response!.status, 299);
  assert.equal(scene.reply.response!.headers.get('X-Seen'), '/changed');
  assert.deepEqual([seen[0]!.status, seen[0]!.own, seen[0]!.code], [502, true, 'server-refused']);
  const server = new Scene([change], { forward: (reply) => reply.respond(answerOf()) }).start();
  assert.deepEqual([seen[1]!.own, seen[1]!.code], [false, undefined]);
  assert.equal(server.reply.response!.status, 299);
});

test('failures have their reason in the log whether a feature or a server caused them; those without a status close', () => {
  const denied = { request: () => new ProxyError('address-denied', 'no') };
  const exchange = exchangeOf();
  const scene = new Scene([denied], { exchange }).start();
  assert.deepEqual(scene.reply.events, ['respond 403']);
  assert.equal(exchange.reason, 'address-denied');
  const gone = new Scene([{}], { forward: (reply) => reply.fail(new ProxyError('client-abort', 'x')) }).start();
  assert.deepEqual(gone.reply.events, ['fail client-abort']);
});

test('a promise is waited for, in requests and in answers, and the order stays', async () => {
  const events: string[] = [];
  const asked = gate<Verdict>();
  const answered = gate<void>();
  const slow: Hooks = {
    request: () => asked.promise,
    response: () => {
      events.push('response slow');
      return answered.promise;
    },
  };
  const hooks = [Scene.hooks(events, 'a'), slow, Scene.hooks(events, 'c')];
  const scene = new Scene(hooks, { forward: (reply) => reply.respond(answerOf()) }).start();
  await turns();
  assert.deepEqual([events, scene.events], [['request a'], []]);
  asked.open(undefined);
  await turns();
  assert.deepEqual(events, ['request a', 'request c', 'response c', 'response slow']);
  assert.deepEqual(scene.reply.events, []);
  answered.open();
  await turns();
  assert.deepEqual(events.slice(-1), ['response a']);
  assert.deepEqual(scene.reply.events, ['respond 200']);
});

test('a promise may bring an answer or a failure', async () => {
  for (const [verdict, told] of [
    [answerOf({ status: 302 }), 'respond 302'],
    [new ProxyError('unauthorized', 'no'), 'respond 401'],
  ] as const) {
    const scene = new Scene([{ request: () => Promise.resolve(verdict) }]).start();
    await turns();
    assert.deepEqual([scene.reply.events, scene.events], [[told], []]);
  }
});

test('aborted while a feature is waited for: no server is asked, nothing is said, and an answer that comes is cancelled', async () => {
  const error = new ProxyError('client-abort', 'x');
  const body = new HandSource(1);
  for (const verdict of [undefined, new ProxyError('unauthorized', 'x'), answerOf({ body })]) {
    const wait = gate<Verdict>();
    const scene = new Scene([{ request: () => wait.promise }]).start();
    scene.run.abort(error);
    wait.open(verdict);
    await turns();
    assert.deepEqual([scene.reply.events, scene.events, scene.bugs], [[], [], []]);
  }
  assert.deepEqual(body.events, ['cancel client-abort']);
});

test('aborted while an answer is being changed: the server is told, and the body is cancelled when the wait is over', async () => {
  for (const end of ['open', 'fail'] as const) {
    const wait = gate<void>();
    const body = new HandSource(1);
    const scene = new Scene([{ response: () => wait.promise }]).start();
    scene.through!.respond(answerOf({ body }));
    scene.run.abort(new ProxyError('client-abort', 'x'));
    wait[end](new Error('late') as never);
    await turns();
    assert.deepEqual(scene.events, ['forward /', 'abort client-abort']);
    assert.deepEqual(scene.reply.events, []);
    assert.deepEqual(body.events, ['cancel client-abort']);
  }
});

test('aborted while the server works: it is told once, and what it still says is dropped', () => {
  const scene = new Scene([{}]).start();
  scene.run.abort(new ProxyError('client-abort', 'x'));
  scene.run.abort(new ProxyError('client-abort', 'x'));
  const body = new HandSource(1);
  scene.through!.respond(answerOf({ body }));
  scene.through!.fail(new ProxyError('server-reset', 'x'));
  assert.deepEqual(scene.events, ['forward /', 'abort client-abort']);
  assert.deepEqual(scene.reply.events, []);
  assert.deepEqual(body.events, ['cancel client-abort']);
});

test('a hook that throws or rejects is a defect: told of, answered with 500, which passes the response hooks', async () => {
  const error = new Error('defect');
  const events: string[] = [];
  for (const request of [
    (): Verdict => {
      throw error;
    },
    (): Promise<Verdict> => Promise.reject(error),
  ]) {
    const scene = new Scene([Scene.hooks(events, 'a'), { request }]).start();
    await turns();
    assert.deepEqual(scene.bugs, [error]);
    assert.deepEqual(scene.reply.events, ['respond 500']);
  }
  assert.deepEqual(events, ['request a', 'response a', 'request a', 'response a']);
});

test('a response hook that throws or rejects: the answer is cancelled, and the plain 500 goes past all hooks', async () => {
  for (const response of [
    (): void => {
      throw new Error('defect');
    },
    (): Promise<void> => Promise.reject(new Error('defect')),
  ]) {
    const events: string[] = [];
    const body = new HandSource(3);
    const scene = new Scene([Scene.hooks(events, 'a'), { response }], {
      forward: (reply) => reply.respond(answerOf({ body })),
    }).start();
    await turns();
    assert.equal(scene.bugs.length, 1);
    assert.deepEqual(scene.reply.events, ['fail internal-error']);
    assert.deepEqual(events, ['request a']);
    assert.deepEqual(body.events, ['cancel client-abort']);
  }
});

test('a 101 is not for features; 1xx go through', () => {
  const events: string[] = [];
  const scene = new Scene([Scene.hooks(events, 'a')]).start();
  scene.through!.inform(103, new Headers());
  const body = new HandSource();
  scene.through!.respond(answerOf({ status: 101, body, upgrade: 'websocket' }));
  assert.deepEqual(scene.reply.events, ['inform 103', 'respond 101']);
  assert.equal(scene.reply.response!.upgrade, 'websocket');
  assert.deepEqual(events, ['request a']);
});

test('a second answer is cancelled, a failure behind the first goes on to close the connection', () => {
  const scene = new Scene([{}]).start();
  scene.through!.respond(answerOf());
  const body = new HandSource(1);
  scene.through!.respond(answerOf({ body }));
  scene.through!.fail(new ProxyError('server-reset', 'x'));
  assert.deepEqual(scene.reply.events, ['respond 200', 'fail server-reset']);
  assert.deepEqual(body.events, ['cancel client-abort']);
});

test('a server that fails while its answer is being changed: the client gets the failure, and the answer is not sent behind it', async () => {
  const wait = gate<void>();
  const scene = new Scene([{ response: () => wait.promise }]).start();
  const body = new HandSource(1);
  scene.through!.respond(answerOf({ body }));
  scene.through!.fail(new ProxyError('server-reset', 'x'));
  assert.deepEqual(scene.reply.events, ['fail server-reset']);
  wait.open();
  await turns();
  assert.deepEqual(scene.reply.events, ['fail server-reset']);
  assert.deepEqual(body.events, ['cancel client-abort']);
});

test('what a route asks of the way the client came by is judged first, and its answer passes the response hooks', () => {
  const events: string[] = [];
  const only: RoutePlan = {
    ...route,
    transport: { https: 'redirect', httpsPort: 443, hsts: 'max-age=1', clientCertificate: 'ignore' },
  };
  const scene = new Scene([Scene.hooks(events, 'a')], { route: only }).start();
  assert.deepEqual(scene.reply.events, ['respond 308']);
  assert.equal(scene.reply.response!.headers.get('Strict-Transport-Security'), undefined);
  assert.deepEqual(events, ['response a']);
  const secure = exchangeOf({ scheme: 'https', client: clientOf() });
  const second = new Scene([], {
    route: only,
    exchange: secure,
    forward: (reply) => reply.respond(answerOf()),
  }).start();
  assert.equal(second.reply.response!.headers.get('Strict-Transport-Security'), 'max-age=1');
});
