/** A body that comes, as far as its progress goes. */
export interface WatchedBody {
  readonly bytes: number;
  /** The sink has asked to wait since somebody last set this to false. */
  slowed: boolean;
  readonly flowing: boolean;
  readonly paused: boolean;
}

/** Looks at a body once a window, so that its reads cost nothing: a silent peer is noticed after one to two windows. */
export class ProgressWatch {
  #bytes = 0;

  /** A new body. `excused`: the first window says nothing about the peer. */
  start(body: WatchedBody, excused: boolean): void {
    this.#bytes = 0;
    body.slowed = excused;
  }

  /** Bytes since the last look; undefined where it was not the peer who made them few. */
  look(body: WatchedBody): number | undefined {
    const came = body.bytes - this.#bytes;
    const excused = body.slowed;
    this.#bytes = body.bytes;
    body.slowed = !body.flowing || body.paused;
    return excused ? undefined : came;
  }
}
