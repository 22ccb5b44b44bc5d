import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { getServers } from 'node:dns';
import { connect, isIPv6 } from 'node:net';

import { messageOf } from '../message-of.ts';
import type { DnsAnswer, DnsLookup } from './dns-lookup.ts';
import { decodeSrvAnswer, encodeSrvQuestion, type SrvMessage, type SrvRecord } from './srv-message.ts';

/** Longest wait for the answer of one DNS server, and of all together, in ms. */
const oneMs = 2000;
const allMs = 5000;

const words: Readonly<Record<number, string>> = {
  2: 'the DNS server failed',
  3: 'there is no such name',
  5: 'the DNS server refused the question',
};

/** A record as a text, so that what is known of names can be kept alike for all of them. */
function srvText({ priority, weight, port, target }: SrvRecord): string {
  return [priority, weight, port, target].join(' ');
}

export function readSrvText(text: string): SrvRecord {
  const [priority, weight, port, target = ''] = text.split(' ');
  return { priority: Number(priority), weight: Number(weight), port: Number(port), target };
}

/**
 * Asks for SRV records with their times to live, which Node's own resolver does not tell. Answers have records, as `srvText` writes
 * them, where others have addresses. `servers`: as `192.0.2.1` or `[2001:db8::1]:53`; none: the system's.
 */
export class SrvLookup implements DnsLookup {
  readonly #servers: readonly string[];

  constructor(servers: readonly string[]) {
    this.#servers = servers;
  }

  /** @throws {Error} in words where there is no record. */
  async lookup(name: string): Promise<DnsAnswer> {
    const { records, ttlSeconds } = await this.#ask(name);
    const ipv4 = records.filter(({ target }) => target !== '').map(srvText);
    if (ipv4.length === 0) throw new Error(`Cannot find servers for ${name}: it has no SRV record`);
    return { ipv4: ipv4.toSorted(), ipv6: [], ttlSeconds };
  }

  async #ask(name: string): Promise<SrvMessage> {
    const endsAt = performance.now() + allMs;
    let why = 'there is no DNS server';
    for (const server of this.#servers.length > 0 ? this.#servers : getServers()) {
      const leftMs = Math.min(oneMs, endsAt - performance.now());
      if (leftMs <= 0) break;
      try {
        // oxlint-disable-next-line no-await-in-loop -- the next one is asked where this one does not know
        const message = await askServer(placeOf(server), name, leftMs);
        if (message.code === 0 || message.code === 3) return found(message, name);
        why = words[message.code] ?? `the DNS server says ${message.code}`;
      } catch (error) {
        if (error instanceof Absent) throw error;
        why = messageOf(error);
      }
    }
    throw new Error(`Cannot find servers for ${name}: ${why}`);
  }
}

class Absent extends Error {}

function found(message: SrvMessage, name: string): SrvMessage {
  if (message.code === 3) throw new Absent(`Cannot find servers for ${name}: ${words[3]}`);
  return message;
}

interface Place {
  readonly host: string;
  readonly port: number;
}

function placeOf(server: string): Place {
  const [, bracketed, plain, port = '53'] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(server) ?? [];
  return { host: bracketed ?? plain ?? server, port: Number(port) };
}

/** By UDP, and where the answer does not fit by TCP. */
async function askServer(place: Place, name: string, withinMs: number): Promise<SrvMessage> {
  const began = performance.now();
  const message = await askOver(byUdp, place, name, withinMs);
  if (!message.truncated) return message;
  return await askOver(byTcp, place, name, Math.max(1, withinMs - (performance.now() - began)));
}

/** Sends the question; `heard` says whether the answer was to it. @returns how to end. */
type Way = (place: Place, question: Buffer, on: WayEvents) => () => void;

interface WayEvents {
  readonly heard: (message: Buffer) => void;
  readonly failed: (error: unknown) => void;
}

async function askOver(way: Way, place: Place, name: string, withinMs: number): Promise<SrvMessage> {
  // Nobody who does not see the question can answer it: this, and the port, are guessed at.
  const id = randomInt(0x10000);
  const { promise, resolve, reject } = Promise.withResolvers<SrvMessage>();
  const late = setTimeout(() => reject(new Error('no DNS server answered in time')), withinMs);
  const end = way(place, encodeSrvQuestion(id, name), {
    heard: (bytes) => {
      const message = decodeSrvAnswer(bytes, id, name);
      if (message !== undefined) resolve(message);
    },
    failed: reject,
  });
  try {
    return await promise;
  } finally {
    clearTimeout(late);
    end();
  }
}

function byUdp({ host, port }: Place, question: Buffer, { heard, failed }: WayEvents): () => void {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  let open = true;
  socket.on('error', failed);
  socket.on('message', heard);
  // Connected: only this server's packets come in, and a closed port is heard of.
  socket.connect(port, host, () => {
    if (open) socket.send(question, (error) => error && failed(error));
  });
  return () => {
    if (open) socket.close();
    open = false;
  };
}

/** RFC 1035 section 4.2.2: the length in two bytes comes first. */
function byTcp({ host, port }: Place, question: Buffer, { heard, failed }: WayEvents): () => void {
  const socket = connect({ host, port });
  const length = Buffer.alloc(2);
  length.writeUInt16BE(question.length);
  let taken = Buffer.alloc(0);
  socket.on('error', failed);
  socket.on('end', () => failed(new Error('the DNS server said nothing')));
  socket.on('connect', () => socket.write(Buffer.concat([length, question])));
  socket.on('data', (chunk: Buffer) => {
    taken = Buffer.concat([taken, chunk]);
    if (taken.length < 2) return;
    const whole = 2 + taken.readUInt16BE(0);
    if (taken.length < whole) return;
    heard(taken.subarray(2, whole));
    failed(new Error('the DNS server answered something else')); // Nothing, where it was heard.
  });
  return () => socket.destroy();
}
