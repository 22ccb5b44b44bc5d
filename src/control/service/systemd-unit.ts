/** What a unit file depends on. */
export interface UnitSettings {
  /** Absolute path of the command. */
  readonly program: string;
  /** Absolute path of the config. */
  readonly config: string;
  readonly user: string;
  readonly group: string;
  /** `grace` of the config: how long an orderly stop may take. */
  readonly graceMs: number;
}

/** Where `postern install systemd` and the packages put things. */
export const usualUnit: UnitSettings = {
  program: '/usr/bin/postern',
  config: '/etc/postern/postern.yaml',
  user: 'postern',
  group: 'postern',
  graceMs: 30_000,
};

/** What a stop may take beyond the grace period, in seconds: Postern itself asks for 10. */
const stopMarginSeconds = 15;

/**
 * The text of postern.service, for systemd 247 and newer. The service runs as an ordinary user from its first instruction, sees
 * the system read-only, and has one right beyond others: ports below 1024.
 */
// oxlint-disable-next-line max-lines-per-function -- one text, to be read as it will stand there
export function systemdUnit({ program, config, user, group, graceMs }: UnitSettings): string {
  const stopSeconds = Math.ceil(graceMs / 1000) + stopMarginSeconds;
  return `# Made by "postern install systemd". Changes of your own belong in "systemctl edit postern".
[Unit]
Description=Postern reverse proxy
After=network-online.target nss-lookup.target
Wants=network-online.target
StartLimitIntervalSec=60
StartLimitBurst=10

[Service]
Type=notify
# Messages come from the program systemd-notify, and after "postern upgrade" from another process.
NotifyAccess=all
ExecStart=${quote(program)} run ${quote(config)}
ExecReload=${quote(program)} reload --config ${quote(config)}
# The main process and a data thread both have to be alive.
WatchdogSec=30
# Reading a large config may take a minute.
TimeoutStartSec=180
# "grace" of the config, and what ending takes; Postern asks for more where "grace" has become longer.
TimeoutStopSec=${stopSeconds}
KillMode=mixed
Restart=on-failure
RestartSec=1
# A config that is wrong does not become right by another start.
RestartPreventExitStatus=2

User=${user}
Group=${group}
# The right to listen on ports below 1024, and no other.
AmbientCapabilities=CAP_NET_BIND_SERVICE
CapabilityBoundingSet=CAP_NET_BIND_SERVICE
NoNewPrivileges=yes

# /run/postern, /var/lib/postern, /var/log/postern and /etc/postern
RuntimeDirectory=postern
RuntimeDirectoryMode=0750
StateDirectory=postern
StateDirectoryMode=0750
LogsDirectory=postern
LogsDirectoryMode=0750
ConfigurationDirectory=postern
ConfigurationDirectoryMode=0755
UMask=0027
# Each connection takes one, and mostly a second one to a server.
LimitNOFILE=262144

ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
ProtectProc=invisible
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RemoveIPC=yes
KeyringMode=private
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# Not here: MemoryDenyWriteExecute, for JavaScript is compiled to machine code while it runs;
# PrivateUsers, which would take the right to low ports away; ProcSubset=pid, for Node reads /proc/meminfo.

[Install]
WantedBy=multi-user.target
`;
}

/** A word of a command line as systemd.syntax(7) and systemd.service(5) have it. */
function quote(text: string): string {
  const escaped = text
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$')
    .replaceAll('\\', String.raw`\\`);
  return /^[\w./:%@+=,~$-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll('"', String.raw`\"`)}"`;
}
