import type net from 'node:net';
import type { TlsFacts } from './exchange.ts';
import type { ListenerPlan } from './plan.ts';

/** An accepted connection, as the accept step hands it to a codec. */
export interface ClientSocket {
  readonly socket: net.Socket;
  /** Its `plan` is replaced when a reload changes limits or timeouts: read it anew for each use. */
  readonly listener: { readonly name: string; readonly plan: ListenerPlan };
  readonly address: string;
  readonly port: number;
  readonly localPort: number;
  /** Undefined: plain HTTP. */
  readonly tls: TlsFacts | undefined;
  /** Set by the codec before `socket.resume()`. The chunk is lent; false pauses reading until `socket.resume()`. */
  onBytes: (chunk: Buffer) => boolean;
}
