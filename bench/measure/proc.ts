/** CPU time of one process, all its threads, and those children that have ended and been waited for; in clock ticks. */
export interface CpuTicks {
  readonly user: number;
  readonly system: number;
}

/**
 * Reads `/proc/<pid>/stat` (proc_pid_stat(5)). Fields are counted from the last `)`, since a command's name may hold anything.
 * @throws {Error} when the text is not such a line
 */
export function parseStat(text: string): CpuTicks {
  const fields = text
    .slice(text.lastIndexOf(')') + 1)
    .trim()
    .split(' ')
    .map(Number);
  // state is field 3 of the manual and number 0 here: utime 14, stime 15, cutime 16, cstime 17
  const [utime, stime, cutime, cstime] = fields.slice(11, 15);
  const user = (utime ?? Number.NaN) + (cutime ?? Number.NaN);
  const system = (stime ?? Number.NaN) + (cstime ?? Number.NaN);
  if (Number.isNaN(user + system))
    throw new Error(`Cannot read CPU time: not a line of /proc/<pid>/stat: ${text.slice(0, 80)}`);
  return { user, system };
}

/**
 * Resident memory out of `/proc/<pid>/status`, bytes; 0 for a process that has ended but not been waited for.
 * Newer kernels count it with an error of some hundred kB a process.
 */
export function parseRss(text: string): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(text);
  return line ? Number(line[1]) * 1024 : 0;
}
