import type { Headers } from '../../core/headers.ts';
import { AddressSet } from '../../core/ip.ts';
import { Recent } from '../../core/recent.ts';
import type { ForwardingPlan, RoutePlan } from '../plan.ts';

/** Fields for the server that are the same for all exchanges of one client connection with one route and authority. */
export interface FixedHeaders {
  /** As lines of HTTP/1, in one piece of memory. */
  readonly text: string;
  /** The same as a list. */
  readonly headers: Headers;
  readonly clientId: number;
  readonly route: RoutePlan;
  readonly authority: string;
  readonly protocol: string;
}

/** What forwarding needs of a plan, made ready once so that no exchange has to. */
export class ForwardingSettings {
  /** Peers whose word on clients is believed. */
  readonly trusted: AddressSet;
  /** Also write RFC 7239 `Forwarded`. */
  readonly forwarded: boolean;
  /** Also write `Via`. */
  readonly via: boolean;
  /** Our name in `CDN-Loop`: a token. */
  readonly instance: string;

  /** What is said of clients, by their connection. */
  readonly recent: Recent<FixedHeaders> = new Recent();

  /** @throws {TypeError} where an address range of the plan cannot be read. */
  constructor(plan: ForwardingPlan, instance: string) {
    this.trusted = new AddressSet(plan.trustedProxies);
    this.forwarded = plan.forwarded;
    this.via = plan.via;
    this.instance = instance;
  }
}
