// Who may import whom. ARCHITECTURE.md draws it; tools/guards.test.ts proves that each rule can fail.
//
// dependency-cruiser reads TypeScript by way of TypeScript's JavaScript API, which TypeScript 7 does not have. Without a
// version that has it, every file would count as empty and every rule would hold. So: refuse to start.
const { version } = require('typescript');
if (Number.parseInt(version, 10) > 6) {
  throw new Error(
    `Cannot check imports: "typescript" is ${version}, dependency-cruiser needs 6 or older (the alias in package.json)`,
  );
}

const isTest = '\\.test\\.ts$';

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files that need each other are one idea: join them, or move what both need below them.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-stands-under-everything',
      comment: 'core knows Node and itself.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^src/(?!core/)' },
    },
    {
      name: 'core-needs-no-packages',
      comment: 'core imports nothing but Node.',
      severity: 'error',
      from: { path: '^src/core/', pathNot: isTest },
      to: { dependencyTypesNot: ['local', 'core', 'type-only'], path: 'node_modules' },
    },
    {
      name: 'wire-stands-on-core',
      comment: 'wire turns bytes into messages and back: it knows core and itself.',
      severity: 'error',
      from: { path: '^src/wire/' },
      to: { path: '^src/(?!core/|wire/)' },
    },
    {
      name: 'wire-does-no-io',
      comment: 'wire is pure functions: sockets, files and threads are for those who call it.',
      severity: 'error',
      from: { path: '^src/wire/', pathNot: isTest },
      to: { path: '^(node:)?(net|tls|http|https|http2|dgram|dns|fs|child_process|cluster|worker_threads)(/|$)' },
    },
    {
      name: 'proxy-does-not-know-control',
      comment: 'The data plane gets a plan and an env. It does not know who made them.',
      severity: 'error',
      from: { path: '^src/proxy/' },
      to: { path: '^src/(?!core/|wire/|proxy/)' },
    },
    {
      name: 'control-does-not-know-its-callers',
      comment: 'The command line and the composition root stand above the control plane.',
      severity: 'error',
      from: { path: '^src/control/' },
      to: { path: '^src/(cli/|[^/]+$)' },
    },
    {
      name: 'library-does-not-know-the-command',
      comment: 'index.ts and server.ts are for programs that embed the proxy: no command line in them.',
      severity: 'error',
      from: { path: '^src/[^/]+$' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'proxy-is-entered-by-its-door',
      comment: 'What others need of the data plane is named in src/proxy/index.ts.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/proxy/' },
      to: { path: '^src/proxy/', pathNot: '^src/proxy/index\\.ts$' },
    },
    {
      name: 'steps-do-not-know-each-other',
      comment:
        'Each folder of src/proxy is a step, but for forwarding/, the pure functions that several steps share, and http2/, what ' +
        'both sides of an HTTP/2 connection share. ' +
        'What two steps need goes there or to core or wire; what joins the steps is src/proxy itself.',
      severity: 'error',
      from: { path: '^src/proxy/([^/]+)/' },
      to: { path: '^src/proxy/[^/]+/', pathNot: ['^src/proxy/$1/', '^src/proxy/(forwarding|http2)/'] },
    },
    {
      name: 'features-do-not-know-each-other',
      comment: 'What two features need goes to core or wire; what one needs of a step comes in its env.',
      severity: 'error',
      from: { path: '^src/proxy/middleware/([^/]+)/' },
      to: { path: '^src/proxy/middleware/[^/]+/', pathNot: '^src/proxy/middleware/$1/' },
    },
    {
      name: 'src-does-not-know-tests',
      severity: 'error',
      from: { path: '^src/', pathNot: isTest },
      to: { path: `(^(test|tools|bench|examples)/|${isTest})` },
    },
    {
      name: 'no-dev-dependencies-in-src',
      comment: 'Whoever installs the package does not have them.',
      severity: 'error',
      from: { path: '^src/', pathNot: isTest },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-unknown-packages',
      comment: 'An import that is not in package.json, or that leads nowhere.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'] },
    },
    {
      name: 'no-orphans',
      comment: 'Nobody imports it and it imports nobody.',
      severity: 'error',
      from: { orphan: true, pathNot: isTest },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
