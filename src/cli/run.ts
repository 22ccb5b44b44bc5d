import { resolve } from 'node:path';

import type { DoorChoice } from '../control/admin/control-door.ts';
import { ConfigRefused } from '../control/config-refused.ts';
import { formatProblem } from '../control/config/config-problem.ts';
import { defaultSocket } from '../control/config/default-socket.ts';
import { planFromCommand } from '../control/config/from-command.ts';
import { FdSink } from '../control/log/fd-sink.ts';
import { OwnLog } from '../control/log/own-log.ts';
import { messageOf } from '../control/message-of.ts';
import { becomeUser } from '../control/service/become-user.ts';
import type { LoadedConfig } from '../control/config/load-result.ts';
import { startPostern, type PosternOptions } from '../server.ts';
import { version } from '../version.ts';
import { ExitCode } from './exit-code.ts';
import { findConfig, noConfig } from './find-config.ts';
import { Life } from './life.ts';
import { complain } from './outputs.ts';
import { ownCommand } from './own-command.ts';
import { Succeeding } from './succeeding.ts';

export interface RunOptions {
  readonly threads?: number | 'auto';
  readonly socket?: string;
  /** Takes the place of the Postern that runs with the same control socket. */
  readonly takeOver?: boolean;
}

/** How long the last messages may take on their way out, in ms. */
const lastWordsMs = 1000;

/** How long what is left in the event loop may keep the process, in ms. */
const lingerMs = 200;

/** `postern run [config]`: ends when Postern does. */
export async function run(config: string | undefined, options: RunOptions): Promise<ExitCode> {
  const file = config ?? findConfig();
  if (file === undefined) {
    complain(noConfig);
    return ExitCode.Usage;
  }
  return await live(file, {
    config: file,
    controlSocket: (loaded) => doorOf(loaded, options.socket, true),
    ...(options.threads !== undefined && { threads: options.threads }),
    ...(options.takeOver === true && { takeOver: true }),
  });
}

export interface ProxyOptions extends RunOptions {
  readonly from: string;
  readonly to: readonly string[];
}

/** `postern proxy --from ADDRESS --to URL...`: a Postern without a config file. */
export async function proxy({ from, to, ...options }: ProxyOptions): Promise<ExitCode> {
  return await live('the command line', {
    config: async (env) => planFromCommand(from, to, env),
    // Several of these may run side by side: the first one has the control socket.
    controlSocket: (loaded) => doorOf(loaded, options.socket, false),
    ...(options.threads !== undefined && { threads: options.threads }),
  });
}

function doorOf(config: LoadedConfig, socket: string | undefined, alone: boolean): DoorChoice {
  const path = socket === undefined ? config.admin.socket : resolve(socket);
  return { path, wanted: path !== defaultSocket(process.env), alone };
}

async function live(configName: string, options: LiveOptions): Promise<ExitCode> {
  const succeeding = new Succeeding(options.takeOver === true);
  const sink = new FdSink(2);
  const human = process.stderr.isTTY;
  const colour = human && !process.env['NO_COLOR'];
  const log = new OwnLog({ sink, format: human ? 'human' : 'json', colour, level: 'info' });
  const endNow = (): void => {
    sink.flushSync();
    process.exit(ExitCode.Runtime);
  };
  const life = new Life(log, endNow);
  const onStuck = (): void => {
    sink.flushSync();
    // Not process.exit: it waits for the thread, which is what cannot be waited for.
    process.kill(process.pid, 'SIGKILL');
  };
  try {
    log.info(`Postern ${version} starts with ${configName}`);
    const postern = await startPostern({
      ...options,
      configName,
      log,
      onStuck,
      command: ownCommand(),
      predecessor: async (config) => {
        const { invited: takesOver } = succeeding;
        becomeUser(config, { log, takesOver, beforeExec: () => sink.flushSync() });
        return await succeeding.find(options.controlSocket?.(config)?.path, log);
      },
    });
    life.attach(postern);
    await postern.stopped;
    return life.code;
  } catch (error) {
    await succeeding.giveUp(error);
    return refuse(log, error);
  } finally {
    await sink.flush(lastWordsMs);
    life.release();
    // Questions to DNS may still wait for their answers: nobody else does.
    setTimeout(() => process.exit(), lingerMs).unref();
  }
}

interface LiveOptions extends PosternOptions {
  readonly takeOver?: boolean;
}

function refuse(log: OwnLog, error: unknown): ExitCode {
  if (!(error instanceof ConfigRefused)) {
    log.error(messageOf(error));
    return ExitCode.Runtime;
  }
  for (const problem of error.problems) {
    if (problem.severity === 'warning') log.warn(formatProblem(problem));
    else log.error(formatProblem(problem));
  }
  return ExitCode.Usage;
}
