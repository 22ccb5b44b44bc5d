import type { ListeningSocket, TlsSecrets } from '../../proxy/index.ts';
import { AdminUnreachable, callAdmin } from '../admin/admin-client.ts';
import type { AdminAnswer } from '../admin/admin-answer.ts';
import { readEstate, type Invitation } from './take-over.ts';

/** How long the process before this one may take to answer, in ms. */
const answerMs = 10_000;

/** Most of what it is told of a failure. */
const maxProblems = 20;

/** The Postern whose place this one takes: it goes on until `retire`, and for good where that never comes. */
export class Predecessor {
  readonly sockets: readonly ListeningSocket[];
  /** So that clients go on with their TLS sessions. */
  readonly secrets: TlsSecrets;
  readonly #socket: string;

  private constructor(socket: string, sockets: readonly ListeningSocket[], secrets: TlsSecrets) {
    this.#socket = socket;
    this.sockets = sockets;
    this.secrets = secrets;
  }

  /**
   * Asks for what it leaves. @param invitation from the one that started this process; else its control socket.
   * @returns undefined where nothing listens there.
   * @throws {Error} in words, where it cannot be succeeded.
   */
  static async meet(invitation: Invitation | string): Promise<Predecessor | undefined> {
    const socket = typeof invitation === 'string' ? invitation : invitation.socket;
    const answer = await ask(socket, '/api/v1/hand-over');
    if (answer === undefined) return undefined;
    const estate = answer.status === 200 ? readEstate(answer.body) : undefined;
    if (estate === undefined) {
      throw new Error(`Cannot take over from the Postern at ${socket}: ${reasonOf(answer)}`);
    }
    const sockets = typeof invitation === 'string' ? estate.sockets : invitation.sockets;
    return new Predecessor(socket, sockets, estate.secrets);
  }

  /**
   * This process listens: the other closes its control socket, takes no connections any more, and ends what it has.
   * @throws {Error} in words, where it does not want to. One that is gone already is no failure.
   */
  async retire(): Promise<void> {
    const answer = await ask(this.#socket, '/api/v1/retire');
    if (answer === undefined || answer.status === 202) return;
    throw new Error(`Cannot take over from the Postern at ${this.#socket}: ${reasonOf(answer)}`);
  }
}

/** Says why this process does not start after all. Never rejects: who cannot be told will see that it ends. */
export async function giveUp(socket: string, problems: readonly string[]): Promise<void> {
  const body = { problems: problems.slice(0, maxProblems).map((text) => text.slice(0, 1000)) };
  await callAdmin(socket, { method: 'POST', path: '/api/v1/give-up', body, timeoutMs: answerMs }).catch(() => {});
}

/** Undefined: nothing listens there. */
async function ask(socket: string, path: string): Promise<AdminAnswer | undefined> {
  try {
    return await callAdmin(socket, { method: 'POST', path, timeoutMs: answerMs });
  } catch (error) {
    if (error instanceof AdminUnreachable && error.absent) return undefined;
    throw error;
  }
}

function reasonOf({ status, body }: AdminAnswer): string {
  if (status === 404) return 'it is of a version that cannot hand over; stop it first';
  const text = JSON.stringify(body);
  const told = /"message":"([^"\\]{1,500})"/.exec(text)?.[1];
  return told ?? `its answer cannot be read (status ${status})`;
}
