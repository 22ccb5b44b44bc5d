import type { Exchange } from '../exchange.ts';
import type { Candidate, Picker } from '../picker.ts';
import { loadOf, notePick } from './note-pick.ts';

/** The first in the order of the config that is not full; where all are, the first. So the last ones can be switched off. */
export class First<S extends Candidate> implements Picker<S> {
  pick(exchange: Exchange, usable: readonly S[], tried: ReadonlySet<S> | undefined): S {
    let chosen: S | undefined;
    for (const server of usable) {
      if (tried?.has(server) === true) continue;
      chosen ??= server;
      if (server.full) continue;
      chosen = server;
      break;
    }
    chosen ??= usable[0]!;
    if (exchange.trace !== undefined) {
      notePick(
        exchange,
        'first',
        chosen,
        `the first ${chosen.full ? 'of all, which are full' : `with room (${loadOf(chosen)})`}`,
      );
    }
    return chosen;
  }
}
