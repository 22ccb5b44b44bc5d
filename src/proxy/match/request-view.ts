import type { ClientConnection, Exchange, Target } from '../exchange.ts';

/** What of an exchange decides its route. */
export interface RequestView extends Pick<Exchange, 'host' | 'method' | 'scheme' | 'headers' | 'clientAddress'> {
  readonly target: Pick<Target, 'path' | 'query'>;
  readonly client: Pick<ClientConnection, 'listener' | 'tls'>;
}
