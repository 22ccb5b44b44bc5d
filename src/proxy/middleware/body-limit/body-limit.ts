import type { Feature } from '../feature.ts';
import type { PathMatch } from '../../plan.ts';
import { LimitedBody, tooLarge } from './limited-body.ts';

/** A path in words of its own, not a pattern. */
export type PlainPath = Extract<PathMatch, { readonly path: string }>;

export interface BodyLimitConfig {
  /** Bytes. */
  readonly max: number;
  /** The longest path first. */
  readonly exceptions: readonly { readonly path: PlainPath; readonly max: number }[];
}

/**
 * Refuses request bodies over a size: at once where the request says how much will come, and otherwise when it has come. Tunnels
 * have no size.
 */
export const bodyLimit: Feature<BodyLimitConfig> = {
  name: 'body-limit',
  create(config) {
    return {
      request(work) {
        const { body, exchange } = work;
        if (body === undefined || exchange.upgrade !== undefined) return undefined;
        const max = maxFor(exchange.target.path, config);
        if (body.length === undefined) work.body = new LimitedBody(body, max);
        else if (body.length > max) return tooLarge(max);
        return undefined;
      },
    };
  },
};

function maxFor(path: string, { max, exceptions }: BodyLimitConfig): number {
  for (const exception of exceptions) if (holds(exception.path, path)) return exception.max;
  return max;
}

function holds(match: PlainPath, path: string): boolean {
  if (match.kind === 'exact') return path === match.path;
  if (!path.startsWith(match.path)) return false;
  return match.kind === 'folder' || path.length === match.path.length || path.charCodeAt(match.path.length) === 0x2f;
}
