/** The definitions of the images, which are not built here: what they copy exists, and what they run is what the packages run. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { parse } from 'yaml';

import { folderFor, run } from '../cli/command.ts';
import { repository } from './packages/build.ts';
import { allOf, copiesOf, execForm, only, readDockerfile, type Dockerfile, type Stage } from './packages/dockerfile.ts';

const folder = join(repository, 'packaging/container');
const names = ['Dockerfile', 'Dockerfile.distroless'];
const user = '65532:65532';

/** The names of the top of the repository that the context has. */
function ignoredBut(): string[] {
  const lines = readFileSync(join(repository, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => !/^(#|$)/.test(line));
  assert.equal(lines[0], '*', 'nothing is in the context but what is named');
  return lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
}

/** What the commands of a stage make, by their words. */
function madeBy(stage: Stage): string[] {
  const words = allOf(stage, 'RUN').flatMap(({ rest }) => rest.split(/\s+/));
  return words.filter((word) => word.startsWith('/image/'));
}

function last(file: Dockerfile): Stage {
  return file.stages.at(-1)!;
}

for (const name of names) {
  const file = readDockerfile(join(folder, name));

  test(`${name}: its bases can be replaced, and nothing is taken from latest`, () => {
    for (const { base } of file.stages) {
      const argument = /^\$\{(\w+)\}$/.exec(base)?.[1];
      assert.match(file.args.get(argument ?? '') ?? '', /^[a-z.\-/\d]+:(?!latest$)[a-z\d.-]+$/, base);
    }
  });

  test(`${name}: what it copies exists, in the context or in the stage before`, () => {
    const context = ignoredBut();
    for (const stage of file.stages) {
      for (const { from, sources } of copiesOf(stage)) {
        const source = from === undefined ? undefined : file.stages.find((each) => each.name === from);
        assert.equal(source === undefined, from === undefined, `the stage ${from}`);
        for (const path of sources) {
          if (source !== undefined) assert.ok(madeBy(source).includes(path), `${path} of ${from}`);
          else {
            assert.ok(existsSync(join(repository, path)), path);
            assert.ok(context.includes(path.split('/')[0]!), `${path} is not ignored`);
          }
        }
      }
    }
  });

  test(`${name}: an ordinary user, named by number, owns what is written to; nothing else is`, () => {
    assert.equal(only(last(file), 'USER'), user);
    const owned = copiesOf(last(file)).filter(({ owner }) => owner !== undefined);
    assert.deepEqual(
      owned.map(({ target, owner }) => [target, owner]),
      [
        ['/run/postern', user],
        ['/var/lib/postern', user],
        ['/var/log/postern', user],
      ],
    );
  });

  test(`${name}: it stops in order, and start and health check need no shell`, () => {
    const stage = last(file);
    assert.equal(only(stage, 'STOPSIGNAL'), 'SIGTERM');
    const start = execForm(only(stage, 'ENTRYPOINT'));
    const target = copiesOf(stage).find(({ sources }) => sources[0] === '/image/usr/lib/postern')!.target;
    assert.deepEqual(start, [`${target}/node/bin/node`, `${target}/bin/postern.js`]);
    const [command, config] = execForm(only(stage, 'CMD'));
    assert.equal(command, 'run');
    assert.ok(copiesOf(stage).some((copy) => copy.target === config));
    const health = /CMD \[.*$/.exec(only(stage, 'HEALTHCHECK'))![0];
    assert.deepEqual(execForm(health), [...start, 'status']);
    assert.deepEqual(only(stage, 'EXPOSE').split(' '), ['8080', '8443']);
  });
}

test('the image without a shell runs nothing while it is built', () => {
  assert.deepEqual(allOf(last(readDockerfile(join(folder, 'Dockerfile.distroless'))), 'RUN'), []);
});

test('the config of the images is right, and listens where they say', async (t) => {
  const config = join(folder, 'postern.yaml');
  const { code, stderr } = await run(t, ['check', config], { cwd: folderFor(t) });
  assert.equal(code, 0, stderr);
  assert.match(readFileSync(config, 'utf8'), /address: ":8080"/);
});

test('the example of compose names files that exist, and closes what it can', () => {
  interface Service {
    readonly build?: { readonly context: string; readonly dockerfile: string };
    readonly read_only?: boolean;
    readonly tmpfs?: readonly string[];
    readonly cap_drop?: readonly string[];
  }
  const text = readFileSync(join(folder, 'compose.yaml'), 'utf8');
  const { postern } = (parse(text) as { services: Record<string, Service> }).services;
  const context = join(folder, postern!.build!.context);
  assert.equal(join(context, '.'), join(repository, '.'));
  assert.ok(existsSync(join(context, postern!.build!.dockerfile)));
  assert.equal(postern!.read_only, true);
  assert.deepEqual(postern!.cap_drop, ['ALL']);
  assert.ok(postern!.tmpfs!.some((each) => each.startsWith('/run/postern:uid=65532,')));
});
