import assert from 'node:assert/strict';
import { test } from 'node:test';

import { findServer } from './find-server.ts';

const names = ['http://10.0.0.5:8080', 'http://10.0.0.5:8081', 'https://app.internal', 'http://[fd00::5]:8080'];

test('a server is found by its name, by host and port, and by its host where that is one alone', () => {
  const found = (text: string): string | undefined => {
    const result = findServer(text, names, 'the pool app');
    return 'name' in result ? result.name : undefined;
  };
  assert.equal(found('http://10.0.0.5:8080'), names[0]);
  assert.equal(found('10.0.0.5:8081'), names[1]);
  assert.equal(found('APP.internal:443'), names[2]);
  assert.equal(found('app.internal'), names[2]);
  assert.equal(found('[fd00::5]:8080'), names[3]);
  assert.equal(found('fd00::5'), names[3]);
});

test('a server that is spoken to by HTTP/2 has the port of plain HTTP', () => {
  const found = (text: string): unknown => findServer(text, ['h2c://10.0.0.7', 'h2c://10.0.0.8:50051'], 'the pool app');
  assert.deepEqual(found('10.0.0.7:80'), { name: 'h2c://10.0.0.7' });
  assert.deepEqual(found('10.0.0.8'), { name: 'h2c://10.0.0.8:50051' });
});

test('what fits several servers, or none, is refused with those that there are', () => {
  assert.deepEqual(findServer('10.0.0.5', names, 'the pool app'), {
    why: 'ambiguous',
    message: `Cannot find the server "10.0.0.5" in the pool app: it may be ${names[0]}, ${names[1]}`,
  });
  assert.deepEqual(findServer('10.0.0.6', ['http://a'], 'the pool app'), {
    why: 'unknown',
    message: 'Cannot find the server "10.0.0.6" in the pool app: there are http://a',
  });
});
