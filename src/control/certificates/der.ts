/** One element of DER: what it is, and where its content lies. */
export interface DerElement {
  readonly tag: number;
  /** With tag and length. */
  readonly whole: Buffer;
  readonly content: Buffer;
}

/**
 * The element at the beginning of some bytes. Undefined where there is none that is whole; lengths past 4 bytes and tags past
 * one byte are none that certificates have.
 */
export function readDer(bytes: Buffer): DerElement | undefined {
  const tag = bytes[0];
  const first = bytes[1];
  if (tag === undefined || first === undefined || first === 0x80) return undefined;
  const more = first > 0x80 ? first - 0x80 : 0;
  if (more > 4 || bytes.length < 2 + more) return undefined;
  const length = more === 0 ? first : bytes.readUIntBE(2, more);
  const start = 2 + more;
  if (bytes.length < start + length) return undefined;
  return { tag, whole: bytes.subarray(0, start + length), content: bytes.subarray(start, start + length) };
}

/** The elements that follow each other in some bytes, as far as they can be read; at most `most`. */
export function readDerList(bytes: Buffer, most: number): readonly DerElement[] {
  const list: DerElement[] = [];
  for (let rest = bytes; rest.length > 0 && list.length < most;) {
    const element = readDer(rest);
    if (element === undefined) break;
    list.push(element);
    rest = rest.subarray(element.whole.length);
  }
  return list;
}

const sequence = 0x30;
const utcTime = 0x17;
const generalizedTime = 0x18;

export function isSequence(element: DerElement | undefined): element is DerElement {
  return element?.tag === sequence;
}

/** UTCTime or GeneralizedTime as RFC 5280 section 4.1.2.5 has them, in ms since 1970. */
export function derTime(element: DerElement | undefined): number | undefined {
  if (element === undefined) return undefined;
  const text = element.content.toString('latin1');
  if (element.tag === utcTime) return timeOf(Number(text.slice(0, 2)) < 50 ? `20${text}` : `19${text}`);
  return element.tag === generalizedTime ? timeOf(text) : undefined;
}

function timeOf(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
  return Date.UTC(year!, month! - 1, day, hour, minute, second);
}
