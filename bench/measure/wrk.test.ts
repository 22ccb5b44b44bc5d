import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWrk } from './wrk.ts';

const clean = `Running 4s test @ http://127.0.0.1:8080/
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.85ms  394.11us  11.22ms   95.11%
    Req/Sec    34.77k     1.22k   36.18k    82.50%
  Latency Distribution
     50%    1.80ms
     75%    1.88ms
     90%    1.98ms
     99%    3.66ms
  138446 requests in 4.00s, 31.29MB read
Requests/sec:  34580.32
Transfer/sec:      7.81MB
`;

test('parseWrk() reads counts, bytes, rate and latency of a clean run', () => {
  assert.deepEqual(parseWrk(clean), {
    requests: 138_446,
    seconds: 4,
    bytes: 31.29 * 2 ** 20,
    requestsPerSecond: 34_580.32,
    p99Ms: 3.66,
    errors: undefined,
  });
});

test('parseWrk() reads other units: a minute, gigabytes, microseconds', () => {
  const long = clean
    .replace('138446 requests in 4.00s, 31.29MB read', '7 requests in 1.50m, 4.50GB read')
    .replace('99%    3.66ms', '99%  850.00us');
  const result = parseWrk(long);
  assert.equal(result.seconds, 90);
  assert.equal(result.bytes, 4.5 * 2 ** 30);
  assert.equal(result.p99Ms?.toFixed(3), '0.850');
});

test('parseWrk() reports socket errors and answers that are not 2xx, which make a round invalid', () => {
  const bad = clean.replace(
    'Requests/sec',
    '  Socket errors: connect 0, read 12, write 3, timeout 0\n  Non-2xx or 3xx responses: 55\nRequests/sec',
  );
  assert.equal(
    parseWrk(bad).errors,
    'Socket errors: connect 0, read 12, write 3, timeout 0; Non-2xx or 3xx responses: 55',
  );
});

test('parseWrk() has no latency to report when wrk ran without --latency', () => {
  assert.equal(parseWrk(clean.replace(/ {2}Latency Distribution[^]*?3\.66ms\n/, '')).p99Ms, undefined);
});

test('parseWrk() refuses what is not a report, quoting it', () => {
  assert.throws(
    () => parseWrk('unable to connect to 127.0.0.1:1 Connection refused'),
    /Cannot read wrk's report: unable/,
  );
  assert.throws(() => parseWrk(''), /it is empty/);
});
