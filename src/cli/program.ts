import { Command, InvalidArgumentError, Option } from 'commander';

import { version } from '../version.ts';
import { addImport } from './add-import.ts';
import { addInstall } from './add-install.ts';
import { addServer } from './add-server.ts';
import { addSplit } from './add-split.ts';
import type { CheckOptions } from './check.ts';
import type { ExitCode } from './exit-code.ts';
import type { TracedOptions } from './explain-traced.ts';
import type { ExplainOptions } from './explain.ts';
import { configPlaces } from './find-config.ts';
import type { SocketOptions } from './find-socket.ts';
import { say } from './outputs.ts';
import type { PreviewOptions } from './preview.ts';
import type { ProxyOptions, RunOptions } from './run.ts';
import type { StatusOptions } from './status.ts';
import type { StopOptions } from './stop.ts';
import { versionText } from './version-text.ts';

const places = `default: the first of ${configPlaces.join(', ')}`;

/**
 * The command line. Each command's code is imported when it is called, so that `help` does not wait for what `run` needs.
 * @param done gets what the process is to end with.
 */
export function createProgram(done: (code: ExitCode) => void): Command {
  const program = new Command('postern')
    .description('A reverse proxy: it stands in front of your web servers')
    .version(`postern ${version}`, '-V, --version')
    .helpCommand(false)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  addRunning(program, done);
  addAsking(program, done);
  addServer(program, done);
  addSplit(program, done);
  addExplain(program, done);
  addImport(program, done);
  addInstall(program, done);
  program
    .command('version')
    .description('Say which version this is')
    .option('--verbose', 'and which Node, OpenSSL and so on it runs with')
    .action(({ verbose }: { verbose?: boolean }) => say(versionText(verbose === true)));
  program
    .command('help')
    .description('Explain a command')
    .argument('[command]')
    .action((name?: string) => explain(program, name));
  return program;
}

function addRunning(program: Command, done: (code: ExitCode) => void): void {
  program
    .command('run')
    .description('Run with a config file, until it is stopped')
    .argument('[config]', places)
    .addOption(threadsOption())
    .option('--socket <path>', 'control socket, in place of what the config says')
    .option('--take-over', 'take the place of the Postern that runs with this control socket')
    .action(async (config: string | undefined, options: RunOptions) =>
      done(await (await import('./run.ts')).run(config, options)),
    );
  program
    .command('proxy')
    .description('Run without a config file: postern proxy --from :8080 --to http://localhost:3000')
    .requiredOption('--from <address>', 'where clients connect: ":8080", "127.0.0.1:8080", "unix:/run/x.sock"')
    .requiredOption('--to <url...>', 'server that gets the requests; several share them')
    .addOption(threadsOption())
    .option('--socket <path>', 'control socket')
    .action(async (options: ProxyOptions) => done(await (await import('./run.ts')).proxy(options)));
  program
    .command('check')
    .description('Say everything that is wrong with a config file, and what could be better')
    .argument('[config]', places)
    .option('--json', 'for machines')
    .option('--exposure', 'instead, show what can be reached from each listener, and what protects it')
    .option('--network', 'also ask DNS whether the hosts of the routes lead to this machine')
    .action(async (config: string | undefined, options: CheckOptions) =>
      done(await (await import('./check.ts')).check(config, options)),
    );
}

function addExplain(program: Command, done: (code: ExitCode) => void): void {
  program
    .command('preview')
    .description('Say what another config would change')
    .argument('[config]', 'the new config; default: the one that runs, as its file is now')
    .option('--against <file>', `the config that it is compared with; default: the one that runs, else ${places}`)
    .option('--socket <path>', 'control socket of the running Postern')
    .option('--replay <log>', 'also say which requests of a JSON access log would go elsewhere')
    .option('--json', 'all of it, for machines')
    .action(async (config: string | undefined, options: PreviewOptions) =>
      done(await (await import('./preview.ts')).preview(config, options)),
    );
  program
    .command('print')
    .description('Show a config with every default filled in, and where each value comes from')
    .argument('[config]', places)
    .action(async (config: string | undefined) => done(await (await import('./print.ts')).print(config)));
  program
    .command('explain')
    .description('Say what would become of a request, and why: postern explain GET https://shop.example.com/cart')
    .argument('[method]')
    .argument('[url]')
    .option('--id <id>', 'instead, say what became of a request that was traced, by its id in the access log')
    .option('--config <file>', `explain by this config; default: by the one that runs, else ${places}`)
    .option('-H, --header <line...>', 'a field of the request: "name: value"')
    .option('--from <address>', 'address of the client')
    .option('--listener <name>', 'listener that it comes in by, where the URL does not tell')
    .option('--json', 'all of it, for machines')
    .option('--socket <path>', 'control socket of the running Postern')
    .action(async (method: string | undefined, url: string | undefined, options: ExplainOptions & TracedOptions) => {
      const { id } = options;
      if (id !== undefined) return done(await (await import('./explain-traced.ts')).explainTraced(id, options));
      if (url !== undefined) return done(await (await import('./explain.ts')).explain(method!, url, options));
      program.error("error: there is nothing to explain: name a method and a URL, or a request with '--id'");
    });
}

function addAsking(program: Command, done: (code: ExitCode) => void): void {
  asking(program, 'reload', 'Let the running Postern load its config again').action(async (options: SocketOptions) =>
    done(await (await import('./reload.ts')).reload(options)),
  );
  asking(program, 'stop', 'Stop the running Postern: open requests may end')
    .option('--now', 'do not wait for open requests')
    .action(async (options: StopOptions) => done(await (await import('./stop.ts')).stop(options)));
  asking(program, 'upgrade', 'Replace the running process by a new one, without a refused connection').action(
    async (options: SocketOptions) => done(await (await import('./upgrade.ts')).upgrade(options)),
  );
  asking(program, 'status', 'Show what the running Postern does')
    .option('--json', 'all of it, for machines')
    .action(async (options: StatusOptions) => done(await (await import('./status.ts')).status(options)));
}

function asking(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--config <file>', `config that names the control socket; ${places}`)
    .option('--socket <path>', 'its control socket');
}

function threadsOption(): Option {
  const description = 'data threads; auto: one a processor; 0: everything in the main thread';
  return new Option('--threads <number>', description).argParser(toThreads);
}

function toThreads(text: string): number | 'auto' {
  if (text === 'auto') return text;
  if (/^\d{1,2}$/.test(text) && Number(text) <= 64) return Number(text);
  throw new InvalidArgumentError('There are auto and 0 to 64.');
}

function explain(program: Command, name: string | undefined): void {
  if (name === undefined) return program.help();
  const command = program.commands.find((each) => each.name() === name);
  if (command === undefined) program.error(`error: unknown command '${name}'`, { code: 'commander.unknownCommand' });
  command.help();
}
