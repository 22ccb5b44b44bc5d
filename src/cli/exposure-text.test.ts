import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RouteExposure } from '../control/exposure/exposure.ts';
import { exposureText } from './exposure-text.ts';

const route: RouteExposure = {
  route: 'a',
  host: 'a.example',
  path: '/',
  when: null,
  priority: 0,
  to: 'app',
  servers: ['http://10.0.0.5', 'http://10.0.0.6', 'http://10.0.0.7'],
  open: true,
  keepsOut: [],
  hardens: ['security headers'],
};

test('exposureText() has a table for each listener, and says NOTHING where nothing keeps anyone out', () => {
  const guarded = {
    ...route,
    path: '/a/',
    when: 'method is GET',
    open: false,
    keepsOut: ['password'],
    hardens: [],
    servers: [],
  };
  const tls = {
    minVersion: 'TLS 1.2',
    maxVersion: 'TLS 1.3',
    names: ['a.example'],
    unknownName: 'refuse',
    asksForCertificates: true,
  } as const;
  const text = exposureText([
    { name: 'safe', address: ':443', openTo: 'the world', tls, routes: [guarded, route] },
    { name: 'web', address: '127.0.0.1:80', openTo: 'this machine', tls: null, routes: [] },
  ]);
  assert.equal(
    text,
    `safe: :443, open to the world, TLS 1.2 to 1.3, certificates for a.example, other names refused, clients are asked for certificates
  HOST       PATH                  LEADS TO                                         PROTECTED BY
  a.example  /a/ if method is GET  app                                              password
  a.example  /                     app: http://10.0.0.5 http://10.0.0.6 and 1 more  NOTHING, security headers
  1 of 2 let everyone in

web: 127.0.0.1:80, open to this machine, plain HTTP
  no route: everything is answered with 404`,
  );
});

test('exposureText() cuts what is wide, and lets nothing move the cursor', () => {
  const wide = {
    ...route,
    host: `${'a'.repeat(300)}.example`,
    path: `/\u001B[31m`,
    keepsOut: Array(50).fill('password') as string[],
    open: false,
  };
  const text = exposureText([{ name: 'web', address: ':80', openTo: 'the world', tls: null, routes: [wide] }]);
  assert.ok(text.split('\n').every((line) => line.length < 220));
  assert.ok(!text.includes('\u001B'));
});
