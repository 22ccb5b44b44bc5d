import type { z } from 'zod';

import { problem, type AdminAnswer } from './admin-answer.ts';

/** The first thing that is wrong with a body, with its place. */
export function wrongBody({ issues }: z.ZodError): AdminAnswer {
  const { path = [], message = 'it is missing' } = issues[0] ?? {};
  const at = path.length === 0 ? '' : `${path.join('.')}: `;
  return problem(400, `Cannot read the body: ${at}${message}; GET /api/v1/openapi.json says what it may be`);
}
