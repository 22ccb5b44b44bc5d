import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test, type TestContext } from 'node:test';

import fc from 'fast-check';

import type { HttpCheckPlan } from '../../proxy/index.ts';
import { deadPort, listening } from './fixtures.test.ts';
import { bodied, checked, why } from './http2-fixtures.test.ts';

/** One frame (RFC 9113 section 4.1). */
function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

const settings = frame(4, 0, 0);
/** `:status: 200`, by its index. */
const ok = Buffer.from([0x88]);

function goaway(last: number, code: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(last, 0);
  payload.writeUInt32BE(code, 4);
  return frame(7, 0, 0, payload);
}

function reset(code: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frame(3, 0, 1, payload);
}

interface Says {
  readonly said: readonly (Buffer | string)[];
  /** It stays, in silence. */
  readonly stays?: boolean;
}

/** Says this once it has heard something, and closes. `open` are its connections. */
async function saying(t: TestContext, says: () => Says): Promise<{ port: number; open: Set<Socket> }> {
  const open = new Set<Socket>();
  const port = await listening(t, (socket) => {
    open.add(socket);
    socket
      .on('close', () => open.delete(socket))
      .once('data', () => {
        socket.resume();
        const { said, stays } = says();
        for (const part of said) socket.write(part, 'latin1');
        if (stays !== true) socket.end();
      });
  });
  return { port, open };
}

void test('failures by HTTP/2 are in words, and leave no connection behind', async (t) => {
  assert.equal(await why(await deadPort()), 'connection refused');
  let says: Says = { said: [] };
  const { port, open } = await saying(t, () => says);
  const of = async (next: Says, parts?: Partial<HttpCheckPlan>, timeoutMs?: number): Promise<string> => {
    says = next;
    return await why(port, parts, timeoutMs);
  };
  const begun = frame(1, 4, 1, ok);
  const some = frame(0, 0, 1, Buffer.from('we'));
  const silent = { said: [settings], stays: true };
  assert.equal(await of({ said: [] }), 'it closed the connection without an answer');
  assert.equal(await of({ said: [settings] }), 'it closed the connection without an answer');
  assert.equal(await of(silent, {}, 1000), 'no answer within 1 s');
  assert.equal(
    await of({ said: [settings, begun, some] }, { expect: bodied }),
    'it closed the connection before the end of its answer',
  );
  const slow = { said: [settings, begun, some], stays: true };
  assert.equal(await of(slow, { expect: bodied }, 1000), 'no end of its answer within 1 s');
  assert.equal(await of({ said: ['HTTP/1.1 400 Bad Request\r\n\r\n'] }), 'no answer by HTTP/2: it speaks HTTP/1');
  assert.match(await of({ said: ['SSH-2.0-OpenSSH\r\n'] }), /^no answer by HTTP\/2: Protocol error$/);
  const endless = Array.from({ length: 20 }, () => frame(1, 4, 1, Buffer.from([0x08, 0x03, ...Buffer.from('103')])));
  assert.equal(await of({ said: [settings, ...endless], stays: true }), 'no final answer');
  assert.equal(
    await of({ said: [settings, reset(7)], stays: true }),
    'no answer by HTTP/2: the stream ended with REFUSED_STREAM',
  );
  assert.equal(await of({ said: [settings, reset(8)], stays: true }), 'it ended the request without an answer');
  assert.equal(
    await of({ said: [settings, begun, some, reset(8)], stays: true }, { expect: bodied }),
    'it ended the request before the end of its answer',
  );
  assert.equal(
    await of({ said: [settings, begun, some, reset(2)], stays: true }, { expect: bodied }),
    'no end of its answer: the stream ended with INTERNAL_ERROR',
  );
  assert.equal(
    await of({ said: [settings, goaway(0, 11)], stays: true }),
    'no answer by HTTP/2: the connection ended with ENHANCE_YOUR_CALM',
  );
  assert.match(await of({ said: [settings, goaway(0, 0)], stays: true }), /REFUSED_STREAM|without an answer/);
  const closing = new Set(open);
  await Promise.all([...closing].map(async (socket) => await new Promise((resolve) => socket.once('close', resolve))));
});

void test('a server that says GOAWAY and answers nevertheless has answered', async (t) => {
  const { port } = await saying(t, () => ({
    said: [settings, goaway(1, 0), frame(1, 4, 1, ok), frame(0, 1, 1, Buffer.from('well'))],
  }));
  assert.deepEqual(await checked(port, { expect: bodied }), { kind: 'passed', why: 'answered 200' });
});

void test('what comes behind the end of an answer does not matter', async (t) => {
  const whole = [settings, frame(1, 4, 1, ok), frame(0, 1, 1, Buffer.from('well'))];
  const behind: readonly (Buffer | string)[] = ['SSH-2.0-OpenSSH, and what is no frame', goaway(1, 11), reset(2)];
  let said: readonly Buffer[] = [];
  const { port } = await saying(t, () => ({ said }));
  for (const more of behind) {
    said = [Buffer.concat([...whole, Buffer.from(more)])];
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    assert.deepEqual(await checked(port, { expect: bodied }), { kind: 'passed', why: 'answered 200' });
  }
});

void test('a head of more fields than the pool takes is no answer, however few bytes it has', async (t) => {
  // One field of 4,000 bytes is put into the table, and said again 60,000 times.
  const long = Buffer.concat([Buffer.from([0x40, 1, 0x78, 0x7f, 0xa1, 0x1e]), Buffer.alloc(4000, 'a')]);
  const again = Buffer.alloc(12_000, 0xbe);
  const { port } = await saying(t, () => ({
    said: [
      settings,
      frame(1, 0, 1, Buffer.concat([ok, long])),
      ...Array.from({ length: 5 }, () => frame(9, 0, 1, again)),
    ],
    stays: true,
  }));
  assert.match(await why(port), /^no answer by HTTP\/2: /);
});

void test('a server that sends without end is left alone with it', async (t) => {
  const unknown = frame(0x20, 0, 0, Buffer.alloc(16_384));
  const { port } = await saying(t, () => ({ said: [settings, Buffer.concat(Array(100).fill(unknown))], stays: true }));
  assert.match(await why(port), /^no answer by HTTP\/2: more than 1114112 bytes came$/);
});

void test('whatever a server of HTTP/2 says, there is a result, and nothing is thrown', async (t) => {
  const header = fc.record({ type: fc.nat(10), flags: fc.nat(255), stream: fc.constantFrom(0, 1, 2, 3) });
  const part = fc.oneof(
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(header, fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(ok)))
      .map(([{ type, flags, stream }, payload]) => frame(type, flags, stream, Buffer.from(payload))),
    fc.constantFrom(settings, frame(1, 4, 1, ok), frame(0, 1, 1, Buffer.from('well')), reset(0), goaway(1, 0)),
  );
  let said: readonly Buffer[] = [];
  const { port } = await saying(t, () => ({ said }));
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(part, { maxLength: 8 }), async (greets, each) => {
      said = greets ? [settings, ...each] : each;
      const { kind, why: words } = await checked(port, { expect: bodied });
      assert.ok(kind !== 'void', words);
    }),
    { numRuns: 150 },
  );
});
