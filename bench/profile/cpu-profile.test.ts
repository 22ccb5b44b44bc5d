import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarize } from './cpu-profile.ts';

function frame(id: number, functionName: string, place: string, children: number[] = []): object {
  const [url = '', line = '1'] = place.split('#');
  return {
    id,
    callFrame: { functionName, url, lineNumber: Number(line) - 1, columnNumber: 0, scriptId: '1' },
    children,
  };
}

const profile = JSON.stringify({
  nodes: [
    frame(1, '(root)', '', [2, 3, 6]),
    frame(2, '(idle)', ''),
    frame(3, 'serve', 'file:///home/me/postern/src/a.ts#10', [4, 5]),
    frame(4, 'parse', 'file:///home/me/postern/src/b.ts#20'),
    frame(5, 'serve', 'file:///home/me/postern/src/a.ts#10'),
    frame(6, '(program)', ''),
  ],
  samples: [2, 3, 4, 5, 6, 4, 2],
  timeDeltas: [0, 1000, 10, 20, 40, 80, 160],
  startTime: 0,
  endTime: 1310,
});

test('summarize() adds self time by function and by file, without the time in which the thread waited', () => {
  const { busyUs, functions, files } = summarize(profile, '/home/me/postern/');
  assert.equal(busyUs, 310);
  assert.deepEqual(
    functions.slice(0, 3).map(({ name, where, selfUs }) => [name, where, selfUs]),
    [
      ['parse', 'src/b.ts:20', 180],
      ['(program)', '', 80],
      ['serve', 'src/a.ts:10', 50],
    ],
  );
  assert.deepEqual(
    files.slice(0, 3).map(({ name, selfUs }) => [name, selfUs]),
    [
      ['src/b.ts', 180],
      ['(program)', 80],
      ['src/a.ts', 50],
    ],
  );
});

test('summarize() counts the total of a function that calls itself once', () => {
  const { functions } = summarize(profile, '/home/me/postern/');
  assert.equal(functions.find(({ name }) => name === 'serve')?.totalUs, 230);
});

test('summarize() refuses what is not a profile', () => {
  assert.throws(() => summarize('{}', ''), /Cannot read profile/);
});
