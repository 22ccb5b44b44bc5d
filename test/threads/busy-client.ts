import net from 'node:net';

/** How long it rests between an answer and the next request, in ms. */
const restMs = 4;

const request = 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n';

/** One connection that carries request after request, until it ends or is told to. */
export class BusyClient {
  /** Whole answers. */
  answers = 0;
  /** Undefined: it goes on. */
  end: 'lost' | 'in order' | undefined;
  readonly #socket: net.Socket;
  #received = '';
  /** An answer said that it is the last. */
  #last = false;
  #asking = false;
  #stopped = false;

  constructor(port: number) {
    this.#socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    this.#socket.setEncoding('latin1');
    this.#socket.on('connect', () => this.#ask());
    this.#socket.on('data', (text: string) => this.#take(text));
    this.#socket.on('error', () => this.#ended());
    this.#socket.on('close', () => this.#ended());
  }

  /** Ends after the answer that it waits for. */
  stop(): void {
    this.#stopped = true;
    if (!this.#asking) this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #ask(): void {
    if (this.#stopped || this.#last) return void this.#socket.end();
    this.#asking = true;
    this.#socket.write(request);
  }

  #take(text: string): void {
    this.#received += text;
    if (!this.#received.endsWith('\r\n\r\nhello')) return;
    if (/^connection: close\r$/im.test(this.#received)) this.#last = true;
    this.answers += 1;
    this.#asking = false;
    this.#received = '';
    setTimeout(() => this.#ask(), restMs);
  }

  #ended(): void {
    this.end ??= this.#asking ? 'lost' : 'in order';
  }
}
