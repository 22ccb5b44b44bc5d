import type { CountedRows } from '../../proxy/index.ts';
import type { PosternStatus } from '../controlled.ts';
import type { DisabledPart } from '../disabled-parts.ts';
import type { WebhookCounts } from '../events/webhook.ts';
import { Exposition } from './exposition.ts';
import { writePoolStates } from './pool-metrics.ts';
import { writeServerStates } from './server-metrics.ts';
import { writeSplits, type SplitWeights } from './split-metrics.ts';
import type { SpanCounts } from '../tracing/otlp-exporter.ts';
import { writeTraffic, type TrafficBooks } from './traffic-metrics.ts';

/** Reloads since the start. */
export interface ReloadCounts {
  readonly done: number;
  readonly unchanged: number;
  readonly failed: number;
}

/** What metrics are made of. */
export interface MetricsParts {
  readonly status: PosternStatus;
  readonly books: TrafficBooks;
  readonly rows: CountedRows;
  readonly reloads: ReloadCounts;
  readonly spans: SpanCounts;
  readonly told: WebhookCounts;
  readonly splits: SplitWeights;
}

/** All metrics, as text for Prometheus. */
export function metricsText({ status, books, rows, reloads, spans, told, splits }: MetricsParts): string {
  const out = new Exposition();
  writeProcess(out, status, reloads);
  writeDisabled(out, status);
  writeThreads(out, status);
  writeConnections(out, status);
  writeHandshakes(out, status);
  writeServers(out, status);
  writeServerStates(out, status.servers, told);
  writePoolStates(out, status.pools ?? [], status.servers);
  writeSplits(out, splits);
  writeCertificates(out, status);
  writeTraffic(out, books, rows);
  out.metric('postern_trace_spans_total', 'counter', 'Spans for a collector of traces, by what became of them.');
  for (const [outcome, value] of Object.entries(spans)) out.sample('postern_trace_spans_total', { outcome }, value);
  return out.text();
}

function writeProcess(out: Exposition, status: PosternStatus, reloads: ReloadCounts): void {
  out
    .metric('postern_build_info', 'info', 'What runs; always 1.')
    .sample('postern_build_info', { version: status.version, node: status.node }, 1)
    .metric('postern_start_time_seconds', 'gauge', 'When the process started, in seconds since 1970.')
    .sample('postern_start_time_seconds', {}, Date.parse(status.startedAt) / 1000)
    .metric('postern_resident_memory_bytes', 'gauge', 'Resident memory of the process.')
    .sample('postern_resident_memory_bytes', {}, status.memoryBytes)
    .metric(
      'postern_config_loaded_time_seconds',
      'gauge',
      'When the config in force was loaded, in seconds since 1970.',
    )
    .sample('postern_config_loaded_time_seconds', {}, Date.parse(status.config.loadedAt) / 1000)
    .metric('postern_config_last_reload_failed', 'gauge', '1: the last reload changed nothing, because of a mistake.')
    .sample('postern_config_last_reload_failed', {}, status.config.lastFailure === undefined ? 0 : 1)
    .metric('postern_runtime_changes', 'gauge', 'Changes of servers and splits that stand beside the config.')
    .sample('postern_runtime_changes', {}, status.beside ?? 0)
    .metric('postern_reloads_total', 'counter', 'Reloads since the start, by how they went.');
  for (const [result, value] of Object.entries(reloads)) out.sample('postern_reloads_total', { result }, value);
}

function writeDisabled(out: Exposition, { disabled }: PosternStatus): void {
  const count = (kind: DisabledPart['kind']): number => disabled.filter((part) => part.kind === kind).length;
  out
    .metric('postern_routes_disabled', 'gauge', 'Routes that refuse everything, because something outside is missing.')
    .sample('postern_routes_disabled', {}, count('route'))
    .metric('postern_listeners_closed', 'gauge', 'Listeners that stay closed, because they have no certificate.')
    .sample('postern_listeners_closed', {}, count('listener'))
    .metric('postern_certificates_unusable', 'gauge', 'Certificates of the config that cannot be used as they are now.')
    .sample('postern_certificates_unusable', {}, count('certificate'));
}

