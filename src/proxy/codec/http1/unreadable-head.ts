import { Headers } from '../../../core/headers.ts';
import type { RequestHead } from '../../../wire/http1/request-head.ts';

/** What can be said in the log of a head that could not be read: its first line, cut short. */
export function unreadableHead(text: string): RequestHead {
  const [method = '', raw = ''] = text.slice(0, 256).split('\r\n', 1)[0]!.split(' ', 2);
  return {
    method,
    target: { path: '', query: '', raw },
    minor: 1,
    headers: new Headers(),
    authority: '',
    host: '',
    bodyLength: 0,
    keepAlive: false,
    upgrade: undefined,
    expectContinue: false,
    acceptsTrailers: false,
  };
}
