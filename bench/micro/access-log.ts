// Prints the CPU time of one access log line in each format: the text alone, and with its copy into the batch.
// Run: node bench/micro/access-log.ts
import { combinedFormat } from '../../src/proxy/access-log/format-combined.ts';
import { jsonFormat } from '../../src/proxy/access-log/format-json.ts';
import { prtgFormat } from '../../src/proxy/access-log/format-prtg.ts';
import { LineBuffer } from '../../src/proxy/access-log/line-buffer.ts';
import type { LineFormat } from '../../src/proxy/access-log/line-format.ts';
import { defaultMask, Masker } from '../../src/proxy/access-log/mask.ts';
import { exchangeOf } from '../../src/proxy/access-log/fixtures.test.ts';
import type { Exchange } from '../../src/proxy/exchange.ts';

const rounds = 9;
const linesPerRound = 200_000;
const userAgent =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36';

/** Cut from a longer text, as the parser cuts values from a head: V8 is slower at these than at strings of their own. */
function cut(text: string): string {
  return Buffer.from(`GET ${text} HTTP/1.1`, 'latin1').toString('latin1').slice(4, -9);
}

const small = exchangeOf({
  path: cut('/index.html'),
  host: cut('127.0.0.1'),
  fields: { 'user-agent': cut('wrk/4.1') },
});
const browserFields = {
  'user-agent': cut(userAgent),
  referer: cut('https://prtg.example.com/group.htm?id=0'),
  traceparent: cut('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'),
};
const browser = exchangeOf({
  path: cut('/api/table.xml'),
  query: cut('?content=sensortree&id=0&count=1000'),
  fields: browserFields,
});
const secret = exchangeOf({
  path: cut('/api/table.xml'),
  query: cut('?id=0&count=1000&login=lee&password=hunter2'),
  fields: browserFields,
});

/** Median over the rounds, in ns of CPU time a line: others may use the machine. */
function timeOf(format: LineFormat, exchange: Exchange): number {
  const mask = new Masker(defaultMask);
  const buffer = new LineBuffer(64 * 1024 * 1024);
  const results: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = process.cpuUsage();
    for (let i = 0; i < linesPerRound; i++) {
      buffer.add(format(exchange, 1_795_253_421_000 + i / 10, mask));
      if (buffer.waitingBytes < 65_536) continue;
      const batch = buffer.take();
      if (batch !== undefined) buffer.giveBack(batch);
    }
    const { user, system } = process.cpuUsage(start);
    results.push(((user + system) * 1000) / linesPerRound);
  }
  return results.toSorted((a, b) => a - b)[rounds >> 1]!;
}

const formats = { json: jsonFormat, combined: combinedFormat, prtg: prtgFormat };
const exchanges = { 'small request': small, "a browser's": browser, 'with a secret': secret };
for (const [name, create] of Object.entries(formats)) {
  const times = Object.entries(exchanges).map(
    ([kind, exchange]) => `${kind} ${timeOf(create(), exchange).toFixed(0)} ns`,
  );
  console.log(`${name.padEnd(9)} ${times.join(', ')}`);
}
