import { ProxyError } from '../../../core/errors.ts';
import { Headers } from '../../../core/headers.ts';
import type { Exchange } from '../../exchange.ts';
import { addVary } from '../add-vary.ts';
import type { Answer, Feature, Hooks, Verdict, Work } from '../feature.ts';
import { Origins, type OriginsConfig } from './origins.ts';

export interface CorsConfig {
  readonly origins: OriginsConfig;
  /** A list, ready to be sent. */
  readonly methods: string;
  /** Likewise; undefined: what the preflight asks for. */
  readonly headers: string | undefined;
  readonly exposeHeaders: string | undefined;
  readonly credentials: boolean;
  /** Seconds. */
  readonly maxAge: number;
  readonly privateNetwork: boolean;
  readonly rejectOthers: boolean;
}

/** Lets pages of other origins read answers: the protocol of the Fetch standard, section 3.2. */
export const cors: Feature<CorsConfig> = {
  name: 'cors',
  create(config): Hooks {
    const way = new Cors(config);
    return {
      request: (work) => way.judge(work),
      response: (answer, work) => way.mark(answer, work),
    };
  },
};

class Cors {
  readonly #config: CorsConfig;
  readonly #origins: Origins;

  constructor(config: CorsConfig) {
    this.#config = config;
    this.#origins = new Origins(config.origins);
  }

  judge({ exchange, headers }: Work): Verdict {
    const origin = exchange.headers.get('Origin');
    if (origin === undefined) return undefined;
    const allowed = this.#origins.allow(origin);
    if (isPreflight(exchange)) return allowed ? this.#preflight(exchange.headers) : denied();
    return allowed || !this.#config.rejectOthers || isOwn(origin, headers) ? undefined : denied();
  }

  /** On every answer, those of the proxy too: a page may see why it failed. What the server says of it is replaced. */
  mark({ headers, own }: Answer, { exchange }: Work): void {
    const { origins, credentials, exposeHeaders } = this.#config;
    const origin = exchange.headers.get('Origin');
    const preflight = origin !== undefined && isPreflight(exchange);
    if (!own || !preflight) headers.filter((i) => !isAccessControl(headers.names[i]!));
    // Where every origin gets the same, a cache may have one answer for all of them.
    if (!origins.any) {
      addVary(headers, 'Origin');
      if (origin === undefined || !this.#origins.allow(origin)) return;
    }
    headers.add('Access-Control-Allow-Origin', origins.any ? '*' : origin!);
    if (credentials) headers.add('Access-Control-Allow-Credentials', 'true');
    if (exposeHeaders !== undefined && !preflight) headers.add('Access-Control-Expose-Headers', exposeHeaders);
  }

  #preflight(asked: Headers): Verdict {
    const { methods, headers: allowed, maxAge, privateNetwork } = this.#config;
    const headers = new Headers();
    headers.add('Access-Control-Allow-Methods', methods);
    const names = allowed ?? asked.get('Access-Control-Request-Headers');
    if (names !== undefined) headers.add('Access-Control-Allow-Headers', names);
    headers.add('Access-Control-Max-Age', String(maxAge));
    if (privateNetwork && asked.get('Access-Control-Request-Private-Network') === 'true') {
      headers.add('Access-Control-Allow-Private-Network', 'true');
    }
    addVary(headers, 'Access-Control-Request-Method');
    addVary(headers, 'Access-Control-Request-Headers');
    return { status: 204, reason: '', headers, body: undefined, announcedLength: undefined };
  }
}

function isPreflight({ method, headers }: Exchange): boolean {
  return method === 'OPTIONS' && headers.has('Access-Control-Request-Method');
}

/** Browsers name the origin in requests to it too. What the server is told of scheme and host is what the client sees. */
function isOwn(origin: string, headers: Headers): boolean {
  return origin === `${headers.get('X-Forwarded-Proto')}://${headers.get('X-Forwarded-Host')?.toLowerCase()}`;
}

function isAccessControl(name: string): boolean {
  return name.length > 15 && (name.charCodeAt(0) | 0x20) === 0x61 && name.toLowerCase().startsWith('access-control-');
}

function denied(): ProxyError {
  return new ProxyError('origin-denied', 'Cannot let the page in: its origin is not on the list');
}
