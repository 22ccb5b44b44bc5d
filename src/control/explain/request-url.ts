import type { ListenerPlan, Plan } from '../../proxy/index.ts';

/** The parts of a URL as a client would send them: nothing is normalised, so that odd ones can be asked about. */
export interface RequestUrl {
  readonly scheme: 'http' | 'https';
  /** `host` or `host:port`. */
  readonly authority: string;
  readonly port: number;
  /** Path and query. */
  readonly target: string;
}

/** @throws Error in words. */
export function readRequestUrl(url: string): RequestUrl {
  const parts = /^(https?):\/\/([^/?#\s]+)([^#\s]*)(#.*)?$/i.exec(url);
  if (parts === null) {
    throw new Error(`Cannot read the URL ${JSON.stringify(url)}: write for example https://shop.example.com/cart?id=1`);
  }
  const [, scheme = '', authority = '', rest = ''] = parts;
  const secure = scheme.toLowerCase() === 'https';
  const port = /:(\d{1,5})$/.exec(authority)?.[1];
  return {
    scheme: secure ? 'https' : 'http',
    authority,
    port: port === undefined ? (secure ? 443 : 80) : Number(port),
    target: rest.startsWith('/') || rest === '*' ? rest : `/${rest}`,
  };
}

/**
 * The listener that the URL leads to: the one with its port, else the only one that speaks its scheme.
 *
 * @param name takes the place of that choice.
 * @throws Error in words, where none or several could be meant.
 */
export function listenerFor({ listeners }: Plan, url: RequestUrl, name?: string): ListenerPlan {
  const names = listeners.map((listener) => listener.name).join(', ');
  if (name !== undefined) {
    const named = listeners.find((listener) => listener.name === name);
    if (named === undefined) throw new Error(`Cannot find the listener ${name}: there are ${names}`);
    return named;
  }
  const fitting = listeners.filter(({ tls }) => (tls !== undefined) === (url.scheme === 'https'));
  const atPort = fitting.filter(({ address }) => address.kind === 'tcp' && address.port === url.port);
  const [only, second] = atPort.length > 0 ? atPort : fitting;
  if (only !== undefined && second === undefined) return only;
  const why = only === undefined ? `none speaks ${url.scheme}` : `several speak ${url.scheme}`;
  throw new Error(`Cannot tell which listener is meant: ${why}; name one of ${names} with --listener`);
}
