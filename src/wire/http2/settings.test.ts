import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerSettings, Setting } from './settings.ts';

test('6.5.2: what holds until the peer has spoken', () => {
  const settings = new PeerSettings();
  assert.deepEqual(
    { ...settings },
    {
      headerTableSize: 4096,
      enablePush: true,
      maxConcurrentStreams: Number.POSITIVE_INFINITY,
      initialWindowSize: 65_535,
      maxFrameSize: 16_384,
      maxHeaderListSize: Number.POSITIVE_INFINITY,
      enableConnectProtocol: false,
      noRfc7540Priorities: undefined,
    },
  );
});

test('6.5.3: the last value counts', () => {
  const settings = new PeerSettings();
  settings.apply(Setting.MaxConcurrentStreams, 1);
  settings.apply(Setting.MaxConcurrentStreams, 0);
  settings.apply(Setting.HeaderTableSize, 0);
  settings.apply(Setting.EnablePush, 0);
  settings.apply(Setting.MaxFrameSize, 20_000);
  settings.apply(Setting.MaxHeaderListSize, 5);
  settings.apply(0xff, 7);
  assert.equal(settings.maxConcurrentStreams, 0);
  assert.equal(settings.headerTableSize, 0);
  assert.equal(settings.enablePush, false);
  assert.equal(settings.maxFrameSize, 20_000);
  assert.equal(settings.maxHeaderListSize, 5);
});

test('6.9.2: another initial size changes the windows of all streams by the difference', () => {
  const settings = new PeerSettings();
  assert.equal(settings.apply(Setting.InitialWindowSize, 0), -65_535);
  assert.equal(settings.apply(Setting.InitialWindowSize, 10), 10);
  assert.equal(settings.apply(Setting.MaxFrameSize, 16_384), 0);
});

test('RFC 8441 3: what was allowed is not taken back', () => {
  const settings = new PeerSettings();
  settings.apply(Setting.EnableConnectProtocol, 0);
  settings.apply(Setting.EnableConnectProtocol, 1);
  settings.apply(Setting.EnableConnectProtocol, 1);
  assert.equal(settings.enableConnectProtocol, true);
  assert.throws(() => settings.apply(Setting.EnableConnectProtocol, 0), { name: 'Http2Error', code: 1 });
});

test('RFC 9218 2.1: the first word on priorities stays', () => {
  const settings = new PeerSettings();
  settings.apply(Setting.NoRfc7540Priorities, 0);
  assert.throws(() => settings.apply(Setting.NoRfc7540Priorities, 1), { name: 'Http2Error', code: 1 });
});
