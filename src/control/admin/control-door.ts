import type { Logger } from '../../core/log.ts';
import type { Controlled } from '../controlled.ts';
import { AdminServer } from './admin-server.ts';
import { ControlSocketError } from './control-socket.ts';
import { adminRoutes } from './routes.ts';

/** Where the control socket is to be, and what happens if it cannot be opened. */
export interface DoorChoice {
  readonly path: string;
  /** False: the path was nobody's wish, so Postern runs on without a control socket where it cannot be opened. */
  readonly wanted: boolean;
  /** Another Postern that answers there is reason enough not to start. */
  readonly alone: boolean;
}

/** How long answers may take on their way out when a socket is closed, in ms. */
const closeMs = 1000;

/** Keeps the admin API open where the config says, and moves it when the config does. */
export class ControlDoor {
  readonly #log: Logger;
  #current: { readonly path: string; readonly server: AdminServer } | undefined;
  #closing: Promise<void> = Promise.resolve();
  #next: { readonly path: string; readonly server: AdminServer } | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Where it is open; undefined: nowhere. */
  get path(): string | undefined {
    return this.#current?.path;
  }

  /**
   * Opens the socket unless it is open already. The one before stays until `settle`.
   * @throws {ControlSocketError} in words; all is as before then.
   */
  async open(choice: DoorChoice | undefined, postern: Controlled): Promise<void> {
    if (choice === undefined || choice.path === this.#current?.path) return;
    const server = new AdminServer(adminRoutes(postern), this.#log);
    try {
      await server.listen(choice.path);
    } catch (error) {
      if (choice.wanted || !(error instanceof ControlSocketError) || (error.taken && choice.alone)) throw error;
      this.#log.warn(
        `${error.message}. Going on without it: "postern status", "reload" and "stop" will not find this one`,
      );
      return;
    }
    this.#next = { path: choice.path, server };
  }

  /** What was opened last is in force. The one before it is closed when its last answer has gone out. */
  settle(): void {
    if (this.#next === undefined) return;
    // Not to be waited for: the call that moves the socket may itself be waiting there for its answer.
    if (this.#current !== undefined) this.#closing = this.#current.server.close(closeMs);
    this.#current = this.#next;
    this.#next = undefined;
  }

  /** What was opened last is not wanted after all. */
  async forget(): Promise<void> {
    const next = this.#next;
    this.#next = undefined;
    await next?.server.close(0);
  }

  /** Removes the socket at once, so that a successor may have its path; answers on their way still go out. */
  leave(): void {
    if (this.#current === undefined) return;
    this.#closing = this.#current.server.close(closeMs);
    this.#current = undefined;
  }

  async close(): Promise<void> {
    await this.forget();
    const current = this.#current;
    this.#current = undefined;
    await current?.server.close(closeMs);
    await this.#closing;
  }
}
