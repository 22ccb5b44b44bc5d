import { Field, type FieldId } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';
import { joinList } from './field-values.ts';
import { forges } from './forges.ts';

/** 1 for the fields that are written anew for the server. */
const replaced = new Uint8Array(256);
for (const id of [
  Field.XForwardedFor,
  Field.XForwardedProto,
  Field.XForwardedHost,
  Field.XForwardedPort,
  Field.XForwardedPrefix,
  Field.Forwarded,
  Field.XRealIp,
  Field.XRequestId,
  Field.CdnLoop,
  Field.Via,
  // Never believed, whoever says it: a proxy that does not know these fields lets its clients' ones through.
  Field.ClientCert,
  Field.ClientCertChain,
  Field.XClientCertSubject,
  Field.XClientCertIssuer,
  Field.XClientCertSerial,
  Field.XClientCertFingerprint,
]) {
  replaced[id] = 1;
}

/**
 * What earlier proxies said in the fields that are written anew; lines of the same field are joined. Empty: nothing, or
 * nothing that may be believed. So whoever reads this need not ask again who the peer is.
 */
export class SaidBefore {
  forwardedFor = '';
  proto = '';
  host = '';
  port = '';
  prefix = '';
  forwarded = '';
  // These two are about the way, not the client. Everyone's are kept: RFC 8586 section 2, RFC 9110 section 7.6.3.
  cdnLoop = '';
  via = '';

  /** Takes out of a request's fields what is written anew, and appends all that goes on as it is to `out`. */
  static split(headers: Headers, trusted: boolean, out: Headers): SaidBefore {
    const said = new SaidBefore();
    const { names, values, ids } = headers;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      if (replaced[id] === 1) said.#take(id, values[i]!, trusted);
      else if (id !== Field.Other || !forges(names[i]!, trusted)) out.add(names[i]!, values[i]!, id);
    }
    return said;
  }

  #take(id: FieldId, value: string, trusted: boolean): void {
    if (id === Field.CdnLoop) this.cdnLoop = joinList(this.cdnLoop, value);
    else if (id === Field.Via) this.via = joinList(this.via, value);
    else if (trusted) this.#believe(id, value);
  }

  #believe(id: FieldId, value: string): void {
    if (id === Field.XForwardedFor) this.forwardedFor = joinList(this.forwardedFor, value);
    else if (id === Field.XForwardedProto) this.proto = joinList(this.proto, value);
    else if (id === Field.XForwardedHost) this.host = joinList(this.host, value);
    else if (id === Field.XForwardedPort) this.port = joinList(this.port, value);
    else if (id === Field.XForwardedPrefix) this.prefix = joinList(this.prefix, value);
    else if (id === Field.Forwarded) this.forwarded = joinList(this.forwarded, value);
    // X-Real-IP and X-Request-Id were weighed when the exchange got its address and id.
  }
}

/** True where a peer that is not trusted has said nothing in any of these fields, nor in one that could be taken for one. */
export function isSilent(headers: Headers): boolean {
  const { names, ids } = headers;
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (id === Field.Other ? forges(names[i]!, false) : replaced[id] === 1) return false;
  }
  return true;
}
