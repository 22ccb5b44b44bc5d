import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProxyError } from '../core/errors.ts';
import { CHUNKED, UNTIL_CLOSE } from '../wire/http1/framing.ts';
import { HandSource, headersOf, Received, TestEnv, until, withNet, type Net } from './fixtures.test.ts';
import { MessageWriter } from './message-writer.ts';

class Owner {
  readonly events: string[] = [];
  during: (event: string) => void = () => undefined;

  messageSent(): void {
    this.#tell('sent');
  }

  messageBroken(error: ProxyError): void {
    this.#tell(`broken ${error.code}`);
  }

  drained(): void {
    this.#tell('drained');
  }

  writeStalled(): void {
    this.#tell('stalled');
  }

  #tell(event: string): void {
    this.events.push(event);
    this.during(event);
  }
}

async function setUp(
  net: Net,
): Promise<{ writer: MessageWriter; owner: Owner; got: Received; env: TestEnv; end(): Promise<string> }> {
  const { ours, peer } = await net.pair();
  const owner = new Owner();
  const env = new TestEnv();
  const got = new Received(peer);
  const writer = new MessageWriter(ours, owner, env, 5000);
  const end = async (): Promise<string> => {
    ours.end();
    await until(() => got.ended);
    return got.text;
  };
  return { writer, owner, got, env, end };
}

/** A chunk is lent: it is garbage as soon as `write` has returned. */
function lend(writer: MessageWriter, text: string | Buffer): boolean {
  const chunk = Buffer.from(text as string);
  const answer = writer.write(chunk);
  chunk.fill(0x2a);
  return answer;
}

const broke = new ProxyError('server-closed', 'Cannot');

test('a message without a body is its head, sent at once', async () => {
  await withNet(async (net) => {
    const { writer, owner, end } = await setUp(net);
    writer.begin('HEAD\r\n\r\n', 0, undefined);
    assert.deepEqual(owner.events, ['sent']);
    assert.equal(writer.open, false);
    assert.equal(await end(), 'HEAD\r\n\r\n');
  });
});

test('the head waits for the first bytes, and leaves with flush()', async () => {
  await withNet(async (net) => {
    const { writer, owner, got } = await setUp(net);
    const source = new HandSource(6);
    writer.begin('HEAD\r\n\r\n', 6, source);
    assert.deepEqual(source.events, ['start']);
    writer.flush();
    await got.until('HEAD\r\n\r\n');
    lend(writer, 'abc');
    lend(writer, 'def');
    assert.deepEqual(owner.events, []);
    writer.end();
    await got.until('HEAD\r\n\r\nabcdef');
    assert.deepEqual(owner.events, ['sent']);
    assert.equal(writer.bytes, 6);
  });
});

test('a source that ends within start() makes a whole message', async () => {
  await withNet(async (net) => {
    const { writer, owner, end } = await setUp(net);
    const source = new HandSource();
    source.during = () => {
      lend(writer, 'abc');
      writer.end(headersOf(['X-Sum', '1']));
    };
    writer.begin('H\r\n\r\n', CHUNKED, source);
    assert.deepEqual(owner.events, ['sent']);
    assert.equal(await end(), 'H\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n');
  });
});

test('a message that is begun from within messageSent() follows the last one', async () => {
  await withNet(async (net) => {
    const { writer, owner, end } = await setUp(net);
    let left = 3;
    owner.during = (event) => {
      if (event === 'sent' && left-- > 0) writer.begin(`NEXT${left} `, 0, undefined);
    };
    const source = new HandSource();
    writer.begin('FIRST ', CHUNKED, source);
    lend(writer, 'x');
    writer.end();
    assert.deepEqual(owner.events, ['sent', 'sent', 'sent', 'sent']);
    assert.equal(await end(), 'FIRST 1\r\nx\r\n0\r\n\r\nNEXT2 NEXT1 NEXT0 ');
  });
});

test('what comes after the end is ignored: bytes, another end, an abort', async () => {
  await withNet(async (net) => {
    const { writer, owner, end } = await setUp(net);
    const source = new HandSource();
    writer.begin('H ', CHUNKED, source);
    writer.end();
    lend(writer, 'late');
    writer.end();
    writer.abort(broke);
    writer.cancel(broke);
    writer.flush();
    assert.deepEqual(owner.events, ['sent']);
    assert.deepEqual(source.events, ['start']);
    assert.equal(await end(), 'H 0\r\n\r\n');
  });
});

test('a body that breaks off sends what there was, without the last chunk, and says so once', async () => {
  await withNet(async (net) => {
    const { writer, owner, end } = await setUp(net);
    writer.begin('H ', CHUNKED, new HandSource());
    lend(writer, 'abc');
    writer.abort(broke);
    writer.abort(broke);
    writer.end();
    assert.deepEqual(owner.events, ['broken server-closed']);
    assert.equal(await end(), 'H 3\r\nabc\r\n');
  });
});

