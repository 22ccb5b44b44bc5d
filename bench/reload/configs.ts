/** What a variant of the config has that the others do not have. */
export type Variant =
  /** Nothing: a value that holds for all is another one. */
  | 'a setting'
  /** The first route has another path. */
  | 'one route'
  /** There is one route more, before all others. */
  | 'one more route'
  /** Every route and every pool. */
  | 'everything';

/** A config of so many routes with hosts, paths and pools of their own, and features here and there. */
export function configOf(routes: number, variant: Variant | undefined, round: number): string {
  const number = variant === undefined ? 0 : round;
  const all = variant === 'everything' ? number : 0;
  const lines = [
    'listeners: { web: { address: "127.0.0.1:0" } }',
    'threads: 2',
    'accessLog: false',
    `grace: ${variant === 'a setting' ? 10 + number : 10}s`,
    'routes:',
    '  - { name: load, host: load.test, middleware: [{ respond: { body: hello } }] }',
  ];
  if (variant === 'one more route' && number % 2 === 1) lines.push('  - { name: more, host: more.test, to: pool0 }');
  for (let i = 0; i < routes; i++) {
    const path = variant === 'one route' && i === 0 ? `/other${number}/` : `/app${i % 7}/`;
    lines.push(`  - host: host${i}.example.com`, `    path: ${path}`, `    to: pool${i}`);
    if (i % 5 === 0) {
      lines.push(
        '    middleware:',
        `      - headers: { response: { remove: [server], set: { x-route: "${i} ${all}" } } }`,
      );
    }
    if (i % 10 === 3) lines.push('    when: { method: [GET, POST] }');
    if (all > 0) lines.push(`    hostHeader: variant${all}.example.com`);
  }
  return `${[...lines, ...poolLines(routes, all)].join('\n')}\n`;
}

function poolLines(routes: number, all: number): string[] {
  const lines = ['pools:'];
  for (let i = 0; i < routes; i++) {
    const host = `10.${i >> 14}.${(i >> 7) % 128}.${(i % 127) + 1}`;
    lines.push(`  pool${i}:`, `    servers: [http://${host}:${8000 + all}, http://${host}:9000]`);
  }
  return lines;
}
