// Process of its own, in front of a server, for what a server cannot be told to do: `node shim.ts HOST:PORT TARGET_HOST:PORT`.
// A line on standard input says how it is from now on: `well`, `slow MS` (requests arrive so much later), or
// `reset N` (every Nth connection is reset when its first request has come). It ends with its standard input.
import net from 'node:net';
import { createInterface } from 'node:readline';

const [own = '', target = ''] = process.argv.slice(2);
const [host = '', port = ''] = own.split(':');
const [targetHost = '', targetPort = ''] = target.split(':');
let delayMs = 0;
let resetEach = 0;
let accepted = 0;

const server = net.createServer({ noDelay: true }, (client) => {
  accepted += 1;
  const doomed = resetEach > 0 && accepted % resetEach === 0;
  const upstream = net.connect({ host: targetHost, port: Number(targetPort), noDelay: true });
  for (const socket of [client, upstream]) socket.on('error', () => undefined);
  client.on('data', (bytes) => {
    if (doomed) client.resetAndDestroy();
    else if (delayMs === 0) upstream.write(bytes);
    else setTimeout(() => void (upstream.writable && upstream.write(bytes)), delayMs);
  });
  upstream.on('data', (bytes) => void (client.writable && client.write(bytes)));
  upstream.on('end', () => client.end());
  upstream.on('close', (failed) => void (failed && client.resetAndDestroy()));
  client.on('close', () => upstream.destroy());
});
server.listen(Number(port), host, 4096, () => process.stdout.write('ready\n'));

for await (const line of createInterface({ input: process.stdin })) {
  const [how = '', value = '0'] = line.split(' ');
  delayMs = how === 'slow' ? Number(value) : 0;
  resetEach = how === 'reset' ? Number(value) : 0;
}
process.exit();
