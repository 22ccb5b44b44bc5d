import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';

import { until } from '../cli/command.ts';

/** Takes what a service says, as systemd does: a datagram socket. */
export interface Notifications {
  /** Value of NOTIFY_SOCKET. */
  readonly address: string;
  readonly messages: () => readonly string[];
  /** Resolves with the first message from `from` on that says this. */
  said(pattern: RegExp, from?: number): Promise<string>;
}

/** Writes each datagram as a line of JSON; descriptors that come with it are closed, which is what a barrier waits for. */
const program = `
import json, os, socket, sys
name = sys.argv[1]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("\\0" + name[1:] if name[0] == "@" else name)
if name[0] != "@": os.chmod(name, 0o666)
print(json.dumps("bound"), flush=True)
while True:
    data, anc, flags, addr = s.recvmsg(65536, 1024)
    for level, kind, fds in anc:
        if kind == socket.SCM_RIGHTS:
            for i in range(0, len(fds) - 3, 4): os.close(int.from_bytes(fds[i:i + 4], sys.byteorder))
    print(json.dumps(data.decode()), flush=True)
`;

/** Needs python3, since Node has no datagram sockets in the file system. @param address path, or `@name` without a file. */
export async function notifications(t: TestContext, address: string): Promise<Notifications> {
  const receiver = spawn('python3', ['-c', program, address], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(async () => {
    receiver.kill('SIGKILL');
    await once(receiver, 'close');
  });
  let text = '';
  receiver.stdout.setEncoding('utf8').on('data', (part: string) => (text += part));
  const all = (): readonly string[] =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => String(JSON.parse(line)))
      .filter((message) => !message.startsWith('BARRIER=1'));
  await until(
    () => all().length > 0 || undefined,
    () => 'the receiver',
  );
  return {
    address,
    messages: () => all().slice(1),
    said: async (pattern, from = 0) =>
      await until(
        () =>
          all()
            .slice(1 + from)
            .find((message) => pattern.test(message)),
        () => `${pattern} in ${JSON.stringify(all())}`,
      ),
  };
}
