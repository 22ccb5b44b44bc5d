import assert from 'node:assert/strict';

import { HandUser, headOf, SessionWorld } from '../../src/proxy/http2/fixtures.test.ts';
import { defaultFrameBytes, FrameType } from '../../src/wire/http2/codes.ts';
import type { Role } from '../../src/wire/http2/settings.ts';
import { Random } from '../engine/random.ts';
import type { Target } from '../engine/target.ts';
import { FickleUser } from './fickle-user.ts';
import { sessionSeeds, sessionWords } from './http2-session-words.ts';
import { readFramesNaively } from './naive-http2.ts';
import { piecesOf } from './outcome.ts';

const connectionWindow = 100_000;
/** So small that inputs fill them. */
const settings = { streamWindow: 1000, mostStreamWindow: 4000, connectionWindow, maxStreams: 4 };
const firstWindow = 65_535;

/** A whole connection of either side: its peer is the input, its streams work for users that do what they like. */
function sessionTarget(role: Role): Target {
  return {
    name: `http2-session-${role}`,
    about:
      'whatever comes, nothing is thrown or left, what is sent keeps to the windows, what is kept is bounded, and a stream ends once',
    seeds: () => sessionSeeds(role),
    words: sessionWords,
    longest: 3000,
    open: () => ({
      check: (input, random) => {
        new SessionRun(role, random).run(input);
        const whole = plainRun(role, [Buffer.from(input)]);
        assert.deepEqual(plainRun(role, piecesOf(input, random)), whole, 'split or not');
      },
    }),
  };
}

export const http2ServerSession: Target = sessionTarget('server');
export const http2ClientSession: Target = sessionTarget('client');

/** With users that do as they please. */
class SessionRun {
  readonly #world: SessionWorld;
  readonly #random: Random;
  readonly #users: FickleUser[] = [];
  /** All that the peer has sent. */
  #came: Buffer = Buffer.alloc(0);
  #sent = 0;
  #credit = 0;
  #broken = false;

  constructor(role: Role, random: Random) {
    this.#random = random;
    this.#world = new SessionWorld(role, settings);
    this.#world.onStream = (user, endStream) => {
      if (!endStream) user.take();
      this.#users.push(new FickleUser(user, random));
    };
    if (role === 'client') openAll(this.#world).forEach((user) => this.#users.push(new FickleUser(user, random)));
  }

  run(input: Buffer): void {
    const world = this.#world;
    for (const piece of piecesOf(input, this.#random)) {
      world.read(piece);
      this.#came = Buffer.concat([this.#came, piece]);
      this.#checkSent();
      this.#broken = world.events.at(-1)?.startsWith('broken') === true;
      if (this.#random.oneIn(3)) this.#stir();
      this.#checkKept();
    }
    world.session.close({ by: 'connection', code: 0, processed: true, message: 'Cannot go on: the run is over' });
    world.session.dispose();
    this.#checkEnd();
  }

  #stir(): void {
    const world = this.#world;
    if (this.#users.length > 0) this.#random.pick(this.#users).act();
    if (this.#random.oneIn(8)) world.socket.takes = false;
    else if (this.#random.oneIn(4)) world.socket.takeAll();
    if (this.#random.oneIn(40)) world.session.goaway(0, this.#random.oneIn(2));
  }

  /** It can be read by the rules, keeps to the windows that the peer gave, and has an end. */
  #checkSent(): void {
    const before = this.#sent;
    for (const line of this.#world.hear()) {
      assert.ok(!this.#broken, `behind the end: ${line}`);
      const [what, id, size] = line.split(' ');
      if (what === 'window' && id === '0') this.#credit += Number(size);
      if (what !== 'data' || size!.startsWith('"')) continue;
      assert.ok(Number(size) <= defaultFrameBytes);
      this.#sent += Number(size);
    }
    if (this.#sent === before) return;
    const given = givenTo(this.#came);
    assert.ok(this.#sent <= firstWindow + given, `${this.#sent} bytes were sent, and ${given} given`);
  }

  #checkKept(): void {
    const whole = endsWithFrame(this.#came);
    for (const { user, unread } of this.#users) {
      const { id, gone, remoteEnded, receiveWindow } = user.stream;
      assert.ok(unread <= receiveWindow.size, `${unread} bytes are kept of stream ${id}`);
      if (whole && !gone && !remoteEnded) assert.equal(receiveWindow.held, unread, `not told to stream ${id}`);
    }
    assert.ok(this.#world.session.streams.size <= settings.maxStreams);
  }

  #checkEnd(): void {
    const world = this.#world;
    assert.ok(
      this.#credit <= this.#came.length,
      `credit for ${this.#credit} bytes, of which ${this.#came.length} came`,
    );
    assert.equal(world.session.streams.size, 0);
    for (const user of this.#users) user.checkEnded();
    world.env.pass(70_000);
    assert.equal(world.env.wheel.size, 0, 'a timer is left');
    assert.deepEqual(world.env.bugs, []);
  }
}

function endsWithFrame(bytes: Buffer): boolean {
  return readFramesNaively(bytes).reduce((sum, { payload }) => sum + 9 + payload.length, 0) === bytes.length;
}

/** What WINDOW_UPDATE frames give the connection. */
function givenTo(bytes: Buffer): number {
  const updates = readFramesNaively(bytes).filter(
    ({ type, streamId }) => type === FrameType.WindowUpdate && streamId === 0,
  );
  return updates.reduce((sum, { payload }) => sum + (payload.length === 4 ? payload.readUInt32BE(0) % 2 ** 31 : 0), 0);
}

/** With users that take and answer at once: what comes of it. */
function plainRun(role: Role, pieces: readonly Buffer[]): unknown {
  const world = new SessionWorld(role, settings);
  const users: HandUser[] = [];
  world.onStream = (user, endStream) => {
    users.push(user);
    if (!endStream) user.take();
    user.answer();
    user.source.sink!.write(Buffer.from('hello'));
    user.source.sink!.end();
  };
  if (role === 'client') users.push(...openAll(world));
  for (const piece of pieces) world.read(piece);
  return [world.events, users.map(({ events, sink }) => [events, sink.bytes.toString('hex')])];
}

function openAll(world: SessionWorld): HandUser[] {
  return Array.from({ length: settings.maxStreams }, (_, i) => {
    const user = world.open();
    user.stream.sendHead(headOf([[':method', 'POST']]), i % 2 === 0);
    return user;
  });
}
