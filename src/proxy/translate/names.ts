import type { ServerPlan } from '../pool-plan.ts';
import { splitAuthority, type SplitUrl } from './split-url.ts';
import type { Outside } from './outside.ts';

interface HostPort {
  readonly host: string;
  readonly port: number | undefined;
}

/** The names by which a server may speak of itself, or of the proxy in front of it. */
export class Names {
  readonly #scheme: Outside['scheme'];
  readonly #public: HostPort | undefined;
  /** The `Host` that was sent, the host of the server's URL, and what was connected to. */
  readonly #own: readonly HostPort[];
  readonly #serverPort: number | undefined;
  readonly #given: readonly HostPort[];

  /** @param given further names, from the config. */
  constructor(outside: Outside, server: ServerPlan, sentHost: string, given: readonly string[]) {
    this.#scheme = outside.scheme;
    this.#public = splitAuthority(outside.authority);
    const { address, hostHeader } = server;
    const dialed = address.kind === 'tcp' ? { host: address.host, port: address.port } : undefined;
    this.#serverPort = dialed?.port;
    this.#given = given.map(splitAuthority).filter((each) => each !== undefined);
    this.#own = [splitAuthority(sentHost), splitAuthority(hostHeader), dialed].filter((each) => each !== undefined);
  }

  /**
   * True where a URL means this server, and so should name the proxy.
   *
   * The server's own names: with no port, a port that it was spoken to by, or the usual one of the scheme; others are other
   * services. Names from the config: with every port, or with their own. The public name: as the server's own, or as plain http while the client is on https. An https URL with the public name is
   * never taken down to http: that is how applications send their users to https.
   */
  cover(url: SplitUrl): boolean {
    if (this.#given.some(({ host, port }) => host === url.host && (port ?? url.port) === url.port)) return true;
    if (url.host === this.#public?.host) return this.#meansPublic(url, this.#public.port);
    return this.#own.some(({ host }) => host === url.host) && this.#isOwnPort(url);
  }

  /** True for a host that is the server's, or a domain above it, and neither the client's nor above that. */
  hideDomain(domain: string): boolean {
    if (this.#public !== undefined && isWithin(this.#public.host, domain)) return false;
    return (
      this.#own.some(({ host }) => isWithin(host, domain)) || this.#given.some(({ host }) => isWithin(host, domain))
    );
  }

  #meansPublic(url: SplitUrl, publicPort: number | undefined): boolean {
    const scheme = url.scheme ?? this.#scheme;
    const port = url.port ?? usualPort(scheme);
    if (scheme === 'https' && this.#scheme === 'http') return false;
    if (port === this.#serverPort || port === (publicPort ?? usualPort(this.#scheme))) return true;
    return port === 80 && this.#scheme === 'https';
  }

  #isOwnPort({ port }: SplitUrl): boolean {
    return port === undefined || port === 80 || port === 443 || this.#own.some((own) => own.port === port);
  }
}

function usualPort(scheme: 'http' | 'https'): number {
  return scheme === 'https' ? 443 : 80;
}

/** The domain itself, or one above it. */
function isWithin(host: string, domain: string): boolean {
  if (!host.endsWith(domain) || domain === '') return false;
  return host.length === domain.length || host.charCodeAt(host.length - domain.length - 1) === 0x2e;
}
