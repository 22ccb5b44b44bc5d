import assert from 'node:assert/strict';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

import { Pattern } from '../harness/pattern.ts';
import { proxyTest, type World } from '../harness/proxy-test.ts';
import { mixes, streamSite, type Mix, type StreamScript, type StreamSite } from '../harness/streams.ts';
import { turns, until } from '../harness/until.ts';

const MB = 1_000_000;
const pieceBytes = 65_537;

/** Generous: clients, servers and the proxy are in this process, with garbage of them all. */
const memoryBytes = 150 * MB;

/** How fast one side of a body is. `late` does nothing until its other side is backed up, and then sips. */
type Pace = 'fast' | 'slow' | 'late';

/** One body that is written on one side of the proxy and read on the other. */
class Flow {
  readonly length: number;
  readonly #pattern: Pattern = new Pattern();
  #sent = 0;

  constructor(length: number) {
    this.length = length;
  }

  /** Bytes that are on their way. */
  get between(): number {
    return this.#sent - this.#pattern.seen;
  }

  /** Writes all of it, and ends. */
  async pour(to: Writable, pace: Pace = 'fast'): Promise<void> {
    while (this.#sent < this.length && !to.destroyed) {
      const piece = this.#pattern.at(this.#sent, Math.min(pieceBytes, this.length - this.#sent));
      this.#sent += piece.length;
      if (!to.write(piece)) await roomIn(to);
      if (pace !== 'fast') await turns(3);
    }
    to.end();
  }

  /** Reads all of it, and checks each byte. */
  async drink(from: Readable, pace: Pace = 'fast'): Promise<void> {
    if (pace === 'late') await this.backedUp();
    for await (const chunk of from) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no encoding was set
      this.#pattern.check(chunk as Buffer);
      if (pace !== 'fast') await turns(3);
    }
    assert.equal(this.#pattern.seen, this.length);
  }

  /** Waits until its writer gets no further. */
  async backedUp(): Promise<void> {
    let [last, same] = [0, 0];
    await until('back-pressure', () => {
      same = this.#sent === last ? same + 1 : 0;
      last = this.#sent;
      return last > 0 && same > 20;
    });
    assert.ok(last < this.length, `all of ${this.length} bytes went out, and nobody has read any`);
  }
}

/** Ends also where nobody will read on. */
function roomIn(to: Writable): Promise<void> {
  return new Promise((resolve) => {
    const over = (): void => {
      to.off('drain', over).off('close', over);
      resolve();
    };
    to.on('drain', over).on('close', over);
    if (to.destroyed) over();
  });
}

interface Paces {
  readonly writer: Pace;
  readonly reader: Pace;
}

/** A server that sends or reads the flow that a path names: `/down/a` or `/up/a`. */
function flowScript(flows: ReadonlyMap<string, Flow>, { writer, reader }: Paces, failures: unknown[]): StreamScript {
  return (path, body, answer) => {
    const [, way = '', name = ''] = path.split('/');
    const flow = flows.get(name)!;
    const done =
      way === 'up' ? flow.drink(body, reader).then(() => void answer.end('taken')) : flow.pour(answer, writer);
    if (way === 'down') body.resume();
    done.catch((error: unknown) => failures.push(error));
  };
}

/** One body through a proxy, up as that of a request or down as that of an answer. */
async function through(world: World, mix: Mix, way: 'up' | 'down', length: number, paces: Paces): Promise<void> {
  const flow = new Flow(length);
  const failures: unknown[] = [];
  const site = await streamSite(world, mix, flowScript(new Map([['a', flow]]), paces, failures));
  const before = process.memoryUsage.rss();
  const { body, answer } = site.open(`/${way}/a`);
  const most = watchMemory(world);
  if (way === 'up') {
    await Promise.all([
      flow.pour(body, paces.writer),
      answer.then(async (reply) => assert.equal(await text(reply), 'taken')),
    ]);
  } else {
    body.end();
    await flow.drink(await answer, paces.reader);
  }
  assert.deepEqual(failures, []);
  const grown = most() - before;
  assert.ok(grown < memoryBytes, `${grown} bytes more memory`);
}

/** @returns the most that the process has had resident since. */
function watchMemory(world: World): () => number {
  let most = 0;
  const look = (): void => void (most = Math.max(most, process.memoryUsage.rss()));
  const timer = setInterval(look, 20);
  world.after(() => clearInterval(timer));
  return () => {
    look();
    return most;
  };
}

