import { fieldChar, tokenChar } from '../chars.ts';

const HTAB = 0x09;
const SP = 0x20;
const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/**
 *   GAP --;--> SEMI --> NAME --=--> VALUE_BEGINS --> VALUE          ";" begins the next one from NAME, NAME_GAP, VALUE,
 *                        |  ^          |                            CLOSED and GAP; a blank leads from NAME to NAME_GAP,
 *                    NAME_GAP          '--"--> QUOTED --"--> CLOSED from VALUE and CLOSED to GAP
 */
const GAP = 0;
const SEMI = 1;
const NAME = 2;
const NAME_GAP = 3;
const VALUE_BEGINS = 4;
const VALUE = 5;
const QUOTED = 6;
const ESCAPED = 7;
const CLOSED = 8;
const BAD = 9;

/**
 * Judges what stands behind the size of a chunk, byte by byte: names, some with a token or a quoted string for a value, and
 * blanks where RFC 9112 section 7.1.1 has BWS. Nothing of it is kept. What is no extension is refused, since a line that
 * two readers could end at two places begins like that.
 */
export class ChunkExtension {
  #state = GAP;

  /** The line may end here. */
  get complete(): boolean {
    return this.#state === NAME || this.#state === VALUE || this.#state === CLOSED;
  }

  /** For the first byte behind a size. */
  begin(): void {
    this.#state = GAP;
  }

  /** @returns false where the byte cannot stand here. */
  take(byte: number): boolean {
    const state = this.#state;
    this.#state = state === QUOTED || state === ESCAPED ? quotedAfter(state, byte) : plainAfter(state, byte);
    return this.#state !== BAD;
  }
}

function quotedAfter(state: number, byte: number): number {
  if (fieldChar[byte] !== 1) return BAD;
  if (state === ESCAPED) return QUOTED;
  if (byte === BACKSLASH) return ESCAPED;
  return byte === QUOTE ? CLOSED : QUOTED;
}

function plainAfter(state: number, byte: number): number {
  if (tokenChar[byte] === 1) return tokenAfter(state);
  if (byte === SP || byte === HTAB) return gapAfter(state);
  if (byte === SEMICOLON) return state === SEMI || state === VALUE_BEGINS ? BAD : SEMI;
  if (byte === EQUALS) return state === NAME || state === NAME_GAP ? VALUE_BEGINS : BAD;
  return byte === QUOTE && state === VALUE_BEGINS ? QUOTED : BAD;
}

function gapAfter(state: number): number {
  if (state === NAME) return NAME_GAP;
  return state === VALUE || state === CLOSED ? GAP : state;
}

function tokenAfter(state: number): number {
  if (state === SEMI || state === NAME) return NAME;
  return state === VALUE_BEGINS || state === VALUE ? VALUE : BAD;
}
