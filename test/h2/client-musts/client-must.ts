import type { HttpAnswer } from '../../harness/ask.ts';
import type { RawH2ServerConnection } from '../raw/raw-h2-server.ts';

/** What must be seen of a rule that a client is held to. */
export interface ClientSeen {
  /** Of the answer that the proxy's own client gets; default 200. */
  readonly status?: number;
  /** The reason code in the access log; undefined: none. */
  readonly reason?: string;
  /** Its head may have gone to the client, its end not. */
  readonly broken?: boolean;
  /** The code of a GOAWAY that the server gets. The connection ends, and the next request goes over another one. */
  readonly goaway?: string;
  /** The code of an RST_STREAM for the request's stream. The connection goes on. */
  readonly reset?: string;
  /** The connection ends without a word. */
  readonly closed?: boolean;
  readonly check?: (connection: RawH2ServerConnection, answer: HttpAnswer) => unknown;
}

/** One rule that a client can be held to, with what breaks or asks for it. */
export interface ClientMust {
  /** Of the RFC, such as `9113 6.5.2`. */
  readonly section: string;
  readonly rule: string;
  /** What the server says first; false: nothing, it is for `serve` to do. */
  readonly settings?: readonly (readonly [id: number, value: number])[];
  readonly greets?: false;
  /** A request goes before, so that what the server has said is known. */
  readonly warm?: true;
  /** False: the server gives no room for what comes, unless it does so in `serve`. */
  readonly credit?: false;
  /** Default: a GET. */
  readonly request?: { readonly method: string; readonly body?: string };
  /** What the server does with the first request, whose stream has this number. */
  readonly serve: (connection: RawH2ServerConnection, id: number) => unknown;
  readonly see: ClientSeen;
}
