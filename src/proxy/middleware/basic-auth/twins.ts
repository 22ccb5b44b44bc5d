import type { Headers } from '../../../core/headers.ts';

/**
 * Removes a field and every one that a server could take for it: `X_Authenticated_User` and `X.Authenticated.User` are the same
 * variable as `X-Authenticated-User` behind gateways such as CGI and WSGI.
 */
export function removeTwins(headers: Headers, name: string): void {
  const lower = name.toLowerCase();
  headers.filter((i) => !isTwin(headers.names[i]!, lower));
}

function isTwin(name: string, lower: string): boolean {
  if (name.length !== lower.length) return false;
  for (let i = 0; i < name.length; i++) {
    const [code, wanted] = [plain(name.charCodeAt(i)), plain(lower.charCodeAt(i))];
    if (code !== wanted) return false;
  }
  return true;
}

/** Letters in lower case; all that is neither letter nor digit is one sign. */
function plain(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x7a ? lower : 0x2d;
}
