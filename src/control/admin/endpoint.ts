import type { z } from 'zod';

import type { AdminAccess } from './admin-server.ts';

/** What a call takes and gives, without what it does: for the server, and for those who want to know. */
export interface Endpoint {
  readonly summary: string;
  readonly access: AdminAccess;
  readonly request?: z.ZodType;
  /** By status; those that say no have a list of problems. */
  readonly answers: Readonly<Record<number, z.ZodType | 'text'>>;
  /** Statuses that say no, besides those that any call may get, and why. */
  readonly refusals?: Readonly<Record<number, string>>;
  readonly maxBodyBytes?: number;
  readonly ignoresQuery?: boolean;
}
