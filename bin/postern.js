#!/usr/bin/env node
// The command. Plain JavaScript that old versions of Node can parse, because it has to tell them what to do:
// on Node 24 or newer it runs Postern; on an older one it starts the Node 26 that came with the project.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// First of all: Node opens its debugger on SIGUSR1, Postern its logs anew. From here on nothing else happens.
// (Node's --disable-sigusr1 is no help: it blocks the signal altogether.)
process.on('SIGUSR1', function ignore() {});

const oldestNode = 24;
const launchedMark = 'POSTERN_LAUNCHED';
const ready = 'ready';
const here = dirname(fileURLToPath(import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= oldestNode) runHere();
else runOnOwnNode();

function runHere() {
  closeDebugger();
  followLauncher();
  const built = join(here, '..', 'dist', 'cli', 'main.js');
  const main = existsSync(built) ? '../dist/cli/main.js' : '../src/cli/main.ts';
  import(main).then(
    function start(program) {
      return program.main(process.argv.slice(2));
    },
    function refuse(error) {
      fail('Cannot start: ' + ((error && error.message) || error) + '; install it anew');
    },
  );
}

/** A SIGUSR1 that came while Node itself was starting has opened the debugger: nobody asked for it. */
function closeDebugger() {
  const flags = process.execArgv.join(' ') + ' ' + (process.env.NODE_OPTIONS || '');
  if (/--inspect(-brk|-wait)?([=\s]|$)/.test(flags)) return;
  import('node:inspector').then(closeAgain, function without() {});
}

/** More than once: another thread handles the signal, and asks for the debugger both at once and by the event loop. */
function closeAgain(inspector) {
  let looks = 20;
  const timer = setInterval(look, 50);
  timer.unref();
  look();
  function look() {
    if (inspector.url() !== undefined) inspector.close();
    looks -= 1;
    if (looks === 0) clearInterval(timer);
  }
  return undefined;
}

/** Started by the old Node's side of this file: when that is gone, even by SIGKILL, this one has nobody to end it. */
function followLauncher() {
  if (process.env[launchedMark] !== '1') return;
  delete process.env[launchedMark];
  if (!process.connected) return endSoon();
  process.once('disconnect', endSoon);
  process.send(ready);
  process.channel.unref();
}

function endSoon() {
  process.kill(process.pid, 'SIGTERM');
  setTimeout(function () {
    process.exit(1);
  }, 2000).unref();
}

function runOnOwnNode() {
  const node = findOwnNode();
  if (node === undefined) {
    return fail(
      'Cannot run on Node ' +
        process.versions.node +
        ': Postern needs Node ' +
        oldestNode +
        ' or newer; install that, or run "npm ci" in ' +
        dirname(here) +
        ', which brings one on Linux',
    );
  }
  const args = [fileURLToPath(import.meta.url)].concat(process.argv.slice(2));
  const child = spawn(node, args, {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: Object.assign({}, process.env, { [launchedMark]: '1' }),
  });
  passSignals(child);
  child.on('error', function (error) {
    fail('Cannot start ' + node + ': ' + error.message + '; run "npm ci" in ' + dirname(here));
  });
  child.on('exit', endAs);
}

/** SIGUSR1 waits until the child ignores it: before that it would kill it, or open its debugger. */
function passSignals(child) {
  const waiting = new Set();
  let isReady = false;
  child.on('message', function () {
    isReady = true;
    for (const signal of waiting) child.kill(signal);
  });
  for (const signal of ['SIGHUP', 'SIGTERM', 'SIGINT', 'SIGUSR1']) {
    process.on(signal, function pass() {
      if (signal === 'SIGUSR1' && !isReady) waiting.add(signal);
      else child.kill(signal);
    });
  }
}

/** Ends as the child ended: with its exit code, or by its signal. */
function endAs(code, signal) {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // Some signals do not end a process, or not at once.
  setTimeout(function () {
    process.exit(128 + (constants.signals[signal] || 0));
  }, 1000);
}

/** In the node_modules of this package or of a folder above it: npm puts shared packages further up. */
function findOwnNode() {
  const name = join('node_modules', 'node-linux-' + process.arch, 'bin', 'node');
  if (process.platform !== 'linux') return undefined;
  const inside = join(dirname(here), 'tools', 'node', name);
  if (existsSync(inside)) return inside;
  for (let folder = here; ; folder = dirname(folder)) {
    if (existsSync(join(folder, name))) return join(folder, name);
    if (folder === dirname(folder)) return undefined;
  }
}

function fail(message) {
  process.stderr.write('postern: ' + message + '\n');
  process.exit(2);
}
