import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import type { Logger } from '../../core/log.ts';
import { BackOff } from '../back-off.ts';
import { OtlpExporter, type SpanCounts } from './otlp-exporter.ts';
import type { SendResult } from './otlp-request.ts';

const taken: SendResult = { kind: 'taken', rejected: 0, why: '' };

/** A collector that answers when the test says so. */
class Scene {
  readonly bodies: string[] = [];
  readonly counts: SpanCounts = { sent: 0, dropped: 0 };
  readonly told: string[] = [];
  readonly #answers: ((result: SendResult) => void)[] = [];
  readonly exporter: OtlpExporter;

  constructor() {
    const log: Logger = { debug() {}, info() {}, warn: (message) => this.told.push(message), error() {} };
    this.exporter = new OtlpExporter({
      send: (body) => {
        this.bodies.push(body);
        return new Promise((resolve) => this.#answers.push(resolve));
      },
      frame: ['[', ']'],
      clock: { now: () => 0, date: () => 0 },
      log,
      counts: this.counts,
      backOff: new BackOff({ minMs: 1000, maxMs: 30_000 }, () => 0),
    });
  }

  async answer(result: SendResult): Promise<void> {
    const resolve = this.#answers.shift();
    assert.ok(resolve, 'nothing was sent');
    resolve(result);
    await turns();
  }

  spansOf(i: number): number[] {
    return JSON.parse(this.bodies[i]!);
  }
}

async function turns(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

function spans(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => String(from + i));
}

describe('OtlpExporter', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  it('lets a few spans wait for others', async () => {
    const scene = new Scene();
    scene.exporter.add(['1']);
    mock.timers.tick(4000);
    scene.exporter.add(['2', '3']);
    assert.equal(scene.bodies.length, 0);
    mock.timers.tick(1000);
    assert.deepEqual(scene.bodies, ['[1,2,3]']);
    await scene.answer(taken);
    assert.deepEqual(scene.counts, { sent: 3, dropped: 0 });
  });

  it('sends a full batch at once, one request at a time', async () => {
    const scene = new Scene();
    scene.exporter.add(spans(1100));
    assert.equal(scene.bodies.length, 1);
    assert.equal(scene.spansOf(0).length, 512);
    await scene.answer(taken);
    assert.equal(scene.spansOf(1).length, 512);
    await scene.answer(taken);
    assert.equal(scene.bodies.length, 2);
    mock.timers.tick(5000);
    assert.deepEqual(scene.spansOf(2), spans(76, 1024).map(Number));
    await scene.answer(taken);
    assert.equal(scene.counts.sent, 1100);
  });

  it('drops the oldest where the collector is too slow', async () => {
    const scene = new Scene();
    scene.exporter.add(spans(512));
    scene.exporter.add(spans(2048, 512));
    scene.exporter.add(spans(2, 10_000));
    assert.equal(scene.exporter.waiting, 2048);
    assert.equal(scene.counts.dropped, 2);
    await scene.answer(taken);
    assert.equal(scene.spansOf(1)[0], 514);
  });

  it('tries again later, and waits as long as the collector asks', async () => {
    const scene = new Scene();
    scene.exporter.add(['1']);
    mock.timers.tick(5000);
    await scene.answer({ kind: 'later', why: 'the collector answers with 503', afterMs: 7000 });
    scene.exporter.add(['2']);
    mock.timers.tick(6999);
    assert.equal(scene.bodies.length, 1);
    mock.timers.tick(1);
    assert.deepEqual(scene.bodies, ['[1]', '[1,2]']);
    await scene.answer({ kind: 'later', why: 'again', afterMs: undefined });
    mock.timers.tick(1999);
    assert.equal(scene.bodies.length, 2);
    mock.timers.tick(1);
    await scene.answer(taken);
    assert.deepEqual(scene.counts, { sent: 2, dropped: 0 });
    assert.equal(scene.told.length, 1, 'a failing collector must not fill the log');
  });

  it('keeps no more than its bound while the collector is away', async () => {
    const scene = new Scene();
    scene.exporter.add(spans(512));
    scene.exporter.add(spans(2048, 512));
    await scene.answer({ kind: 'later', why: 'away', afterMs: undefined });
    assert.equal(scene.exporter.waiting, 2048);
    assert.equal(scene.counts.dropped, 512);
    mock.timers.tick(1000);
    assert.equal(scene.spansOf(1)[0], 512);
  });

  it('drops what the collector refuses, all or a part', async () => {
    const scene = new Scene();
    scene.exporter.add(spans(512));
    await scene.answer({ kind: 'refused', why: 'the collector answers with 400' });
    scene.exporter.add(spans(512));
    await scene.answer({ kind: 'taken', rejected: 12, why: 'too old' });
    assert.deepEqual(scene.counts, { sent: 500, dropped: 524 });
    assert.match(scene.told[0]!, /400/);
  });

  it('sends what waits when it ends', async () => {
    const scene = new Scene();
    scene.exporter.add(spans(600));
    await scene.answer(taken);
    const closed = scene.exporter.close(1000);
    await turns();
    await scene.answer(taken);
    await closed;
    assert.deepEqual(scene.counts, { sent: 600, dropped: 0 });
    scene.exporter.add(['1']);
    assert.equal(scene.counts.dropped, 1);
  });

  it('ends in time although the collector does not answer', async () => {
    const scene = new Scene();
    scene.exporter.add(spans(512));
    scene.exporter.add(['1', '2']);
    const closed = scene.exporter.close(1000);
    mock.timers.tick(1000);
    await closed;
    assert.equal(scene.counts.dropped, 2);
  });

  it('does not wait for another try when it ends', async () => {
    const scene = new Scene();
    scene.exporter.add(['1']);
    const closed = scene.exporter.close(60_000);
    await turns();
    await scene.answer({ kind: 'later', why: 'away', afterMs: 1000 });
    await closed;
    assert.deepEqual(scene.counts, { sent: 0, dropped: 1 });
  });
});
