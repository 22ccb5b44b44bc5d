import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { TestContext } from 'node:test';

import { decode, encode, type Answer } from 'dns-packet';

import { freePort } from '../../../test/harness/free-port.ts';

/** What a DNS server of our own answers to `TYPE name`; without it: there is no such name. */
export type Zone = Map<string, readonly Answer[] | 'silent' | 'servfail'>;

export interface OwnDns {
  readonly server: string;
  readonly zone: Zone;
  /** Questions that came, as `udp SRV name`. */
  readonly asked: readonly string[];
}

/** A DNS server with UDP and TCP on one port. What is longer than `mostUdpBytes` is only said over TCP. */
export async function ownDns(t: TestContext, zone: Zone, mostUdpBytes = 1232): Promise<OwnDns> {
  const asked: string[] = [];
  const answerTo = (bytes: Buffer, way: string): Buffer | undefined => {
    const query = decode(bytes);
    const { name, type } = query.questions![0]!;
    asked.push(`${way} ${type} ${name}`);
    const found = zone.get(`${type} ${name}`);
    if (found === 'silent') return undefined;
    const known = [...zone.keys()].some((key) => key.endsWith(` ${name}`));
    const code = found === 'servfail' ? 2 : known ? 0 : 3;
    const answers = typeof found === 'object' ? [...found] : [];
    const say = (list: Answer[], flags: number): Buffer =>
      encode({ type: 'response', id: query.id!, flags: flags | code, questions: query.questions!, answers: list });
    const whole = say(answers, 0x8180);
    return way === 'udp' && whole.length > mostUdpBytes ? say([], 0x8380) : whole;
  };
  const tcp = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (bytes: Buffer) => {
      const answer = answerTo(bytes.subarray(2), 'tcp')!;
      const length = Buffer.alloc(2);
      length.writeUInt16BE(answer.length);
      socket.write(length);
      socket.end(answer);
    });
  });
  const port = await freePort();
  tcp.listen(port, '127.0.0.1');
  await once(tcp, 'listening');
  const udp = createSocket('udp4');
  udp.on('message', (bytes, peer) => {
    const answer = answerTo(bytes, 'udp');
    if (answer !== undefined) udp.send(answer, peer.port, peer.address);
  });
  udp.bind(port, '127.0.0.1'); // As with TCP, the system gives it to nobody by itself.
  await once(udp, 'listening');
  t.after(() => {
    udp.close();
    tcp.close();
  });
  return { server: `127.0.0.1:${port}`, zone, asked };
}

/** `1 5 8080 a.test` */
export function srv(name: string, text: string, ttl = 1): Answer {
  const [priority, weight, port, target = ''] = text.split(' ');
  return {
    type: 'SRV',
    name,
    ttl,
    data: { priority: Number(priority), weight: Number(weight), port: Number(port), target },
  };
}
