import { isAbsolute, join } from 'node:path';

/**
 * Where the control socket is unless the config says otherwise: `postern.sock` in the folder that the service manager made
 * for the service (`RUNTIME_DIRECTORY`), else in the user's own runtime folder (`XDG_RUNTIME_DIR`), else in `/run/postern`.
 * All three are writable for their owner alone; a folder for everyone such as `/tmp` is not used.
 */
export function defaultSocket(environment: Readonly<Record<string, string | undefined>>): string {
  // systemd lists several folders with colons.
  const candidates = [environment['RUNTIME_DIRECTORY']?.split(':')[0], environment['XDG_RUNTIME_DIR']];
  const folder = candidates.find((each) => each !== undefined && isAbsolute(each));
  return join(folder ?? '/run/postern', 'postern.sock');
}
