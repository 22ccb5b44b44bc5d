import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRss, parseStat } from './proc.ts';
import { ProcessTree } from './process-tree.ts';

const stat =
  '4711 (node) S 1 4711 4711 0 -1 4194304 9126 77 0 0 120 45 7 3 20 0 11 0 123456 1100000000 12345 18446744073709551615 1 1 0 0';

test('parseStat() adds user and system time, children waited for included', () => {
  assert.deepEqual(parseStat(stat), { user: 127, system: 48 });
});

test('parseStat() is not misled by a name with blanks and parentheses', () => {
  assert.deepEqual(parseStat(stat.replace('(node)', '(a) b (c)')), { user: 127, system: 48 });
});

test('parseStat() refuses what is not a stat line', () => {
  assert.throws(() => parseStat('4711 (node) S 1 2'), /Cannot read CPU time/);
});

test('parseRss() reads kilobytes, and is 0 where a zombie has no such line', () => {
  assert.equal(parseRss('Name:\tnode\nVmHWM:\t   99999 kB\nVmRSS:\t   45678 kB\nThreads:\t11\n'), 45_678 * 1024);
  assert.equal(parseRss('Name:\tnode\nState:\tZ (zombie)\n'), 0);
});

test(
  'ProcessTree sees its own process: CPU time grows with work, memory is counted',
  { skip: process.platform !== 'linux' },
  () => {
    const tree = new ProcessTree(process.pid);
    const before = tree.cpu();
    const until = process.cpuUsage().user + 60_000;
    while (process.cpuUsage().user < until); // 60 ms of work are at least five ticks of 10 ms
    const after = tree.cpu();
    assert.ok(after.userUs - before.userUs >= 30_000);
    assert.ok(tree.pids().includes(process.pid));
    assert.ok(tree.rssBytes() > 10_000_000);
  },
);