for (const mix of mixes) {
  const name = `${mix[0]} to ${mix[1]}`;

  proxyTest(`${name}: events arrive one by one while the server holds the stream`, async (world) => {
    const events = 50;
    let next: (() => void) | undefined;
    const site = await streamSite(world, mix, (_, body, answer) => {
      body.resume();
      let sent = 0;
      next = () => void answer.write(`data: ${++sent}\n\n`);
      next();
    });
    const { body, answer } = site.open('/events');
    body.end();
    let heard = '';
    (await answer).setEncoding('utf8').on('data', (piece: string) => (heard += piece));
    for (let event = 1; event <= events; event++) {
      // The next one is not written before this one is here.
      await until(`event ${event}`, () => heard.endsWith(`data: ${event}\n\n`));
      next!();
    }
    await until('the last event', () => heard.endsWith(`data: ${events + 1}\n\n`));
  });

  proxyTest(`${name}: pieces of a request arrive one by one, each with an answer before the next`, async (world) => {
    const site = await streamSite(world, mix, (_, body, answer) => {
      body.on('data', (piece: Buffer) => void answer.write(`got ${String(piece)};`));
    });
    const { body, answer } = site.open('/talk');
    body.write('0');
    let heard = '';
    (await answer).setEncoding('utf8').on('data', (piece: string) => (heard += piece));
    for (let piece = 0; piece < 20; piece++) {
      await until(`an answer to ${piece}`, () => heard.endsWith(`got ${piece};`));
      body.write(String(piece + 1));
    }
  });

  for (const way of ['down', 'up'] as const) {
    proxyTest(`${name}: 50 MB ${way} in flat memory`, (world) =>
      through(world, mix, way, 50 * MB, { writer: 'fast', reader: 'fast' }),
    );
    proxyTest(`${name}: ${way} to a reader that begins when all is backed up, and then sips`, (world) =>
      through(world, mix, way, 40 * MB, { writer: 'fast', reader: 'late' }),
    );
    for (const reader of ['fast', 'slow'] as const) {
      proxyTest(`${name}: ${way} from a slow writer to a ${reader} reader`, (world) =>
        through(world, mix, way, 8 * MB, { writer: 'slow', reader }),
      );
    }
    proxyTest(`${name}: a stream that nobody reads never stalls 20 others beside it, ${way}`, (world) =>
      besideStalled(world, mix, way),
    );
    // By HTTP/1 alone they share nothing.
    if (name === 'h1 to h1') continue;
    proxyTest(`${name}: of many streams that nobody reads, each goes on when it is read, ${way}`, (world) =>
      amongStalled(world, mix, way),
    );
  }
}

/** 20 at once, twice, while another one is stuck; then that one goes on. */
async function besideStalled(world: World, mix: Mix, way: 'up' | 'down'): Promise<void> {
  const live = Array.from({ length: 40 }, (_, i) => `live${i}`);
  const flows = new Map(live.map((each) => [each, new Flow(MB)]));
  const stuck = new Flow(40 * MB);
  let readOn = (): void => {};
  const wanted = new Promise<void>((resolve) => (readOn = resolve));
  const failures: unknown[] = [];
  const ordinary = flowScript(flows, { writer: 'fast', reader: 'fast' }, failures);
  const site = await streamSite(world, mix, (path, body, answer) => {
    if (!path.endsWith('/stuck')) return ordinary(path, body, answer);
    const done =
      way === 'down' ? stuck.pour(answer) : wanted.then(() => stuck.drink(body)).then(() => void answer.end());
    if (way === 'down') body.resume();
    done.catch((error: unknown) => failures.push(error));
  });
  const whole = ask(site, stuck, `/${way}/stuck`, wanted);
  await stuck.backedUp();
  for (const names of [live.slice(0, 20), live.slice(20)]) {
    await Promise.all(names.map((each) => ask(site, flows.get(each)!, `/${way}/${each}`)));
  }
  assert.ok(stuck.between > 0, 'it was stuck all the time');
  readOn();
  await whole;
  assert.deepEqual(failures, []);
}

/** Together they hold more than their connections let through, whichever of them goes on. */
async function amongStalled(world: World, mix: Mix, way: 'up' | 'down'): Promise<void> {
  const stalled = Array.from({ length: 6 }, (_, i) => {
    let readOn = (): void => {};
    const when = new Promise<void>((resolve) => (readOn = resolve));
    return { name: `s${i}`, flow: new Flow(25 * MB), when, readOn };
  });
  const byName = new Map(stalled.map((each) => [each.name, each]));
  const failures: unknown[] = [];
  const site = await streamSite(world, mix, (path, body, answer) => {
    const { flow, when } = byName.get(path.split('/')[2]!)!;
    const read = async (): Promise<void> => when.then(() => flow.drink(body)).then(() => void answer.end());
    if (way === 'down') body.resume();
    (way === 'down' ? flow.pour(answer) : read()).catch((error: unknown) => failures.push(error));
  });
  const asked: Promise<void>[] = [];
  for (const { name, flow, when } of stalled) {
    asked.push(ask(site, flow, `/${way}/${name}`, when));
    await flow.backedUp();
  }
  for (const [i, { readOn }] of stalled.entries()) {
    readOn();
    await asked[i];
  }
  assert.deepEqual(failures, []);
}

/** @param when it reads what comes. */
async function ask(site: StreamSite, flow: Flow, path: string, when?: Promise<void>): Promise<void> {
  const { body, answer } = site.open(path);
  if (path.startsWith('/down')) {
    body.end();
    const reply = await answer;
    await when;
    await flow.drink(reply);
  } else {
    await flow.pour(body);
    (await answer).resume();
  }
}
