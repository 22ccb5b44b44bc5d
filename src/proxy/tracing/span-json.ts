/** Of a span, by OpenTelemetry's numbers. */
export const SpanKind: Readonly<Record<'server' | 'client', number>> = { server: 2, client: 3 };

/** An attribute's value; undefined: it is left out. */
export type AttributeValue = string | number | undefined;

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: the trace begins with it. */
  readonly parentId: string;
  /** The parent is another process'. */
  readonly remoteParent: boolean;
  readonly state: string;
  readonly name: string;
  readonly kind: number;
  /** ms since 1970. */
  readonly began: number;
  readonly ended: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly failed: boolean;
}

/** Longest text of an attribute. */
const mostLetters = 2048;

/** The trace is sampled; whether the parent is remote is known (bits 8 and 9 of `Span.flags`). */
const sampledFlag = 1;
const knownFlag = 0x100;
const remoteFlag = 0x200;

/** A span as OTLP writes it in JSON: ids in hex, times in nanoseconds as texts, enums as numbers. */
export function spanJson(span: Span): string {
  return JSON.stringify({
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentId !== '' && { parentSpanId: span.parentId }),
    ...(span.state !== '' && { traceState: span.state }),
    flags: sampledFlag | knownFlag | (span.remoteParent ? remoteFlag : 0),
    name: span.name,
    kind: span.kind,
    startTimeUnixNano: nanoseconds(span.began),
    endTimeUnixNano: nanoseconds(Math.max(span.began, span.ended)),
    attributes: attributesOf(span.attributes),
    status: span.failed ? { code: 2 } : {},
  });
}

/** A number of nanoseconds is more than a double can hold: to the microsecond. */
function nanoseconds(ms: number): string {
  return `${Math.round(ms * 1000)}000`;
}

/** Attributes as OTLP writes them. */
export function attributesOf(attributes: Readonly<Record<string, AttributeValue>>): unknown[] {
  const list: unknown[] = [];
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'number') list.push({ key, value: { intValue: String(Math.round(value)) } });
    else if (value !== undefined && value !== '') list.push({ key, value: { stringValue: readable(value) } });
  }
  return list;
}

/** Fields are strings of bytes: those beyond ASCII are UTF-8 mostly, and what is not becomes U+FFFD. */
function readable(text: string): string {
  const short = text.length > mostLetters ? text.slice(0, mostLetters) : text;
  return isBytes(short) ? Buffer.from(short, 'latin1').toString('utf8') : short;
}

/** It has letters beyond ASCII, and none beyond a byte. */
function isBytes(text: string): boolean {
  let beyond = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return false;
    beyond ||= code > 0x7f;
  }
  return beyond;
}
