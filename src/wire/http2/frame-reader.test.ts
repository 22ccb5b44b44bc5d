import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { controlFrameCases } from './control-frame-cases.test.ts';
import { blockLimits, frame, hex, preface, readFrames, Recorder } from './fixtures.test.ts';
import { frameCases, greetingCases } from './frame-cases.test.ts';
import { FrameReader } from './frame-reader.ts';

const greeting = Buffer.concat([Buffer.from(preface, 'latin1'), frame(4, 0, 0)]);

for (const { section, rule, role, bytes, tells } of greetingCases) {
  test(`${section} ${rule}${role === 'client' ? ' (client)' : ''}`, () => {
    assert.deepEqual(readFrames([bytes], role), tells);
    assert.deepEqual(readFrames(oneByOne(bytes), role), tells, 'one by one');
  });
}

const cases = [...frameCases, ...controlFrameCases];

for (const { section, rule, role, frames, tells } of cases) {
  test(`${section} ${rule}${role === 'client' ? ' (client)' : ''}`, () => {
    const begin = role === 'client' ? frame(4, 0, 0) : greeting;
    const bytes = Buffer.concat([begin, ...frames]);
    const expected = ['settings', ...tells];
    assert.deepEqual(trimmed(readFrames([bytes], role)), expected);
    assert.deepEqual(trimmed(readFrames(oneByOne(bytes), role)), expected, 'one by one');
    assert.deepEqual(trimmed(readFrames([begin, ...frames], role)), expected, 'frame by frame');
  });
}

test('read() tells the same, however the bytes are cut', () => {
  const whole = Buffer.concat([greeting, ...cases.filter(isFine).flatMap(({ frames }) => frames)]);
  const expected = readFrames([whole]);
  assert.ok(expected.length > 30 && !expected.at(-1)!.startsWith('error'), expected.join());
  const cuts = fc.array(fc.integer({ min: 1, max: whole.length - 1 }), { maxLength: 40 });
  fc.assert(
    fc.property(cuts, (places) => {
      assert.deepEqual(readFrames(cut(whole, places)), expected);
    }),
    { numRuns: 60 },
  );
});

test('read() throws nothing but its own error, whatever comes', () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc
      .tuple(fc.integer({ min: 0, max: 17 }), fc.integer({ min: 0, max: 63 }), fc.integer({ min: 0, max: 5 }))
      .chain(([type, flags, id]) => fc.uint8Array({ maxLength: 20 }).map((body) => frame(type, flags, id, body))),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      readFrames([greeting, ...pieces.map((bytes) => Buffer.from(bytes))]);
      readFrames([frame(4, 0, 0), ...pieces.map((bytes) => Buffer.from(bytes))], 'client');
    }),
    { numRuns: 500 },
  );
});

test('DATA is handed on as it comes, without being copied', () => {
  const seen: Buffer[] = [];
  const recorder = new Recorder();
  recorder.onData = (_streamId, bytes) => void seen.push(bytes);
  const reader = new FrameReader('client', blockLimits, recorder);
  reader.read(frame(4, 0, 0));
  const chunk = frame(0, 0, 1, 'x'.repeat(100)).subarray(0, 50);
  reader.read(chunk);
  assert.equal(seen.length, 1);
  assert.equal(seen[0]!.buffer, chunk.buffer);
  assert.equal(seen[0]!.length, 41);
  assert.equal(reader.midway, false, 'how fast a body has to come is a matter of its own');
});

test('a header block that came as a whole is lent from the chunk', () => {
  let lent: Buffer | undefined;
  const recorder = new Recorder();
  recorder.onHeaders = (_streamId, { buffer }) => void (lent = buffer);
  const reader = new FrameReader('client', blockLimits, recorder);
  const chunk = Buffer.concat([frame(4, 0, 0), frame(1, 4, 1, hex('88'))]);
  reader.read(chunk);
  assert.equal(lent, chunk);
});

test('stop() ends the reading, also from within', () => {
  const recorder = new Recorder();
  const reader = new FrameReader('client', blockLimits, recorder);
  recorder.onPing = () => {
    recorder.lines.push('stopped');
    reader.stop();
  };
  reader.read(Buffer.concat([frame(4, 0, 0), frame(6, 0, 0, '12345678'), frame(3, 0, 1, hex('00000000'))]));
  reader.read(frame(3, 0, 1, hex('00000000')));
  assert.deepEqual(recorder.lines, ['settings', 'stopped']);
});

test('after an error nothing is read', () => {
  const recorder = new Recorder();
  const reader = new FrameReader('client', blockLimits, recorder);
  assert.throws(() => reader.read(frame(6, 0, 0, '12345678')), { name: 'Http2Error', code: 1 });
  reader.read(frame(4, 0, 0));
  assert.deepEqual(recorder.lines, []);
});

test('midway says whether something has begun and not ended', () => {
  const reader = new FrameReader('server', blockLimits, new Recorder());
  assert.equal(reader.midway, true, 'the preface');
  reader.read(greeting);
  assert.equal(reader.midway, false);
  assert.equal(reader.greeted, true);
  reader.read(hex('000001'));
  assert.equal(reader.midway, true, 'a head');
  reader.read(hex('01 04 00000001'));
  assert.equal(reader.midway, true, 'a payload');
  reader.read(hex('82'));
  assert.equal(reader.midway, false);
  reader.read(frame(1, 0, 3, hex('82')));
  assert.equal(reader.midway, true, 'a block');
});

function isFine({ role, tells }: { role?: string; tells: readonly string[] }): boolean {
  return role === undefined && tells.every((line) => !line.startsWith('error'));
}

function oneByOne(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (byte) => Buffer.of(byte));
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.toSorted((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((place, i) => Buffer.from(bytes.subarray(sorted[i], place)));
}

function trimmed(lines: readonly string[]): string[] {
  return lines.map((line) => (line.startsWith('priority') ? line.trim() : line));
}
