import { type Message, readAnswer, valuesOf } from './message.ts';
import type { RawPeer } from './raw-peer.ts';
import { get } from './requests.ts';

/** The cookies of one client, by name; attributes are for tests to look at. */
export class CookieJar {
  readonly #values: Map<string, string> = new Map();

  /** The line of a request that has them, with its CRLF; nothing where there are none. */
  get line(): string {
    const pairs = [...this.#values].map(([name, value]) => `${name}=${value}`);
    return pairs.length === 0 ? '' : `Cookie: ${pairs.join('; ')}\r\n`;
  }

  get names(): readonly string[] {
    return [...this.#values.keys()];
  }

  valueOf(name: string): string | undefined {
    return this.#values.get(name);
  }

  set(name: string, value: string): void {
    this.#values.set(name, value);
  }

  /** Takes the cookies that an answer sets. @returns the whole of each. */
  take(answer: Message): readonly string[] {
    const set = valuesOf(answer, 'Set-Cookie');
    for (const each of set) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(each) ?? [];
      if (name !== undefined) this.#values.set(name, value!);
    }
    return set;
  }

  /** A GET with the cookies; those of the answer are taken. */
  async ask(peer: RawPeer, path = '/', fields = ''): Promise<Message> {
    peer.send(get(path, this.line + fields));
    const answer = await readAnswer(peer);
    this.take(answer);
    return answer;
  }
}
