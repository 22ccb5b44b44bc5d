import assert from 'node:assert/strict';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { peerTest } from '../harness/peers/peer-test.ts';
import { run } from '../harness/peers/programs.ts';
import { subversion, subversionPrograms } from '../harness/peers/subversion.ts';
import { transmission, transmissionPrograms } from '../harness/peers/transmission.ts';
import type { RouteSpec } from '../harness/plan-of.ts';
import type { World } from '../harness/proxy-test.ts';
import type { TranslatePlan } from '../../src/proxy/index.ts';

/** As a config has it that says nothing about it. */
const translate: TranslatePlan = { locations: true, cookies: true, blockNtlm: false, blockNegotiate: false };

/** Works with a repository as people do; the copies within it are COPY requests, whose target is a URL in a field. */
async function useRepository(world: World, url: string): Promise<void> {
  const copy = path.join(await mkdtemp(path.join(await world.folder(), 'working-')), 'copy');
  const svn = (...args: readonly string[]): Promise<Buffer> =>
    // A name that is no ASCII needs a locale.
    run('env', [
      'LC_ALL=C.UTF-8',
      'svn',
      '--non-interactive',
      '--config-dir',
      path.join(path.dirname(copy), 'config'),
      ...args,
    ]);
  await svn('mkdir', '-m', 'begin', `${url}/trunk`);
  await svn('checkout', '-q', `${url}/trunk`, copy);
  const large = 'a line of many, each like the last\n'.repeat(60_000);
  await writeFile(path.join(copy, 'large.txt'), large);
  await writeFile(path.join(copy, 'with space & ümlaut.txt'), 'small\n');
  await svn('add', '-q', path.join(copy, 'large.txt'), path.join(copy, 'with space & ümlaut.txt'));
  await svn('commit', '-q', '-m', 'two files', copy);
  await svn('copy', '-m', 'branch', `${url}/trunk`, `${url}/branch`);
  await svn('move', '-m', 'rename', `${url}/branch/large.txt`, `${url}/branch/moved.txt`);
  assert.equal((await svn('cat', `${url}/branch/moved.txt`)).toString(), large);
  await svn('switch', '-q', '--ignore-ancestry', `${url}/branch`, copy);
  assert.equal(await readFile(path.join(copy, 'moved.txt'), 'utf8'), large);
  assert.match((await svn('log', '-q', url)).toString(), /r4 .*r3 .*r2 .*r1 /s);
}

const svnRoutes: Readonly<Record<string, RouteSpec>> = {
  'under a host of its own': { host: '127.0.0.1', more: { translate } },
  'under its path, with the name of the server for Host': { path: '/svn', hostHeader: 'server', more: { translate } },
};

for (const [how, route] of Object.entries(svnRoutes)) {
  peerTest(`Subversion works through the proxy ${how}`, subversionPrograms, async (world) => {
    const proxy = await world.proxy({ servers: [await subversion(world)], routes: [route] });
    await useRepository(world, `http://${proxy.authority}/svn`);
  });
}

peerTest('Transmission works under a prefix that is not its own', transmissionPrograms, async (world) => {
  const route: RouteSpec = { path: '/torrents', replacePrefix: '/transmission', more: { translate } };
  const proxy = await world.proxy({ servers: [await transmission(world)], routes: [route] });
  const url = `http://${proxy.authority}/torrents`;
  const session = (await run('transmission-remote', [`${url}/`, '--session-info'])).toString();
  assert.match(session, /Daemon version: /);
  const page = (
    await run('curl', ['-sSL', '--noproxy', '*', '--max-time', '15', '-w', '\n%{url_effective}', url])
  ).toString();
  assert.match(page, /<title>Transmission Web Interface<\/title>/);
  assert.equal(page.slice(page.lastIndexOf('\n') + 1), `${url}/web/`);
});
