import { durationWords } from '../events/duration-words.ts';
import type { DialedSocket } from '../../proxy/index.ts';
import { reach, type Target } from './reach.ts';

/** The first line that came, or why there is none. */
export type LineAnswer = { readonly line: string; readonly why?: undefined } | { readonly why: string };

/** A longer line is no agent's. */
const mostBytes = 1024;

/** Connects, sends a text, and reads one line: up to its end, or to that of the connection. @returns how to give up. */
export function lineAsk(
  target: Target,
  { send, timeoutMs }: { readonly send: string; readonly timeoutMs: number },
  done: (answer: LineAnswer) => void,
): () => void {
  let socket: DialedSocket['socket'] | undefined;
  let text = '';
  let over = false;
  const end = (): void => {
    over = true;
    clearTimeout(limit);
    giveUp();
    socket?.destroy();
  };
  const finish = (answer: LineAnswer): void => {
    if (over) return;
    end();
    done(answer);
  };
  const giveUp = reach(target, (reached) => {
    if (reached.dialed === undefined) return finish(reached);
    const { dialed } = reached;
    socket = dialed.socket;
    dialed.onBytes = (chunk) => {
      text += chunk.toString('latin1', 0, mostBytes - text.length + 1);
      if (/[\r\n]/.test(text)) finish({ line: text });
      else if (text.length > mostBytes) finish({ why: `its line is longer than ${mostBytes} bytes` });
      return !over;
    };
    socket.on('error', (error) => finish({ why: `the connection broke off (${error.message})` }));
    const ended = (): void => finish(text === '' ? { why: 'it closed the connection without a word' } : { line: text });
    socket.on('end', ended);
    socket.on('close', ended);
    if (send !== '') socket.write(send);
  });
  const limit = setTimeout(() => finish({ why: `no line within ${durationWords(timeoutMs)}` }), timeoutMs);
  return end;
}
