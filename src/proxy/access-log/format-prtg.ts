import { Field } from '../../core/field-names.ts';
import { column, quoted } from './escape.ts';
import { statusOf, type LineFormat } from './line-format.ts';
import { SecondText, twoDigits } from './second-text.ts';
import { decodePercents } from './percent.ts';

/**
 * The format of PRTG's web server log, in local time:
 * `2011-09-28 09:30:21 127.0.0.1 "anonymous-lee" example.com 443 GET /path query-or-- 200 "agent"`.
 *
 * The user is `anonymous`, and `anonymous-<name>` where the query carries a login. `login_failed` stands in a line only if the
 * proxy itself says so: where a client sends it, its underscore is written as `%5F`, so that a search finds failures alone.
 */
export function prtgFormat(): LineFormat {
  const second = new SecondText(prtgDate);
  return (exchange, date, mask) => {
    const query = mask.query(exchange.target.query).slice(1);
    const line =
      `${second.at(date)} ${column(exchange.clientAddress)} "${quoted(userOf(query))}" ${column(exchange.host) || '-'} ` +
      `${exchange.client.localPort} ${column(exchange.method) || '-'} ${column(mask.path(exchange.target.path))} ` +
      `${column(query) || '-'} ${statusOf(exchange)} "${quoted(exchange.headers.getById(Field.UserAgent) || '-')}"\n`;
    return line.includes('_') ? line.replace(failureMark, '$1%5F$2') : line;
  };
}

const failureMark = /(login)_(failed)/gi;

const loginParameter = /(?:^|&)(?:login|username)=([^&]+)/i;

/** `query` is masked already: a login that is to be masked stays so. */
function userOf(query: string): string {
  const login = query === '' ? undefined : loginParameter.exec(query)?.[1];
  return login === undefined ? 'anonymous' : `anonymous-${decodePercents(login.replaceAll('+', ' '))}`;
}

function prtgDate(date: Date): string {
  return (
    `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())} ` +
    `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}:${twoDigits(date.getSeconds())}`
  );
}
