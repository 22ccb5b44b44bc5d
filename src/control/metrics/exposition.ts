/** Labels of a sample, in the order in which they are written. */
export type Labels = Readonly<Record<string, string>>;

export type MetricKind = 'counter' | 'gauge' | 'histogram' | 'info';

/**
 * Metrics as text: the format of Prometheus, version 0.0.4 (prometheus.io, "Exposition formats"). All samples of a metric
 * stand together, below its help and its type.
 */
export class Exposition {
  readonly #lines: string[] = [];

  /** Begins a metric: `name` in snake case, with its unit and, for a counter, `_total` at its end. */
  metric(name: string, kind: MetricKind, help: string): this {
    this.#lines.push(`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${kind === 'info' ? 'gauge' : kind}`);
    return this;
  }

  /** A sample of the metric that was begun, or of one of its parts such as `name_bucket`. */
  sample(name: string, labels: Labels, value: number): this {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
    this.#lines.push(`${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${numberText(value)}`);
    return this;
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`;
  }
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', String.raw`\\`).replaceAll('\n', String.raw`\n`);
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', String.raw`\"`);
}

function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}
