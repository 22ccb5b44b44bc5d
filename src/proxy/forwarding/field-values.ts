/** Appends to the value of a field that is a list; either may be empty. */
export function joinList(list: string, more: string): string {
  if (list === '') return more;
  return more === '' ? list : `${list}, ${more}`;
}

/** 1 for the characters of a host and port. No comma, quote or space: some servers read the value as a list. */
const hostCharacters = new Uint8Array(256);
for (const character of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~%:[]') {
  hostCharacters[character.charCodeAt(0)] = 1;
}

/** A value that servers can only read as one `host` or `host:port`. */
export function isHost(value: string): boolean {
  if (value === '' || value.length > 261) return false;
  for (let i = 0; i < value.length; i++) if (hostCharacters[value.charCodeAt(i)] !== 1) return false;
  return true;
}

/** The schemes by which a request can have come. */
export function isScheme(value: string): boolean {
  return value === 'https' || value === 'http' || value === 'wss' || value === 'ws';
}

/** A TCP port that a connection can have been made to: 1 to 65535, without leading zeros. */
export function isPort(value: string): boolean {
  return isDigits(value) && value.length <= 5 && value.charCodeAt(0) !== 0x30 && Number(value) <= 65535;
}

/** One digit or more and nothing else. */
export function isDigits(value: string): boolean {
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) < 0x30 || value.charCodeAt(i) > 0x39) return false;
  return value !== '';
}

/** 1 or more visible ASCII characters, at most `longest`. */
export function isVisible(value: string, longest: number): boolean {
  if (value.length > longest) return false;
  for (let i = 0; i < value.length; i++) if (value.charCodeAt(i) < 0x21 || value.charCodeAt(i) > 0x7e) return false;
  return value !== '';
}

/** A path that servers may put in front of their links: whole segments, nothing that could make it another host. */
export function isPathPrefix(value: string): boolean {
  return value.charCodeAt(0) === 0x2f && isVisible(value, 1024) && !/[",;\\?#<>]|\/\//.test(value);
}

/** The port of `host:port`; empty where it names none. */
export function portOf(host: string): string {
  const colon = host.lastIndexOf(':');
  if (colon < 0 || host.indexOf(']', colon) > 0) return '';
  const port = host.slice(colon + 1);
  return isPort(port) ? port : '';
}
