import { silent, type ServerWord } from '../servers/server-word.ts';

/** What an agent has said, and why it says so. */
export interface AgentWord {
  readonly said: ServerWord;
  /** For people; undefined: it gives no reason. */
  readonly reason: string | undefined;
}

const mostReason = 200;
const mostWeight = 256;
const mostConnections = 1_000_000;

/**
 * Reads HAProxy's words for agents: `75%`, `weight:50`, `maxconn:30`, `ready`, `drain`, `maint`, `up`, `down`, `fail`,
 * `stopped`, with a reason behind a `#`. Several of them may come at once, parted by spaces, tabs or commas, in any case.
 *
 * @param before what it has said until now: what it says nothing of stays.
 * @returns undefined where none of its words is known: then nothing counts. Other words are passed over, as HAProxy does.
 */
export function readAgentText(text: string, before: ServerWord = silent): AgentWord | undefined {
  const [line = ''] = text.split(/[\r\n]/, 1);
  const hash = line.indexOf('#');
  const words = (hash < 0 ? line : line.slice(0, hash)).toLowerCase().split(/[\s,]+/);
  const said = { ...before };
  let count = 0;
  for (const word of words) {
    const parts = partsOf(word);
    if (parts === undefined) continue;
    Object.assign(said, parts);
    count += 1;
  }
  const reason = hash < 0 ? '' : line.slice(hash + 1, hash + 1 + mostReason).trim();
  if (count === 0) return undefined;
  return { said, reason: reason === '' ? undefined : reason.replaceAll(/[^\x20-\x7e]/g, '?') };
}

function partsOf(word: string): Partial<ServerWord> | undefined {
  switch (word) {
    case 'ready':
    case 'drain':
    case 'maint':
      return { operator: word };
    case 'up':
      return { health: 'up' };
    case 'down':
    case 'fail':
    case 'stopped':
      return { health: 'down' };
    default:
      return numberOf(word);
  }
}

function numberOf(word: string): Partial<ServerWord> | undefined {
  const [, name = '', digits = '', percent = ''] = /^(weight:|maxconn:)?(\d{1,9})(%?)$/.exec(word) ?? [];
  const value = Number(digits);
  if (digits === '') return undefined;
  if (name === 'maxconn:') return percent === '' ? { connections: Math.min(value, mostConnections) } : undefined;
  // As in HAProxy, a share is of the weight that the config says.
  if (percent === '%') return { share: Math.min(value, mostWeight) / 100, weight: undefined };
  return name === '' ? undefined : { weight: Math.min(value, mostWeight), share: 1 };
}
