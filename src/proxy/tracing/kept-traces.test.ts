import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KeptTraces } from './kept-traces.ts';
import type { TracedExchange } from './traced-exchange.ts';

function traced(id: string, more: Partial<TracedExchange> = {}): TracedExchange {
  return {
    id,
    at: '2026-01-01T00:00:00.000Z',
    listener: 'web',
    client: { address: '192.0.2.1', peer: '192.0.2.1', port: 1, tls: undefined },
    protocol: 'HTTP/1.1',
    method: 'GET',
    url: 'http://a/',
    notes: [],
    route: 'r',
    pool: 'p',
    server: 's',
    user: '',
    retries: 0,
    status: 200,
    reason: undefined,
    bytesIn: 0,
    bytesOut: 0,
    timings: { headRead: 1, connected: 1, firstByte: 1, ended: 2 },
    traceId: undefined,
    ...more,
  };
}

const limits = { most: 3, bytes: 100_000, bytesEach: 2000 };

describe('KeptTraces', () => {
  it('gives back what it was given', () => {
    const kept = new KeptTraces(limits);
    const one = traced('1', { user: 'Ünïcødé', notes: [{ step: 'client', what: 'x', at: 0.5 }] });
    kept.add(one);
    assert.deepEqual(kept.get('1'), JSON.parse(JSON.stringify(one)));
    assert.equal(kept.get('2'), undefined);
  });

  it('forgets the oldest', () => {
    const kept = new KeptTraces(limits);
    for (const id of ['1', '2', '3', '1', '4']) kept.add(traced(id));
    assert.deepEqual(
      ['1', '2', '3', '4'].map((id) => kept.get(id) !== undefined),
      [true, false, true, true],
    );
    assert.equal(kept.size, 3);
  });

  it('holds so many bytes and no more', () => {
    const size = Buffer.byteLength(JSON.stringify(traced('0')));
    const kept = new KeptTraces({ most: 1000, bytes: 10 * size, bytesEach: 2000 });
    for (let i = 0; i < 1000; i++) kept.add(traced(String(i % 10)));
    assert.equal(kept.size, 10);
    for (let i = 0; i < 1000; i++) kept.add(traced(String(i)));
    assert.ok(kept.size >= 8 && kept.size <= 10, String(kept.size));
    assert.ok(kept.get('999'));
  });

  it('keeps a long one without its notes, and none that is too long even so', () => {
    const kept = new KeptTraces(limits);
    kept.add(traced('1', { notes: [{ step: 'feature', what: 'x'.repeat(3000) }] }));
    assert.match(kept.get('1')!.notes[0]!.what, /longer than a trace/);
    kept.add(traced('2', { user: 'x'.repeat(3000) }));
    assert.equal(kept.get('2'), undefined);
  });

  it('does with less when there are more threads', () => {
    const kept = new KeptTraces(limits);
    for (const id of ['1', '2', '3']) kept.add(traced(id));
    kept.limits = { ...limits, most: 1 };
    kept.add(traced('4'));
    assert.equal(kept.size, 1);
    assert.ok(kept.get('4'));
  });
});
