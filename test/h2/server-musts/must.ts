import { request, type ClientOptions, type RawH2Client } from '../raw/raw-h2-client.ts';
import type { Pair } from '../raw/frames.ts';

/** What one rule of an RFC asks of a server, and how a client finds out. */
export interface Must {
  /** `9113 6.1`: the RFC and its section. */
  readonly section: string;
  /** The rule in a sentence. Unique. */
  readonly rule: string;
  /** What the client sends behind its greeting. @param path of its requests, for this case alone. */
  readonly send: (client: RawH2Client, path: string) => void | Promise<void>;
  readonly see: Seen;
  /** Reason in the access log; default: by `see`. Null: there is none. */
  readonly log?: string | null;
  /** `greet: false`: `send` begins with the very first byte. */
  readonly client?: ClientOptions;
}

/** One of these names of codes. */
export type Codes = string | readonly string[];

export type Seen =
  /** GOAWAY, and the connection is closed. */
  | { readonly goaway: Codes }
  /** The connection is closed, whatever is said before. */
  | { readonly closed: true }
  /** RST_STREAM of stream 1; the connection goes on. */
  | { readonly reset: Codes }
  /** RST_STREAM or GOAWAY. */
  | { readonly either: Codes }
  /** 400 at most, RST_STREAM with PROTOCOL_ERROR, nothing of it reaches the server, and the connection goes on. The value: reason in the log. */
  | { readonly malformed: string }
  /** Stream 1 gets this answer, and the connection goes on. */
  | { readonly status: string }
  /** Neither RST_STREAM nor GOAWAY comes, and another request is answered. */
  | { readonly fine: true }
  /** More than can be said by these words. The connection goes on. */
  | { readonly check: (client: RawH2Client, path: string, logged: Logged) => Promise<void> };

/** Waits for the line of the access log that has this reason, for a stream of this client. */
export type Logged = (reason: string) => Promise<unknown>;

/** A path that the server takes its time with: it never answers. */
export function held(path: string): string {
  return `/hold${path}`;
}

/** A request on stream 1 whose body has not ended. */
export function openRequest(client: RawH2Client, path: string, more: readonly Pair[] = []): void {
  client.headers(1, request(path, more, 'POST'));
}

/** A whole request without a body. */
export function get(client: RawH2Client, path: string, id = 1, more: readonly Pair[] = []): void {
  client.headers(id, request(path, more), { endStream: true });
}
