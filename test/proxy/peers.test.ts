import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { apache, apacheHttp2 } from '../harness/peers/apache.ts';
import { haproxy, haproxyHttp2 } from '../harness/peers/haproxy.ts';
import { nginx, nginxHttp2 } from '../harness/peers/nginx.ts';
import { peerTest } from '../harness/peers/peer-test.ts';
import { run } from '../harness/peers/programs.ts';
import { makeSite, nodeHttp, type Site, type StartPeer } from '../harness/peers/site.ts';
import type { ProxyUnderTest } from '../harness/proxy-under-test.ts';
import { ok, serve } from '../harness/raw-server.ts';

const peers: readonly (readonly [string, readonly string[], StartPeer, 'http2'?])[] = [
  ['nginx', ['nginx'], nginx],
  ['haproxy', ['haproxy'], haproxy],
  ['apache2', ['apache2'], apache],
  ['node:http', [], nodeHttp],
  ['nginx by HTTP/2', ['nginx'], nginxHttp2, 'http2'],
  ['haproxy by HTTP/2', ['haproxy'], haproxyHttp2, 'http2'],
  ['apache2 by HTTP/2', ['apache2'], apacheHttp2, 'http2'],
];

/** For the body where only the head counts. */
const nowhere = '/dev/null';

/** One run of curl; arguments that begin with a slash are paths of the proxy. @returns what it wrote. */
async function curl(proxy: ProxyUnderTest, ...args: readonly string[]): Promise<Buffer> {
  const urls = args.map((arg) => (arg.startsWith('/') && arg !== nowhere ? `http://${proxy.authority}${arg}` : arg));
  return run('curl', ['-sS', '--noproxy', '*', '--max-time', '15', ...urls]);
}

type Matrix = Readonly<Record<string, (proxy: ProxyUnderTest, site: Site, scratch: string) => Promise<void>>>;

const matrix: Matrix = {
  GET: async (proxy, { small }) => assert.deepEqual(await curl(proxy, '/small.txt'), small),
  HEAD: async (proxy) => {
    const head = (await curl(proxy, '--head', '/big.txt')).toString();
    assert.match(head, /^HTTP\/1\.1 200 /);
    assert.match(head, /\r\ncontent-length: 10000000\r\n/i);
  },
  'POST with a length': async (proxy) => {
    assert.equal((await curl(proxy, '--data-binary', 'some words', '/echo')).toString(), 'some words');
  },
  'POST in chunks': async (proxy) => {
    const args = ['-H', 'Transfer-Encoding: chunked', '--data-binary', 'some words', '/echo'];
    assert.equal((await curl(proxy, ...args)).toString(), 'some words');
  },
  'POST without a body': async (proxy) => assert.equal((await curl(proxy, '-X', 'POST', '/echo')).length, 0),
  'a large POST after 100 Continue': async (proxy, { big }, scratch) => {
    const file = path.join(scratch, 'upload');
    await writeFile(file, big.subarray(0, 3_000_000));
    const args = ['-H', 'Expect: 100-continue', '--data-binary', `@${file}`, '/echo'];
    assert.ok((await curl(proxy, ...args)).equals(big.subarray(0, 3_000_000)));
  },
  '404': async (proxy) => {
    assert.equal((await curl(proxy, '--output', nowhere, '-w', '%{http_code}', '/none')).toString(), '404');
  },
  'a redirect': async (proxy) => {
    const [status, target] = (await curl(proxy, '--output', nowhere, '-w', '%{http_code} %{redirect_url}', '/moved'))
      .toString()
      .split(' ');
    assert.equal(status, '302');
    assert.equal(target, `http://${proxy.authority}/small.txt`);
  },
  'a range': async (proxy) => assert.equal((await curl(proxy, '-r', '2-5', '/small.txt')).toString(), '2345'),
  gzip: async (proxy, { text }) => {
    assert.match(
      (await curl(proxy, '--compressed', '--output', nowhere, '-D', '-', '/text.txt')).toString(),
      /\r\ncontent-encoding: gzip\r\n/i,
    );
    assert.ok((await curl(proxy, '--compressed', '/text.txt')).equals(text));
  },
  '10 MB': async (proxy, { big }) => assert.ok((await curl(proxy, '/big.txt')).equals(big)),
  'keep-alive': async (proxy, { small }) => {
    const args = ['-w', ' %{num_connects}', '/small.txt', '/small.txt', '/small.txt'];
    assert.equal((await curl(proxy, ...args)).toString(), [1, 0, 0].map((n) => `${small.toString()} ${n}`).join(''));
  },
};

for (const [name, programs, start, version = 'auto'] of peers) {
  peerTest(
    `curl reaches ${name} through the proxy: ${Object.keys(matrix).join(', ')}`,
    ['curl', ...programs],
    async (world) => {
      const site = await makeSite(world);
      const proxy = await world.proxy({ servers: [await start(world, site)], pool: { protocol: { version } } });
      for (const [what, check] of Object.entries(matrix)) {
        await check(proxy, site, await world.folder()).catch((error: unknown) => {
          throw new Error(`${what}: ${String(error)}`, { cause: error });
        });
      }
    },
  );
}

peerTest('wrk gets nothing but good answers over many connections at once', ['wrk'], async (world) => {
  const { proxy } = await world.proxyTo(serve(() => ok('hello')));
  const report = (
    await run('wrk', ['-t1', '-c50', '-d1s', '--timeout', '15s', `http://${proxy.authority}/`])
  ).toString();
  assert.match(report, /\d+ requests in/);
  assert.doesNotMatch(report, /Non-2xx|Socket errors/);
});

peerTest('wrk pipelines, and every request is answered', ['wrk'], async (world) => {
  const { proxy } = await world.proxyTo(serve(() => ok('hello')));
  const script = path.join(await world.folder(), 'pipeline.lua');
  await writeFile(
    script,
    'init = function(args) local r = {} for i = 1, 16 do r[i] = wrk.format("GET", "/" .. i) end req = table.concat(r) end\nrequest = function() return req end\n',
  );
  const report = (
    await run('wrk', ['-t1', '-c10', '-d1s', '--timeout', '15s', '-s', script, `http://${proxy.authority}/`])
  ).toString();
  assert.match(report, /\d+ requests in/);
  assert.doesNotMatch(report, /Non-2xx|Socket errors/);
});