test('cancel() tells the source and not the owner, once; the source may call back meanwhile', async () => {
  await withNet(async (net) => {
    const { writer, owner } = await setUp(net);
    const source = new HandSource();
    writer.begin('H ', CHUNKED, source);
    source.during = () => {
      lend(writer, 'late');
      writer.end();
      writer.abort(broke);
      writer.cancel(broke);
    };
    writer.cancel(broke);
    assert.deepEqual(source.events, ['start', 'cancel server-closed']);
    assert.deepEqual(owner.events, []);
    assert.equal(writer.open, false);
  });
});

test('cancel() without a message does nothing', async () => {
  await withNet(async (net) => {
    const { writer, owner, end } = await setUp(net);
    writer.cancel(broke);
    writer.abort(broke);
    writer.end();
    lend(writer, 'x');
    assert.deepEqual(owner.events, []);
    assert.equal(await end(), '');
  });
});

test('an informational head goes out at once, before the message', async () => {
  await withNet(async (net) => {
    const { writer, got, owner } = await setUp(net);
    writer.inform('HTTP/1.1 100 Continue\r\n\r\n');
    await got.until('100 Continue');
    assert.deepEqual(owner.events, []);
    writer.begin('H\r\n\r\n', 0, undefined);
    await got.until('\r\n\r\nH\r\n\r\n');
  });
});

test('empty chunks are no last chunk', async () => {
  await withNet(async (net) => {
    const { writer, end } = await setUp(net);
    writer.begin('H ', CHUNKED, new HandSource());
    lend(writer, '');
    lend(writer, 'a');
    lend(writer, '');
    writer.end();
    assert.equal(await end(), 'H 1\r\na\r\n0\r\n\r\n');
  });
});

test('each message counts its own body bytes, without framing', async () => {
  await withNet(async (net) => {
    const { writer } = await setUp(net);
    writer.begin('H ', CHUNKED, new HandSource());
    lend(writer, Buffer.alloc(100_000));
    lend(writer, 'abc');
    writer.end();
    assert.equal(writer.bytes, 100_003);
    writer.begin('H ', 0, undefined);
    assert.equal(writer.bytes, 0);
  });
});

test('a body of chunks of any sizes, flushed or not, behind a head of any size arrives byte for byte', async () => {
  const size = fc.oneof(
    fc.nat(40),
    fc.integer({ min: 4080, max: 4110 }),
    fc.integer({ min: 65_520, max: 65_550 }),
    fc.nat(200_000),
  );
  const step = fc.record({ size, flush: fc.boolean() });
  const message = fc.record({
    head: fc.oneof(fc.nat(30), fc.integer({ min: 4080, max: 4110 }), fc.nat(9000)),
    coding: fc.constantFrom(CHUNKED, UNTIL_CLOSE, 0),
    steps: fc.array(step, { maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 3 }), async (messages) => {
      await withNet(async (net) => {
        const { writer, owner, end } = await setUp(net);
        const all = Buffer.alloc(200_000);
        for (let i = 0; i < all.length; i++) all[i] = 97 + ((i * 7) % 26);
        let expected = '';
        for (const { head, coding, steps } of messages) {
          const body = steps.reduce((sum, each) => sum + each.size, 0);
          expected += `${'h'.repeat(head)}|`;
          writer.begin(`${'h'.repeat(head)}|`, coding === 0 ? body : coding, new HandSource());
          for (const { size: bytes, flush } of steps) {
            lend(writer, all.subarray(0, bytes));
            if (flush) writer.flush();
          }
          writer.end();
          expected += steps.map((each) => all.toString('latin1', 0, each.size)).join('');
        }
        assert.equal(owner.events.filter((event) => event === 'sent').length, messages.length);
        assert.equal(withoutChunks(await end(), messages), expected);
      });
    }),
    { numRuns: 40 },
  );
});

/** Takes the framing off, strictly: a chunk ends where its size says. */
function withoutChunks(
  text: string,
  messages: readonly { head: number; coding: number; steps: readonly { size: number }[] }[],
): string {
  let at = 0;
  let plain = '';
  const take = (length: number): string => {
    const part = text.slice(at, at + length);
    at += length;
    return part;
  };
  for (const { head, coding, steps } of messages) {
    plain += take(head + 1);
    if (coding !== CHUNKED) plain += take(steps.reduce((sum, each) => sum + each.size, 0));
    for (let left = coding === CHUNKED ? 1 : 0; left > 0;) {
      const line = /^[0-9a-f]+\r\n/.exec(text.slice(at, at + 12))?.[0] ?? assert.fail(`no chunk at ${at}`);
      take(line.length);
      left = Number.parseInt(line, 16);
      plain += take(left);
      assert.equal(take(2), '\r\n');
    }
  }
  assert.equal(at, text.length);
  return plain;
}
