import { Field, type FieldId } from '../../core/field-names.ts';
import type { Headers } from '../../core/headers.ts';
import { joinList } from './field-values.ts';

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

/**
 * True for a name that a server could take for one of the forwarding fields, though we do not know it: another
 * `X-Forwarded-...` from a peer that is not trusted, and from anyone a twin (`X_Forwarded_For`, `X.Real-IP`). Gateways such
 * as CGI and WSGI turn all of these into the same variable, so a trusted proxy may let them through unawares.
 */
export function forges(name: string, trusted: boolean): boolean {
  if ((name.charCodeAt(0) | 0x20) !== 0x78) return false; // Most names end here: none of them begins with x.
  return isForwardingName(name) && (!trusted || hasOddSeparator(name));
}

function isForwardingName(name: string): boolean {
  if (spells(name, 'x-forwarded')) return !isAlphanumeric(name.charCodeAt(11));
  if (name.length === 9) return spells(name, 'x-real-ip');
  return name.length === 12 && spells(name, 'x-request-id');
}

/** The name begins with this, whatever its case and whatever stands for the dashes. */
function spells(name: string, lower: string): boolean {
  for (let i = 0; i < lower.length; i++) {
    const wanted = lower.charCodeAt(i);
    const code = name.charCodeAt(i);
    if (wanted === 0x2d ? isAlphanumeric(code) : (code | 0x20) !== wanted) return false;
  }
  return true;
}

function hasOddSeparator(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code !== 0x2d && !isAlphanumeric(code)) return true;
  }
  return false;
}

function isAlphanumeric(code: number): boolean {
  const lower = code | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || (code >= 0x30 && code <= 0x39);
}
