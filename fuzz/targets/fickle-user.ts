import assert from 'node:assert/strict';

import { ProxyError } from '../../src/core/errors.ts';
import { Headers } from '../../src/core/headers.ts';
import type { HandUser } from '../../src/proxy/http2/fixtures.test.ts';
import type { Random } from '../engine/random.ts';

const enough = new ProxyError('client-abort', 'Cannot go on: a whim');

/** Who a stream works for, and does with it whatever comes to mind, whenever. */
export class FickleUser {
  readonly user: HandUser;
  readonly #random: Random;
  #begun = false;
  #left = false;

  constructor(user: HandUser, random: Random) {
    this.user = user;
    this.#random = random;
    user.sink.during = () => void (user.sink.ready = !random.oneIn(3));
  }

  /** Bytes that came and that its sink has not got. */
  get unread(): number {
    const { input } = this.user.stream;
    return input === undefined || input.over ? 0 : input.bytes - this.user.sink.bytes.length;
  }

  act(): void {
    const { user } = this;
    const { stream } = user;
    switch (this.#random.int(9)) {
      case 0:
      case 1:
        return stream.input?.resume();
      case 2:
        return stream.input?.cancel(enough);
      case 3:
        this.#left ||= !stream.gone;
        return stream.reset(8);
      case 4:
        return user.source.sink?.abort(enough);
      case 5:
        return stream.output.cancel(enough);
      default:
        this.#answer();
    }
  }

  #answer(): void {
    const { user } = this;
    if (!this.#begun) {
      this.#begun = true;
      return user.answer();
    }
    const { sink } = user.source;
    if (!this.#random.oneIn(3)) return void sink?.write(Buffer.alloc(this.#random.int(30_000)));
    const trailers = new Headers();
    trailers.add('x-sum', '1');
    sink?.end(this.#random.oneIn(2) ? trailers : undefined);
  }

  /** The stream has ended, and it heard so once, or ended it itself. */
  checkEnded(): void {
    const { stream, events } = this.user;
    assert.ok(stream.gone, `stream ${stream.id} is left`);
    const ends = events.filter((event) => event === 'closed' || event.startsWith('ended')).length;
    const own = this.#left || events.includes('length wrong') || events.includes('broken');
    assert.ok(ends === 1 || (own && ends === 0), `stream ${stream.id} ended ${ends} times: ${events.join(', ')}`);
  }
}
