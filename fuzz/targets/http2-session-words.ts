import type { Role } from '../../src/wire/http2/settings.ts';
import { frameBytes, plainBlock, settingsPayload, word } from '../../test/h2/raw/frames.ts';

const request = plainBlock([
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'a.test'],
]);
const answer = plainBlock([[':status', '200']]);
const trailers = plainBlock([['x-sum', '1']]);

function text(...frames: readonly Buffer[]): string {
  return Buffer.concat(frames).toString('latin1');
}

/** A life of four streams, as a peer of this role of ours would send it behind its greeting, and its mishaps. */
export function sessionSeeds(role: Role): string[] {
  const block = role === 'server' ? request : answer;
  const [one, two, three] = [1, 3, 5].map((id) => ({
    head: frameBytes('Headers', 4, id, block),
    data: frameBytes('Data', 0, id, 'some bytes'),
    end: frameBytes('Data', 1, id, 'more'),
    trailers: frameBytes('Headers', 5, id, trailers),
    padded: frameBytes('Data', 8, id, '\x03abc\0\0\0'),
    reset: frameBytes('RstStream', 0, id, word(8)),
    window: frameBytes('WindowUpdate', 0, id, word(30_000)),
  }));
  const ping = frameBytes('Ping', 0, 0, '12345678');
  const more = frameBytes('WindowUpdate', 0, 0, word(100_000));
  const small = frameBytes('Settings', 0, 0, settingsPayload([[4, 10]]));
  const large = frameBytes(
    'Settings',
    0,
    0,
    settingsPayload([
      [4, 100_000],
      [1, 0],
    ]),
  );
  return [
    text(one!.head, one!.data, two!.head, one!.end, two!.padded, ping, more),
    text(small, one!.head, two!.head, three!.head, one!.data, one!.trailers, large, more, two!.window, three!.end),
    text(one!.head, one!.reset, one!.data, two!.head, two!.data, two!.end, two!.data),
    text(one!.head, frameBytes('Goaway', 0, 0, Buffer.concat([word(1), word(0)])), one!.data, one!.end),
    text(
      frameBytes('Headers', 0, 1, block.subarray(0, 4)),
      frameBytes('Continuation', 4, 1, block.subarray(4)),
      one!.end,
    ),
    text(one!.head, ...Array.from({ length: 12 }, () => one!.data), two!.head, two!.end, one!.end),
    text(
      one!.head,
      two!.head,
      three!.head,
      frameBytes('Headers', 5, 7, block),
      frameBytes('Headers', 5, 9, block),
      ping,
    ),
    text(
      one!.head,
      frameBytes('Priority', 0, 1, Buffer.alloc(5)),
      frameBytes(0x10, 0, 0, '\0\0\0\x01u=1, i'),
      one!.end,
    ),
  ];
}

/** Frames that decide something. */
export const sessionWords: readonly string[] = [
  ...[1, 3, 5, 7, 9].flatMap((id) => [
    text(frameBytes('Headers', 5, id, request)),
    text(frameBytes('Headers', 4, id, answer)),
    text(frameBytes('Data', 0, id, 'x')),
    text(frameBytes('Data', 1, id, 'y')),
    text(frameBytes('Data', 8, id, '\x01z\0')),
    text(frameBytes('RstStream', 0, id, word(7))),
    text(frameBytes('WindowUpdate', 0, id, word(1000))),
  ]),
  text(frameBytes('WindowUpdate', 0, 0, word(50_000))),
  text(frameBytes('WindowUpdate', 0, 1, word(0x7fff_ffff))),
  ...[0, 1, 100, 70_000].map((size) => text(frameBytes('Settings', 0, 0, settingsPayload([[4, size]])))),
  text(frameBytes('Data', 0, 1, Buffer.alloc(2000, 'd'))),
  text(frameBytes('Goaway', 0, 0, Buffer.alloc(8))),
  text(frameBytes('Ping', 1, 0, '12345678')),
];
