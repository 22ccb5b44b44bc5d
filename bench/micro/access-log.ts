// Prints the time of one access log line in each format: the text alone, and with its copy into the batch.
// Run: node bench/micro/access-log.ts
import { combinedFormat } from '../../src/proxy/access-log/format-combined.ts';
import { jsonFormat } from '../../src/proxy/access-log/format-json.ts';
import { prtgFormat } from '../../src/proxy/access-log/format-prtg.ts';
import { LineBuffer } from '../../src/proxy/access-log/line-buffer.ts';
import type { LineFormat } from '../../src/proxy/access-log/line-format.ts';
import { defaultMask, Masker } from '../../src/proxy/access-log/mask.ts';
import { exchangeOf } from '../../src/proxy/access-log/test-exchange.ts';
import type { Exchange } from '../../src/proxy/exchange.ts';

const rounds = 9;
const linesPerRound = 200_000;
const userAgent =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36';

const small = exchangeOf({ path: '/index.html', fields: { 'user-agent': 'wrk/4.1' } });
const browser = exchangeOf({
  path: '/api/table.xml',
  query: '?content=sensortree&id=0&count=1000&login=lee&password=hunter2',
  fields: {
    'user-agent': userAgent,
    referer: 'https://prtg.example.com/group.htm?id=0',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  },
});

/** Median over the rounds, in ns a line. */
function timeOf(format: LineFormat, exchange: Exchange): number {
  const mask = new Masker(defaultMask);
  const buffer = new LineBuffer(64 * 1024 * 1024);
  const results: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < linesPerRound; i++) {
      buffer.add(format(exchange, 1_795_253_421_000 + i / 10, mask));
      if (buffer.waitingBytes < 65_536) continue;
      const batch = buffer.take();
      if (batch !== undefined) buffer.giveBack(batch);
    }
    results.push(Number(process.hrtime.bigint() - start) / linesPerRound);
  }
  return results.toSorted((a, b) => a - b)[rounds >> 1]!;
}

const formats = { json: jsonFormat, combined: combinedFormat, prtg: prtgFormat };
for (const [name, create] of Object.entries(formats)) {
  const [least, most] = [timeOf(create(), small), timeOf(create(), browser)];
  console.log(
    `${name.padEnd(9)} small request ${least.toFixed(0)} ns, browser's with query, referer and trace ${most.toFixed(0)} ns`,
  );
}
