import type { z } from 'zod';

/** Refuses a map without keys; one with keys that are not known has been refused already. */
export function notEmpty(remedy: string): z.core.CheckFn<object> {
  return ({ value, issues }) => {
    if (issues.length > 0 || Object.keys(value).length > 0) return;
    issues.push({ code: 'custom', input: value, message: 'there is nothing in it', params: { remedy } });
  };
}
