import { styleText } from 'node:util';

import { pino, type DestinationStream, type Logger as Pino } from 'pino';

import type { Logger, LogFields } from '../../core/log.ts';

export type OwnLogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Where lines go. `write` gets whole lines, and neither throws nor blocks. */
export interface LineSink {
  write(line: string): void;
  /** Lines that were dropped since the last call. */
  takeDropped?(): number;
}

export interface OwnLogOptions {
  readonly sink: LineSink;
  /** `human`: short lines for a terminal; `json`: one object a line, as pino writes them. */
  readonly format: 'human' | 'json';
  readonly colour: boolean;
  readonly level: OwnLogLevel;
  /** Milliseconds since 1970; for tests. */
  readonly date?: () => number;
}

const order: Readonly<Record<OwnLogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50 };

const colours = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const;

/** The proxy's own messages: one line each, whatever is in them. */
export class OwnLog implements Logger {
  readonly #options: OwnLogOptions;
  readonly #pino: Pino | undefined;
  #least: number;

  constructor(options: OwnLogOptions) {
    this.#options = options;
    this.#least = order[options.level];
    if (options.format === 'json') this.#pino = createPino(options.sink, options.date ?? Date.now);
  }

  /** The least that is written, from now on. */
  set level(level: OwnLogLevel) {
    this.#least = order[level];
  }

  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields);
  }

  #write(level: OwnLogLevel, message: string, fields: LogFields = {}): void {
    if (order[level] < this.#least) return;
    this.#send(level, message, fields);
    const dropped = this.#options.sink.takeDropped?.() ?? 0;
    if (dropped > 0) this.#send('warn', 'Messages were dropped: nothing reads them fast enough', { dropped });
  }

  #send(level: OwnLogLevel, message: string, fields: LogFields): void {
    if (this.#pino !== undefined) return this.#pino[level](fields, message);
    const time = new Date((this.#options.date ?? Date.now)());
    this.#options.sink.write(humanLine({ time, level, message, fields }, this.#options.colour));
  }
}

function createPino(sink: LineSink, date: () => number): Pino {
  return pino(
    {
      level: 'debug',
      base: { pid: process.pid },
      timestamp: () => `,"time":"${new Date(date()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    sink satisfies DestinationStream,
  );
}

interface Entry {
  readonly time: Date;
  readonly level: OwnLogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** `12:34:56 warn  message  name=value`, in local time; a stack goes below, for people. */
function humanLine({ time, level, message, fields }: Entry, colour: boolean): string {
  const paint = (format: Parameters<typeof styleText>[0], text: string): string =>
    colour ? styleText(format, text, { validateStream: false }) : text;
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map((n) => String(n).padStart(2, '0'));
  const { stack, ...others } = fields;
  const pairs = Object.entries(others).flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${paint('gray', `${name}=`)}${printable(String(value))}`],
  );
  const below = typeof stack === 'string' ? stackBelow(stack) : '';
  const head = `${paint('gray', clock.join(':'))} ${paint(colours[level], level.padEnd(5))} `;
  return `${head}${printable(message)}${pairs.join('')}${below}\n`;
}

/** The frames of a stack, indented; its first line repeats the message. */
function stackBelow(stack: string): string {
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  return frames.map((line) => `\n${printable(line)}`).join('');
}

/** What a terminal could take for a command, or a reader for another line, is written as an escape. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (found) => `\\u{${found.codePointAt(0)!.toString(16)}}`);
}
