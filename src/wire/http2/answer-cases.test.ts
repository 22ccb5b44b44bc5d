import type { HeadCase } from './head-cases.test.ts';

const ok = [':status', '200'] as const;

export const responseCases: readonly HeadCase[] = [
  { section: '8.3.2', rule: 'a plain answer', fields: [ok, ['server', 'x']] },
  {
    section: '8.3.2',
    rule: 'an interim answer',
    fields: [
      [':status', '103'],
      ['link', '</a>'],
    ],
  },
  { section: '8.3.2', rule: 'no :status', fields: [['server', 'x']], refused: 'server-junk' },
  { section: '8.3.2', rule: ':status twice', fields: [ok, ok], refused: 'server-junk' },
  { section: '8.3.2', rule: 'a status with two digits', fields: [[':status', '20']], refused: 'server-junk' },
  { section: '8.3.2', rule: 'a status with four digits', fields: [[':status', '0200']], refused: 'server-junk' },
  { section: '8.3.2', rule: 'a status that is no number', fields: [[':status', '2x0']], refused: 'server-junk' },
  { section: '8.3.2', rule: 'a status of 99', fields: [[':status', '099']], refused: 'server-junk' },
  { section: '8.3.2', rule: 'a status of 600', fields: [[':status', '600']], refused: 'server-junk' },
  { section: '8.6', rule: 'a status of 101', fields: [[':status', '101']], refused: 'server-junk' },
  { section: '8.3', rule: ':status behind a field', fields: [['server', 'x'], ok], refused: 'server-junk' },
  { section: '8.3', rule: 'a pseudo-header of requests', fields: [ok, [':path', '/']], refused: 'server-junk' },
  { section: '8.3', rule: 'a pseudo-header that is not known', fields: [ok, [':x', '/']], refused: 'server-junk' },
  { section: '8.2', rule: 'a name in upper case', fields: [ok, ['Server', 'x']], refused: 'server-junk' },
  { section: '8.2.1', rule: 'LF in a value', fields: [ok, ['server', 'x\ny']], refused: 'server-junk' },
  { section: '8.2.1', rule: 'a space behind a value', fields: [ok, ['server', 'x ']], refused: 'server-junk' },
  { section: '8.2.2', rule: 'connection', fields: [ok, ['connection', 'close']], refused: 'server-junk' },
  {
    section: '8.2.2',
    rule: 'transfer-encoding',
    fields: [ok, ['transfer-encoding', 'chunked']],
    refused: 'server-junk',
  },
  {
    section: '8.1.1',
    rule: 'two lengths',
    fields: [ok, ['content-length', '1'], ['content-length', '1']],
    refused: 'server-junk',
  },
  { section: '8.1.1', rule: 'a length that is none', fields: [ok, ['content-length', '1e3']], refused: 'server-junk' },
  {
    section: 'limits',
    rule: 'a field longer than is allowed',
    fields: [ok, ['a', 'x'.repeat(600)]],
    refused: 'server-junk',
  },
];

export const trailerCases: readonly HeadCase[] = [
  {
    section: '8.1',
    rule: 'trailers',
    fields: [
      ['x-sum', '1'],
      ['grpc-status', '0'],
    ],
  },
  { section: '8.1', rule: 'a pseudo-header', fields: [[':status', '200']], refused: 'bad-body' },
  {
    section: '8.1',
    rule: 'a pseudo-header of requests',
    fields: [
      ['x-sum', '1'],
      [':path', '/'],
    ],
    refused: 'bad-body',
  },
  { section: '8.2', rule: 'a name in upper case', fields: [['X-Sum', '1']], refused: 'bad-body' },
  { section: '8.2.2', rule: 'connection', fields: [['connection', 'x-sum']], refused: 'bad-body' },
  { section: 'limits', rule: 'more than is allowed', fields: [['a', 'x'.repeat(250)]], refused: 'trailers-too-large' },
];
