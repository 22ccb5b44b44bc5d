import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseH2load } from './h2load.ts';

const clean = `Application protocol: h2
Main benchmark duration is over for thread #0. Stopping all clients.

finished in 2.01s, 8635.00 req/s, 210.99KB/s
requests: 17270 total, 17290 started, 17270 done, 17270 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 17270 2xx, 0 3xx, 0 4xx, 0 5xx
traffic: 421.97KB (432098) total, 34.00KB (34816) headers (space savings 95.31%), 84.33KB (86350) data
                     min         max         mean         sd        +/- sd
time for request:      131us     36.09ms      2.24ms      3.18ms    90.59%
`;

test('parseH2load() reads counts, seconds, the bytes of bodies and the rate of a clean run', () => {
  assert.deepEqual(parseH2load(clean), {
    requests: 17_270,
    seconds: 2.01,
    bytes: 86_350,
    requestsPerSecond: 8635,
    p99Ms: undefined,
    errors: undefined,
  });
});

test('parseH2load() reads milliseconds', () => {
  assert.equal(parseH2load(clean.replace('in 2.01s', 'in 121.80ms')).seconds.toFixed(4), '0.1218');
});

test('parseH2load() reports streams that failed and answers that are not 2xx, which make a round invalid', () => {
  const bad = clean
    .replace('17270 succeeded, 0 failed, 0 errored', '17200 succeeded, 60 failed, 10 errored')
    .replace('17270 2xx, 0 3xx, 0 4xx, 0 5xx', '17200 2xx, 1 3xx, 2 4xx, 57 5xx');
  assert.equal(parseH2load(bad).errors, '60 failed, 10 errored, 0 late, 60 not 2xx');
  assert.equal(parseH2load(bad).requests, 17_200);
});

test('parseH2load() takes no other protocol for HTTP/2', () => {
  assert.equal(
    parseH2load(clean.replace('protocol: h2', 'protocol: http/1.1')).errors,
    'no connection agreed on HTTP/2',
  );
  assert.equal(parseH2load(clean.replace('Application protocol: h2\n', '')).errors, 'no connection agreed on HTTP/2');
});

test('parseH2load() refuses what is not a report, quoting the end of it', () => {
  assert.throws(() => parseH2load('starting benchmark...'), /Cannot read h2load's report: starting/);
  assert.throws(() => parseH2load(''), /it is empty/);
});
