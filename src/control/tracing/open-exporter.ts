import { hostname } from 'node:os';

import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/log.ts';
import { attributesOf, type OtlpPlan } from '../../proxy/index.ts';
import { OtlpExporter, type SpanCounts } from './otlp-exporter.ts';
import { OtlpRequest } from './otlp-request.ts';

/** From the connection to the answer's end, in ms. */
const timeoutMs = 10_000;

export interface OpenExporter {
  add(spans: readonly string[]): void;
  close(withinMs: number): Promise<void>;
}

export interface ExporterFacts {
  readonly version: string;
  readonly instance: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly counts: SpanCounts;
}

/** An exporter to the collector of a plan. Nothing is connected to before there are spans. */
export function openExporter({ endpoint, headers, service }: OtlpPlan, facts: ExporterFacts): OpenExporter {
  const { version, instance, clock, log, counts } = facts;
  const request = new OtlpRequest({ endpoint, headers, timeoutMs });
  const attributes = attributesOf({
    'service.name': service,
    'service.version': version,
    'service.instance.id': instance,
    'host.name': hostname(),
    'process.pid': process.pid,
  });
  const scope = JSON.stringify({ name: 'postern', version });
  const before = `{"resourceSpans":[{"resource":{"attributes":${JSON.stringify(attributes)}},"scopeSpans":[{"scope":${scope},"spans":[`;
  const exporter = new OtlpExporter({ send: request.send, frame: [before, ']}]}]}'], clock, log, counts });
  return {
    add: (spans) => exporter.add(spans),
    async close(withinMs) {
      await exporter.close(withinMs);
      request.close();
    },
  };
}
