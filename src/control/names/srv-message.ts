/** One server of a service, RFC 2782. */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** Lower case, no final dot; empty: the service is not there. */
  readonly target: string;
}

/** What a message of DNS says of a question for SRV records. */
export interface SrvMessage {
  /** RFC 1035 section 4.1.1: 0 is good, 3 is 'no such name'. */
  readonly code: number;
  /** There is more of it, over TCP. */
  readonly truncated: boolean;
  readonly records: readonly SrvRecord[];
  /** Shortest time to live of what came, in seconds; Infinity: nothing came. */
  readonly ttlSeconds: number;
}

const srvType = 33;
const aliasType = 5;
const internet = 1;
const headBytes = 12;
/** What most networks carry in one piece; RFC 9715. */
const mostUdpBytes = 1232;
/** Records that are looked at: more than a message of 64 kB has of use to anybody. */
const mostRecords = 2048;
/** RFC 1035 section 2.3.4. */
const longestName = 255;

/** A question for the SRV records of a name, with EDNS (RFC 6891), so that answers may be longer than 512 bytes. */
export function encodeSrvQuestion(id: number, name: string): Buffer {
  const labels = name.split('.').map((label) => {
    const bytes = Buffer.from(label, 'latin1');
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  });
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(id, 0);
  head.writeUInt16BE(0x0100, 2); // Recursion is desired.
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(1, 10);
  const type = Buffer.from([0, 0, srvType, 0, internet]);
  const options = Buffer.from([0, 0, 41, mostUdpBytes >> 8, mostUdpBytes & 0xff, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([head, ...labels, type, options]);
}

/**
 * Reads an answer, whatever was sent.
 * @returns undefined where it is none, or not to this question.
 */
export function decodeSrvAnswer(message: Buffer, id: number, name: string): SrvMessage | undefined {
  try {
    return read(message, id, name);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // It ends before it says that it does.
    throw error;
  }
}

function read(message: Buffer, id: number, name: string): SrvMessage | undefined {
  const flags = message.readUInt16BE(2);
  if (message.readUInt16BE(0) !== id || (flags & 0x8000) === 0 || message.readUInt16BE(4) !== 1) return undefined;
  const question = readName(message, headBytes);
  if (question.name !== name.toLowerCase() || message.readUInt16BE(question.end) !== srvType) return undefined;
  const records: SrvRecord[] = [];
  let [at, ttlSeconds] = [question.end + 4, Infinity];
  const count = Math.min(message.readUInt16BE(6), mostRecords);
  for (let i = 0; i < count; i++) {
    const { type, ttl, data, end } = readRecord(message, at);
    at = end;
    if (type === srvType || type === aliasType) ttlSeconds = Math.min(ttlSeconds, ttl);
    if (type === srvType) records.push(readSrv(message, data));
  }
  return { code: flags & 15, truncated: (flags & 0x0200) !== 0, records, ttlSeconds };
}

interface RawRecord {
  readonly type: number;
  readonly ttl: number;
  /** Where its data begins. */
  readonly data: number;
  readonly end: number;
}

function readRecord(message: Buffer, start: number): RawRecord {
  const at = readName(message, start).end;
  const data = at + 10;
  const end = data + message.readUInt16BE(at + 8);
  if (end > message.length) throw new RangeError('it is cut off');
  // RFC 2181 section 8: the first bit is not for use.
  return { type: message.readUInt16BE(at), ttl: message.readUInt32BE(at + 4) & 0x7fffffff, data, end };
}

function readSrv(message: Buffer, at: number): SrvRecord {
  return {
    priority: message.readUInt16BE(at),
    weight: message.readUInt16BE(at + 2),
    port: message.readUInt16BE(at + 4),
    target: readName(message, at + 6).name,
  };
}

/** A name, which may go on at an earlier place of the message. @returns `end` of what stands here. */
function readName(message: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let [at, end, length, lowest] = [start, -1, 0, start];
  for (;;) {
    const size = message.readUInt8(at);
    if ((size & 0xc0) === 0xc0) {
      const next = message.readUInt16BE(at) & 0x3fff;
      if (next >= lowest) throw new RangeError('it leads nowhere'); // Always further back: no ring.
      if (end < 0) end = at + 2;
      at = lowest = next;
      continue;
    }
    if (size === 0) break;
    length += size + 1;
    if (size > 63 || length > longestName || at + 1 + size > message.length) throw new RangeError('it is too long');
    labels.push(message.latin1Slice(at + 1, at + 1 + size).toLowerCase());
    at += size + 1;
  }
  return { name: labels.join('.'), end: end < 0 ? at + 1 : end };
}
