import { z } from 'zod';

import type { AdminRequest } from './admin-server.ts';

/** What a caller calls himself. */
export const callerName: z.ZodOptional<z.ZodString> = z
  .string()
  .regex(/^[\x20-\x7e]{1,100}$/)
  .optional()
  .describe('Who says so, for the log');

/** Names are what the caller says of himself: nobody proves them. */
export function whoSays(name: string | undefined, { over }: Pick<AdminRequest, 'over'>): string {
  const way = over === 'tcp' ? 'by the admin API over TCP' : 'by the control socket';
  return name === undefined ? way : `${name} (${way})`;
}
