/**
 * True for a name that a server could take for one of the forwarding fields, though we do not know it: another
 * `X-Forwarded-...` from a peer that is not trusted, and from anyone a twin (`X_Forwarded_For`, `X.Real-IP`). Gateways such
 * as CGI and WSGI turn all of these into the same variable, so a trusted proxy may let them through unawares. What looks like
 * one of the fields of a client's certificate is forged, whoever sends it.
 */
export function forges(name: string, trusted: boolean): boolean {
  const first = name.charCodeAt(0) | 0x20;
  if (first === 0x63) return isCertificateName(name);
  if (first !== 0x78) return false; // Most names end here: none of them begins with x.
  if (spells(name, 'x-client-cert')) return true;
  return isForwardingName(name) && (!trusted || hasOddSeparator(name));
}

function isForwardingName(name: string): boolean {
  if (spells(name, 'x-forwarded')) return !isAlphanumeric(name.charCodeAt(11));
  if (name.length === 9) return spells(name, 'x-real-ip');
  return name.length === 12 && spells(name, 'x-request-id');
}

/** Of the names that begin with c and are common, none has one of these lengths. */
function isCertificateName(name: string): boolean {
  if (name.length === 11) return spells(name, 'client-cert');
  return name.length === 17 && spells(name, 'client-cert-chain');
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
