import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readEstate, readInvitation, writeEstate } from './take-over.ts';

const address = { kind: 'tcp', host: undefined, port: 443 } as const;
const unix = { kind: 'unix', path: '/run/x.sock', mode: 0o660 } as const;
const ticketKeys = new Uint8Array(48).map((_, i) => i);

test('an estate crosses the control socket whole, but for descriptors, which mean nothing elsewhere', () => {
  const staples = [{ fingerprint: 'ab', response: new Uint8Array([1, 2, 255]) }];
  const sockets = [
    { address, port: 443, fd: 17 },
    { address: unix, port: 0, fd: 18 },
  ];
  const read = readEstate(JSON.parse(JSON.stringify(writeEstate({ sockets, secrets: { ticketKeys, staples } }))));
  assert.deepEqual(read?.secrets, { ticketKeys, staples });
  assert.deepEqual(
    read?.sockets,
    sockets.map((each) => ({ ...each, fd: undefined })),
  );
});

test('what no Postern has sent is no estate', () => {
  const good = { sockets: [], secrets: { ticketKeys: Buffer.from(ticketKeys).toString('base64'), staples: [] } };
  assert.notEqual(readEstate(good), undefined);
  for (const bad of [
    undefined,
    null,
    'text',
    {},
    { ...good, sockets: [{ address: { kind: 'pipe' }, port: 1 }] },
    { ...good, sockets: [{ address, port: 70_000 }] },
    { ...good, secrets: { ...good.secrets, ticketKeys: 'AAAA' } },
    { ...good, secrets: { ...good.secrets, ticketKeys: '!' } },
  ]) {
    assert.equal(readEstate(bad), undefined);
  }
});

test('an invitation names descriptors beyond the standard ones, and anything else is refused in words', () => {
  const invitation = { socket: '/run/ctl.sock', sockets: [{ address, port: 443, fd: 3 }] };
  assert.deepEqual(readInvitation(JSON.stringify(invitation)), invitation);
  for (const bad of ['', '{', '{}', JSON.stringify({ ...invitation, sockets: [{ address, port: 443, fd: 1 }] })]) {
    assert.throws(() => readInvitation(bad), /leave it unset/);
  }
});
