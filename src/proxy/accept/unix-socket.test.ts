// oxlint-disable no-await-in-loop -- one case after the other
import assert from 'node:assert/strict';
import { lstatSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { connectTo, unix, until } from './fixtures.test.ts';
import { listenUnix, type SocketFile } from './unix-socket.ts';

type Open = (file: string, mode?: number) => Promise<{ server: net.Server; made: SocketFile }>;

/** Runs `body` with a folder of its own; what it opened is closed afterwards. */
async function inFolder(body: (folder: string, opened: Open) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'postern-'));
  const servers: net.Server[] = [];
  const opened: Open = async (file, mode = 0o600) => {
    const server = net.createServer((socket) => socket.end());
    servers.push(server);
    return { server, made: await listenUnix(server, unix(file, mode)) };
  };
  try {
    await body(folder, opened);
    assert.ok(servers.filter(({ listening }) => listening).length <= 1, 'a refused one listens no more');
  } finally {
    for (const server of servers) server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const modeOf = (file: string): number => lstatSync(file).mode & 0o7777;

/** A socket file that nobody answers on, as a killed process leaves it. */
async function leaveStale(file: string): Promise<void> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(`${file}.moved`, resolve));
  await rename(`${file}.moved`, file); // Node removes the file by the name that it made it with.
  await new Promise((resolve) => server.close(resolve));
}

test('listenUnix() makes a socket that answers, and nothing else in the folder', async () => {
  await inFolder(async (folder, opened) => {
    const { server, made } = await opened(path.join(folder, 's'));
    assert.deepEqual(readdirSync(folder), ['s']);
    const client = await connectTo(path.join(folder, 's'));
    client.destroy();
    server.close();
    await made.remove();
    assert.deepEqual(readdirSync(folder), []);
  });
});

test('the socket file has its mode from the first moment that it can be seen', async () => {
  await inFolder(async (folder, opened) => {
    const file = path.join(folder, 's');
    const seen = new Set<number>();
    let watching = true;
    const look = (): void => {
      const found = lstatSync(file, { throwIfNoEntry: false });
      if (found) seen.add(found.mode & 0o7777);
      if (watching) setImmediate(look);
    };
    const umask = process.umask(0);
    try {
      look();
      for (const mode of [0o600, 0o666, 0o660]) {
        const { server, made } = await opened(file, mode);
        await until(() => seen.has(mode));
        server.close();
        await made.remove();
        assert.deepEqual([...seen], [mode]);
        seen.clear();
      }
    } finally {
      watching = false;
      process.umask(umask);
    }
  });
});

test('a stale socket file is taken over, by a way in which the path is never free', async () => {
  await inFolder(async (folder, opened) => {
    const file = path.join(folder, 's');
    await leaveStale(file);
    const before = lstatSync(file).ino;
    const { server, made } = await opened(file, 0o640);
    assert.notEqual(lstatSync(file).ino, before);
    assert.equal(modeOf(file), 0o640);
    const client = await connectTo(file);
    client.destroy();
    server.close();
    await made.remove();
  });
});

test('a socket that is alive is refused in words and goes on', async () => {
  await inFolder(async (folder, opened) => {
    const file = path.join(folder, 's');
    const { server, made } = await opened(file);
    await assert.rejects(opened(file), { code: 'listen-failed', message: /: another program answers there already/ });
    assert.deepEqual(readdirSync(folder), ['s']);
    const client = await connectTo(file);
    client.destroy();
    server.close();
    await made.remove();
  });
});

test('of programs that open one free path at the same time, one gets it and the others leave nothing', async () => {
  await inFolder(async (folder, opened) => {
    const file = path.join(folder, 's');
    const attempts = await Promise.allSettled([opened(file), opened(file), opened(file), opened(file)]);
    const won = attempts.filter((attempt) => attempt.status === 'fulfilled');
    assert.equal(won.length, 1);
    assert.ok(won[0]!.value.server.listening);
    assert.deepEqual(readdirSync(folder), ['s']);
    const client = await connectTo(file);
    client.destroy();
    await won[0]!.value.made.remove();
    assert.deepEqual(readdirSync(folder), []);
  });
});

test('what is not a socket is refused in words and left alone', async () => {
  await inFolder(async (folder, opened) => {
    const file = path.join(folder, 'letters');
    await writeFile(file, 'precious');
    await mkdir(path.join(folder, 'folder'));
    await symlink(file, path.join(folder, 'link'));
    for (const name of ['letters', 'folder', 'link']) {
      await assert.rejects(opened(path.join(folder, name)), /something that is not a socket is there/);
    }
    assert.equal(await readFile(file, 'utf8'), 'precious');
    assert.deepEqual(readdirSync(folder).toSorted(), ['folder', 'letters', 'link']);
  });
});

test('a missing folder rejects with the code of the system', async () => {
  await inFolder(async (folder, opened) => {
    await assert.rejects(opened(path.join(folder, 'none', 's')), { code: 'ENOENT' });
  });
});

test('a path may have 107 bytes, whatever its folder, and not more', async () => {
  await inFolder(async (folder, opened) => {
    for (const nameBytes of [1, 5, 60]) {
      const deep = path.join(folder, 'd'.repeat(107 - folder.length - 2 - nameBytes));
      await mkdir(deep);
      const file = path.join(deep, 'x'.repeat(nameBytes));
      assert.equal(Buffer.byteLength(file), 107);
      const { server, made } = await opened(file, 0o600);
      assert.equal(modeOf(file), 0o600);
      const client = await connectTo(file);
      client.destroy();
      server.close();
      await made.remove();
      assert.deepEqual(readdirSync(deep), []);
      await assert.rejects(opened(`${file}y`), /the path has 108 bytes, a socket's at most 107; choose a shorter one/);
    }
  });
});

test('remove() leaves a file that has taken the path meanwhile, and does not mind that it is gone', async () => {
  await inFolder(async (folder, opened) => {
    const file = path.join(folder, 's');
    const first = await opened(file);
    first.server.close();
    const second = await opened(file); // The first has closed, so its file is stale.
    await first.made.remove();
    const client = await connectTo(file);
    client.destroy();
    second.server.close();
    await rm(file);
    await second.made.remove();
  });
});

test('closing the server does not remove a file that has taken the path meanwhile', async () => {
  await inFolder(async (folder, opened) => {
    const file = path.join(folder, 's');
    const { server } = await opened(file);
    await rm(file);
    await writeFile(file, 'of somebody else');
    await new Promise((resolve) => server.close(resolve));
    assert.equal(await readFile(file, 'utf8'), 'of somebody else');
  });
});
