import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyError } from '../../core/errors.ts';
import { tcp, unix } from './fixtures.test.ts';
import { listenError, toListenError } from './listen-error.ts';

const failed = (code: string): Error => Object.assign(new Error(`listen ${code}`), { code });

const cases = [
  {
    address: tcp('127.0.0.1', 8080),
    code: 'EADDRINUSE',
    words: /^Cannot listen on 127\.0\.0\.1:8080: another program .*"ss -ltnp"/,
  },
  { address: tcp('::1', 8080), code: 'EADDRINUSE', words: /^Cannot listen on \[::1\]:8080: / },
  {
    address: tcp(undefined, 80),
    code: 'EACCES',
    words:
      /^Cannot listen on :80: .*below 1024.*AmbientCapabilities=.*setcap cap_net_bind_service=\+ep .*ip_unprivileged_port_start=80".*1024 up$/,
  },
  { address: tcp(undefined, 8080), code: 'EACCES', words: /a policy of the system/ },
  { address: tcp('192.0.2.1', 80), code: 'EADDRNOTAVAIL', words: /this machine has no address 192\.0\.2\.1/ },
  { address: tcp('::1', 80), code: 'EAFNOSUPPORT', words: /IPv6 is off on this machine/ },
  { address: tcp('fe80::1', 80), code: 'EINVAL', words: /needs its interface/ },
  { address: tcp('nowhere.invalid', 80), code: 'ENOTFOUND', words: /the name nowhere\.invalid has no address/ },
  { address: tcp('127.0.0.1', 80), code: 'EMFILE', words: /LimitNOFILE/ },
  {
    address: unix('/run/none/x.sock'),
    code: 'ENOENT',
    words: /^Cannot listen on unix:\/run\/none\/x\.sock: the folder \/run\/none does not exist/,
  },
  { address: unix('/etc/passwd/x'), code: 'ENOTDIR', words: /\/etc\/passwd is not a folder/ },
  { address: unix('/run/x.sock'), code: 'EACCES', words: /may not write to the folder \/run;/ },
  { address: unix('/run/x.sock'), code: 'EROFS', words: /the folder \/run can only be read/ },
  { address: unix('/run/x.sock'), code: 'EISDIR', words: /something else took the path/ },
  { address: unix('/run/x.sock'), code: 'ENOSPC', words: /the disk is full/ },
];

for (const { address, code, words } of cases) {
  test(`toListenError() says what ${code} on a ${address.kind} address means: ${String(words)}`, () => {
    const cause = failed(code);
    const error = toListenError(address, cause);
    assert.equal(error.code, 'listen-failed');
    assert.match(error.message, words);
    assert.ok(!error.message.endsWith('.'));
    assert.equal(error.cause, cause);
  });
}

test('toListenError() passes on the words of an error that it does not know', () => {
  assert.match(toListenError(tcp('::1', 1), new Error('odd thing')).message, /^Cannot listen on \[::1\]:1: odd thing$/);
  assert.match(toListenError(unix('/x'), 'thrown text').message, /: thrown text$/);
});

test('toListenError() keeps an error that is one already', () => {
  const known = listenError(tcp('::1', 1), 'of its words');
  assert.equal(toListenError(tcp('::1', 1), known), known);
  assert.ok(known instanceof ProxyError);
});
