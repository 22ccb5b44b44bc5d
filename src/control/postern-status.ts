import type { PosternStatus } from './controlled.ts';
import type { PosternParts } from './postern-parts.ts';

/** What a running Postern knows of itself. Times are in milliseconds since 1970. */
export interface OwnStatus extends Pick<PosternStatus, 'phase' | 'listeners' | 'disabled'> {
  readonly startedAt: number;
  readonly loadedAt: number;
  readonly lastFailure: PosternStatus['config']['lastFailure'];
}

/** Everything that `postern status` shows. */
export async function posternStatus(
  { version, clock, from, host, names, servers, certificates, care }: PosternParts,
  { phase, startedAt, loadedAt, lastFailure, listeners, disabled }: OwnStatus,
): Promise<PosternStatus> {
  return {
    version,
    pid: process.pid,
    node: process.version,
    phase,
    startedAt: new Date(startedAt).toISOString(),
    uptimeMs: Math.max(0, clock.date() - startedAt),
    memoryBytes: process.memoryUsage.rss(),
    config: { from, loadedAt: new Date(loadedAt).toISOString(), lastFailure },
    threads: await host.threads(),
    listeners,
    traffic: await host.status().catch(() => undefined),
    names: [...names.status, ...servers.names],
    disabled,
    certificates: certificates.status,
    servers: care.status,
    beside: servers.state.changes.length + servers.state.splits.length,
    pools: care.pools,
  };
}