function writeThreads(out: Exposition, { threads }: PosternStatus): void {
  const running = threads.flatMap(({ name, traffic }) => (traffic ? [{ thread: name, traffic }] : []));
  out.metric('postern_thread_up', 'gauge', '1: the data thread runs.');
  for (const { name, traffic } of threads) out.sample('postern_thread_up', { thread: name }, traffic ? 1 : 0);
  out.metric('postern_thread_replacements_total', 'counter', 'How often a data thread died and was replaced.');
  for (const { name, replaced } of threads) out.sample('postern_thread_replacements_total', { thread: name }, replaced);
  out.metric('postern_thread_heap_bytes', 'gauge', "Objects in a data thread's heap.");
  for (const { thread, traffic } of running) out.sample('postern_thread_heap_bytes', { thread }, traffic.heapBytes);
  out.metric('postern_thread_shed_ratio', 'gauge', 'Share of the requests of normal importance that it refuses.');
  for (const { thread, traffic } of running) out.sample('postern_thread_shed_ratio', { thread }, traffic.shed ?? 0);
  const help = 'How late the event loop of a data thread was, over the last minute or two.';
  out.metric('postern_thread_loop_delay_seconds', 'gauge', help);
  for (const { thread, traffic } of running) {
    for (const [stat, ms] of Object.entries(traffic.loop)) {
      out.sample('postern_thread_loop_delay_seconds', { thread, stat }, ms / 1000);
    }
  }
}

function writeConnections(out: Exposition, { traffic }: PosternStatus): void {
  if (traffic === undefined) return;
  out.metric('postern_connections', 'gauge', 'Client connections that are open, by listener.');
  for (const { name, connections } of traffic.listeners) {
    out.sample('postern_connections', { listener: name }, connections);
  }
  out
    .metric('postern_tunnels', 'gauge', 'WebSockets and other tunnels that are open.')
    .sample('postern_tunnels', {}, traffic.tunnels)
    .metric('postern_connections_accepted_total', 'counter', 'Client connections that were let in.')
    .sample('postern_connections_accepted_total', {}, traffic.connectionsTotal)
    .metric('postern_connections_refused_total', 'counter', 'Client connections that a limit refused.')
    .sample('postern_connections_refused_total', {}, traffic.connectionsRefused)
    .metric('postern_requests_in_flight', 'gauge', 'Requests that are being worked on.')
    .sample('postern_requests_in_flight', {}, traffic.exchanges)
    .metric('postern_access_log_lines_total', 'counter', 'Lines of the access log, by what became of them.')
    .sample('postern_access_log_lines_total', { outcome: 'written' }, traffic.accessLog.written)
    .sample('postern_access_log_lines_total', { outcome: 'dropped' }, traffic.accessLog.dropped);
}

function writeHandshakes(out: Exposition, { traffic }: PosternStatus): void {
  if (traffic?.handshakes === undefined) return;
  const { versions, failed } = traffic.handshakes;
  out.metric('postern_tls_handshakes_total', 'counter', 'TLS handshakes with clients, by version and how they went.');
  for (const { version, full, resumed } of versions) {
    out.sample('postern_tls_handshakes_total', { version, result: 'full' }, full);
    out.sample('postern_tls_handshakes_total', { version, result: 'resumed' }, resumed);
  }
  out.sample('postern_tls_handshakes_total', { version: '', result: 'failed' }, failed);
}

function writeServers(out: Exposition, { traffic }: PosternStatus): void {
  const pools = traffic?.pools ?? [];
  out.metric('postern_pool_waiting_requests', 'gauge', 'Requests that wait for a server of a pool.');
  for (const { name, waiting = 0 } of pools) out.sample('postern_pool_waiting_requests', { pool: name }, waiting);
  const servers = pools.flatMap(({ name, servers: each }) => each.map((server) => ({ pool: name, server })));
  out.metric('postern_server_connections', 'gauge', 'Connections to servers that are open, by what they do.');
  for (const { pool, server } of servers) {
    const labels = { pool, server: server.name };
    out.sample('postern_server_connections', { ...labels, state: 'idle' }, server.idle);
    out.sample('postern_server_connections', { ...labels, state: 'busy' }, server.open - server.idle);
  }
  out.metric('postern_server_requests_in_flight', 'gauge', 'Requests that a server has.');
  for (const { pool, server } of servers) {
    out.sample('postern_server_requests_in_flight', { pool, server: server.name }, server.exchanges ?? 0);
  }
  out.metric('postern_server_max_requests', 'gauge', 'Requests that a server may have, where there is a bound.');
  for (const { pool, server } of servers) {
    const { maxRequests = 0 } = server;
    if (maxRequests > 0) out.sample('postern_server_max_requests', { pool, server: server.name }, maxRequests);
  }
  out.metric('postern_server_failures_total', 'counter', 'Attempts with a server that failed.');
  for (const { pool, server } of servers) {
    out.sample('postern_server_failures_total', { pool, server: server.name }, server.failuresTotal);
  }
}

function writeCertificates(out: Exposition, { certificates }: PosternStatus): void {
  const help = 'When a certificate runs out, in seconds since 1970.';
  out.metric('postern_certificate_expiry_time_seconds', 'gauge', help);
  for (const { listener, name, notAfter } of certificates) {
    const labels = { listener, certificate: name };
    out.sample('postern_certificate_expiry_time_seconds', labels, Date.parse(notAfter) / 1000);
  }
}
