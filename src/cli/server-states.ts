import type { PosternStatus } from '../control/controlled.ts';
import { durationWords } from '../control/events/duration-words.ts';
import { stateText } from '../control/events/server-event.ts';
import type { ServerStatus } from '../control/servers/server-care.ts';
import { table } from './table.ts';

/** What is known of servers, in columns; nothing where nobody has looked at any. */
export function serverStates({ servers, startedAt, uptimeMs }: PosternStatus): string {
  const looked = servers.some(({ checks, word, ...state }) => checks ?? word ?? stateText(state) !== 'ready');
  if (!looked) return '';
  // By the clock of the process that was asked.
  const now = Date.parse(startedAt) + uptimeMs;
  const rows = servers.map((server) => [
    server.pool,
    server.server,
    stateText(server),
    durationWords(Math.max(0, now - Date.parse(server.since))),
    String(Math.round(server.weight * 1000) / 1000),
    lastWord(server),
  ]);
  return table([['POOL', 'SERVER', 'STATE', 'FOR', 'WEIGHT', 'LAST CHECK'], ...rows]);
}

function lastWord({ lastCheck, word, ejection }: ServerStatus): string {
  const out = ejection && `ejected until ${ejection.until}: ${ejection.why}`;
  const check = lastCheck && `${lastCheck.why} (${lastCheck.ms} ms)`;
  const said = word && (word.ok ? `says: ${word.why}` : `says nothing: ${word.why}`);
  return [out, check, said].filter((part) => part !== undefined).join('; ') || '-';
}
