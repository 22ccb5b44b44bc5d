import { z } from 'zod';

import { eventKinds } from '../events/server-event.ts';
import type { EventsSettings, WebhookPlan } from '../events/events-settings.ts';
import { duration, text } from './leaf.ts';
import { bad, good, type Reading } from './reading.ts';
import { sentFields } from './schema-sent-fields.ts';

function readHookUrl(value: string): Reading<string> {
  const url = URL.parse(value);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    return bad('it is not a URL', 'write for example https://alerts.example.com/postern');
  }
  if (url.username !== '' || url.password !== '') {
    return bad('there is a user in it', 'write the credentials as a field, in headers: { authorization: ... }');
  }
  return url.hash === '' ? good(url.href) : bad('there is a "#" in it', 'leave it out');
}

const webhook: z.ZodType<WebhookPlan> = z
  .strictObject({
    url: text(readHookUrl, {
      description: 'Where events are posted to, each by itself, as JSON',
      examples: ['https://alerts.example.com/postern'],
    }),
    headers: sentFields(
      'Fields of these requests, such as a key: best as `${NAME}` or `${file:...}`, for this is a secret',
      { authorization: 'Bearer ${ALERT_KEY}' },
    ).prefault({}),
    on: z
      .array(z.enum(eventKinds))
      .min(1)
      .default([...eventKinds])
      .meta({
        description: `Events that it is told of; all of them, unless set: ${eventKinds.join(', ')}`,
        examples: [['server-down', 'server-up', 'pool-down', 'pool-up']],
      }),
    timeout: duration('Longest wait for an answer; then it is sent again', '10s', { min: '100ms', max: '1m' }).prefault(
      '5s',
    ),
  })
  .transform(({ timeout, ...rest }) => ({ ...rest, timeoutMs: timeout }));

/** The key `events`: who is told of what happens to servers. */
export const eventsSchema: z.ZodType<EventsSettings> = z.strictObject({
  webhook: webhook.optional().describe('A URL that is told. Unless set, nobody is but the log and the metrics'),
});
