import { Field } from '../../core/field-names.ts';
import type { Exchange } from '../exchange.ts';
import { column, quoted, toBytes } from './escape.ts';
import { statusOf, type LineFormat } from './line-format.ts';
import type { Masker } from './mask.ts';
import { SecondText, twoDigits } from './second-text.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/**
 * The combined format of Apache and nginx, in local time, escaped as by nginx:
 * `client - - [21/Nov/2026:09:30:21 +0100] "GET /path?query HTTP/1.1" 200 1234 "referer" "agent"`.
 */
export function combinedFormat(): LineFormat {
  const second = new SecondText(combinedDate);
  return (exchange, date, mask) => {
    const { headers } = exchange;
    const referer = headers.getById(Field.Referer);
    return (
      `${column(exchange.clientAddress)} - ${userOf(exchange)} [${second.at(date)}] "${requestLine(exchange, mask)}" ${statusOf(exchange)} ` +
      `${exchange.bytesOut} "${referer ? quoted(mask.url(referer)) : '-'}" "${quoted(headers.getById(Field.UserAgent) || '-')}"\n`
    );
  };
}

/** As Apache's `%u`. */
function userOf({ user }: Exchange): string {
  return user === '' ? '-' : column(toBytes(user));
}

function requestLine(exchange: Exchange, mask: Masker): string {
  const { method, target, protocol } = exchange;
  return method === '' ? '-' : quoted(`${method} ${mask.url(target.raw)} ${protocol}`);
}

function combinedDate(date: Date): string {
  const day = `${twoDigits(date.getDate())}/${months[date.getMonth()]}/${date.getFullYear()}`;
  const time = `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}:${twoDigits(date.getSeconds())}`;
  const east = -date.getTimezoneOffset();
  const zone = Math.abs(east);
  return `${day}:${time} ${east < 0 ? '-' : '+'}${twoDigits(Math.floor(zone / 60))}${twoDigits(zone % 60)}`;
}
