import type { BodySink, BodySource } from '../../core/body.ts';
import type { ProxyError } from '../../core/errors.ts';
import type { FrameFollower } from '../../wire/websocket/frame-follower.ts';

/** The tunnel that a direction is one half of. */
export interface DirectionOwner {
  /** Nothing more will come this way: who sends it has closed the WebSocket, or the direction has ended. */
  silent(): void;
}

/**
 * One direction of a tunnel: between the bytes that one side sends and the other side's sink, whatever protocols those are.
 *
 *            sayLast()              a frame ended              finish(), or the end of either side
 *  THROUGH ------------> PARTING --------------> SAID ------------------------------------------> OVER
 *
 * In SAID the frame that closes has been put behind the last whole one: what still comes is followed, for the other side's close
 * may be in it, and dropped.
 */
export class TunnelDirection implements BodySource, BodySink {
  readonly length: undefined = undefined;
  readonly #source: BodySource;
  readonly #owner: DirectionOwner;
  /** Undefined: it carries no WebSocket, and nothing can be said in it. */
  readonly #frames: FrameFollower | undefined;
  #sink: BodySink | undefined;
  #last: Buffer | undefined;
  #failure: ProxyError | undefined;
  #state: 'through' | 'parting' | 'said' | 'over' = 'through';
  /** Bytes that came. */
  bytes = 0;

  constructor(source: BodySource, owner: DirectionOwner, frames: FrameFollower | undefined) {
    this.#source = source;
    this.#owner = owner;
    this.#frames = frames;
  }

  /** Nothing more comes this way that anybody waits for. */
  get silent(): boolean {
    return this.#state === 'over' || this.#frames?.closed === true;
  }

  // --- to the sink ---------------------------------------------------------------------------------------------

  start(sink: BodySink): void {
    if (this.#failure) return sink.abort(this.#failure);
    if (this.#state === 'over') return;
    this.#sink = sink;
    this.#source.start(this);
    this.#sayIfBetween();
  }

  resume(): void {
    this.#source.resume();
  }

  cancel(reason: ProxyError): void {
    if (this.#state === 'over') return;
    this.#enterOver();
    this.#source.cancel(reason);
    this.#owner.silent();
  }

  // --- from the source -----------------------------------------------------------------------------------------

  write(chunk: Buffer): boolean {
    this.bytes += chunk.length;
    const sink = this.#sink;
    if (sink === undefined) return true;
    if (this.#state !== 'through') return this.#writeLast(chunk, sink);
    this.#frames?.follow(chunk);
    return sink.write(chunk);
  }

  flush(): void {
    this.#sink?.flush();
  }

  end(): void {
    const sink = this.#sink;
    if (this.#state === 'over') return;
    this.#enterOver();
    sink?.end();
    this.#owner.silent();
  }

  abort(error: ProxyError): void {
    const sink = this.#sink;
    const said = this.#state === 'said';
    if (this.#state === 'over') return;
    this.#enterOver();
    // Who has been told that this is the end has had an orderly one.
    if (said) sink?.end();
    else if (sink) sink.abort(error);
    else this.#failure = error;
    this.#owner.silent();
  }

  // --- from the tunnel -----------------------------------------------------------------------------------------

  /** Puts this frame behind the one that is on its way; it is the last. Only for a WebSocket that is not silent. */
  sayLast(frame: Buffer): void {
    if (this.#state !== 'through') return;
    this.#last = frame;
    this.#state = 'parting';
    this.#sayIfBetween();
  }

  /** It ends now: in order where the last frame has been said, and else so that nobody takes it for whole. */
  finish(error: ProxyError): void {
    const sink = this.#sink;
    const whole = this.#state === 'said' || this.#frames?.closed === true;
    if (this.#state === 'over') return;
    this.#enterOver();
    this.#source.cancel(error);
    if (whole) sink?.end();
    else if (sink) sink.abort(error);
    else this.#failure = error;
  }

  #enterOver(): void {
    this.#state = 'over';
    this.#sink = this.#last = undefined;
  }

  /** The rest of the frame that is on its way, and then the last one. */
  #writeLast(chunk: Buffer, sink: BodySink): boolean {
    const frames = this.#frames!;
    let at = 0;
    let ready = true;
    if (this.#state === 'parting' && !frames.between) {
      at = frames.next(chunk, 0);
      ready = sink.write(chunk.subarray(0, at));
    }
    this.#sayIfBetween();
    while (at < chunk.length) at = frames.next(chunk, at);
    if (frames.closed) this.#owner.silent();
    return ready || this.#state !== 'parting';
  }

  #sayIfBetween(): void {
    const frames = this.#frames!;
    if (this.#state !== 'parting' || this.#sink === undefined || !frames.between) return;
    this.#state = 'said';
    // Behind a close of the sender's own no other one may stand.
    if (!frames.closed) this.#sink.write(this.#last!);
    this.#sink.flush();
    this.#source.resume(); // A sink that takes nothing is no reason to wait any more: the rest is dropped.
  }
}
