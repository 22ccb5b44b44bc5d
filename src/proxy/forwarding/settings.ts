import { AddressSet } from '../../core/ip.ts';
import type { ForwardingPlan } from '../plan.ts';

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

  /** @throws {TypeError} where an address range of the plan cannot be read. */
  constructor(plan: ForwardingPlan, instance: string) {
    this.trusted = new AddressSet(plan.trustedProxies);
    this.forwarded = plan.forwarded;
    this.via = plan.via;
    this.instance = instance;
  }
}
