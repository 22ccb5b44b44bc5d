/** What a message is about, as plain data. Secrets and request contents never go in. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** The proxy's own messages (not the access log). Calls never throw and never block. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
