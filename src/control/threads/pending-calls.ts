import { ProxyError } from '../../core/errors.ts';

/** Calls to one thread that may wait at once. */
const maxPending = 64;

interface Pending {
  readonly call: string;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: ProxyError) => void;
  readonly timer: NodeJS.Timeout;
}

/** Calls that wait for an answer, by number. Each is settled once; what comes later for it is ignored. */
export class PendingCalls {
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  readonly #onLate: (call: string) => void;

  /** @param onLate told of a call that got no answer in time. */
  constructor(onLate: (call: string) => void = () => {}) {
    this.#onLate = onLate;
  }

  /** @throws {ProxyError} where too many calls wait already. */
  open(call: string, withinMs: number): { readonly id: number; readonly answer: Promise<unknown> } {
    if (this.#pending.size >= maxPending) {
      throw new ProxyError(
        'internal-error',
        `Cannot ask the data thread for "${call}": ${maxPending} calls wait already`,
      );
    }
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const late = `Cannot wait for the data thread's answer to "${call}": none came within ${withinMs / 1000} s`;
    const timer = setTimeout(() => {
      this.fail(id, new ProxyError('internal-error', late));
      this.#onLate(call);
    }, withinMs);
    this.#pending.set(id, { call, resolve, reject, timer });
    return { id, answer: promise };
  }

  answer(id: number, value: unknown): void {
    this.#take(id)?.resolve(value);
  }

  fail(id: number, error: ProxyError): void {
    this.#take(id)?.reject(error);
  }

  /** The thread is gone: nobody will answer. */
  failAll(reason: string): void {
    for (const [id, { call }] of this.#pending) {
      this.fail(id, new ProxyError('internal-error', `Cannot finish "${call}": the data thread ended (${reason})`));
    }
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(pending?.timer);
    return pending;
  }
}
