// What a server must do and must not do by RFC 9113 and RFC 7541, rule by rule, against a whole proxy.
import { after, before, suite, test } from 'node:test';

import type { PlanSpec } from '../../harness/plan-of.ts';
import { connectionMusts } from './connection.ts';
import { controlFrameMusts } from './control-frames.ts';
import { defences, defencesInTime } from './defences.ts';
import { streamFrameMusts } from './frames.ts';
import { hpackMusts } from './hpack.ts';
import { messageMusts } from './messages.ts';
import { MustsSite } from './musts-site.ts';
import type { Must } from './must.ts';
import { streamMusts } from './streams.ts';

/** The last is longer: all but one of the cases are to find the connection there when the others are up. */
const short = { headMs: 1000, writeMs: 1000, bodyIdleMs: 1000, keepAliveMs: 2500 };

const groups: readonly (readonly [name: string, musts: readonly Must[], spec?: PlanSpec])[] = [
  ['connections, frames and header blocks', connectionMusts],
  ['streams', streamMusts],
  ['frames of streams', streamFrameMusts],
  ['frames of connections', controlFrameMusts],
  ['messages', messageMusts],
  ['header compression', hpackMusts],
  ['defences', defences],
  ['defences in time', defencesInTime, { timeouts: short }],
];

for (const [name, musts, spec] of groups) {
  suite(name, { concurrency: 8 }, () => {
    const site = new MustsSite(groups.findIndex(([each]) => each === name) + 1);
    before(() => site.start(spec));
    after(() => site.stop());
    for (const [i, must] of musts.entries())
      test(`RFC ${must.section}: ${must.rule}`, { timeout: 30_000 }, () => site.check(must, i));
  });
}
