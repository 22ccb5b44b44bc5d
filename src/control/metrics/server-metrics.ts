import type { WebhookCounts } from '../events/webhook.ts';
import type { ServerStatus } from '../servers/server-care.ts';
import type { Exposition } from './exposition.ts';

/** Writes what is known of servers beside their traffic. Those that nothing has happened to have no counters. */
export function writeServerStates(out: Exposition, servers: readonly ServerStatus[], told: WebhookCounts): void {
  out.metric('postern_server_up', 'gauge', '1: the server may get new requests.');
  for (const { pool, server, usable } of servers) out.sample('postern_server_up', { pool, server }, usable ? 1 : 0);
  out.metric('postern_server_weight', 'gauge', 'What a server weighs beside the others now.');
  for (const { pool, server, weight } of servers) out.sample('postern_server_weight', { pool, server }, weight);
  out.metric('postern_server_state_changes_total', 'counter', 'What has happened to servers, by what it was.');
  for (const { pool, server, changes } of servers) {
    for (const [event, count] of Object.entries(changes)) {
      out.sample('postern_server_state_changes_total', { pool, server, event }, count);
    }
  }
  writePools(out, servers);
  writeChecks(out, servers);
  out.metric('postern_webhook_events_total', 'counter', 'Events for the webhook, by what became of them.');
  for (const [outcome, count] of Object.entries(told)) out.sample('postern_webhook_events_total', { outcome }, count);
}

function writePools(out: Exposition, servers: readonly ServerStatus[]): void {
  out.metric('postern_pool_usable_servers', 'gauge', 'Servers of a pool that may get new requests.');
  for (const [pool, each] of Map.groupBy(servers, (server) => server.pool)) {
    out.sample('postern_pool_usable_servers', { pool }, each.filter(({ usable }) => usable).length);
  }
}

function writeChecks(out: Exposition, servers: readonly ServerStatus[]): void {
  const checked = servers.flatMap(({ pool, server, checks }) => (checks ? [{ labels: { pool, server }, checks }] : []));
  out.metric('postern_server_checks_total', 'counter', 'Health checks of a server, by how they went.');
  for (const { labels, checks } of checked) {
    out.sample('postern_server_checks_total', { ...labels, result: 'passed' }, checks.passed);
    out.sample('postern_server_checks_total', { ...labels, result: 'failed' }, checks.failed);
  }
  out.metric('postern_server_check_duration_seconds', 'gauge', 'How long the last health check of a server took.');
  for (const { labels, checks } of checked) {
    const last = checks.history.at(-1);
    if (last !== undefined) out.sample('postern_server_check_duration_seconds', labels, last.ms / 1000);
  }
}
