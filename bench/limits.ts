/**
 * What Postern is held to. A ratio is Postern's cost by the other proxy's, the median over the rounds.
 * Without `--assert` these are information only.
 */
export interface Limits {
  /** By scenario and peer: the most that Postern may cost. */
  readonly ratios: readonly RatioLimit[];
  /** Memory of one idle connection, bytes: plain, and over TLS. */
  readonly idleConnectionBytes: { readonly idle: number; readonly 'tls-idle': number };
  /** What the WebSockets that are opened, by default 10,000, add to resident memory, bytes each. */
  readonly webSocketBytes: number;
  /** Growth of resident memory between the 200,000th and the millionth request, bytes: about 16 a request would be seen as a leak. */
  readonly millionGrowthBytes: number;
}

export interface RatioLimit {
  readonly scenario: string;
  readonly subject: string;
  readonly against: string;
  readonly atMost: number;
}

export const limits: Limits = {
  ratios: [
    { scenario: 'small', subject: 'postern', against: 'nginx', atMost: 1.25 },
    { scenario: 'small', subject: 'postern', against: 'caddy', atMost: 0.25 },
    { scenario: 'bodies', subject: 'postern', against: 'nginx', atMost: 1.1 },
    { scenario: 'tls', subject: 'postern', against: 'nginx', atMost: 1.3 },
    { scenario: 'handshakes', subject: 'postern', against: 'nginx', atMost: 1.5 },
    { scenario: 'resumed', subject: 'postern', against: 'nginx', atMost: 2 },
    { scenario: 'h2', subject: 'postern', against: 'nginx', atMost: 1.5 },
    { scenario: 'h2', subject: 'postern', against: 'node:http2', atMost: 0.5 },
    { scenario: 'h2-streams', subject: 'postern', against: 'nginx', atMost: 1.5 },
    { scenario: 'h2-streams', subject: 'postern', against: 'node:http2', atMost: 0.5 },
    { scenario: 'h2-bodies', subject: 'postern', against: 'nginx', atMost: 1.3 },
    { scenario: 'hosts', subject: 'postern, many hosts', against: 'postern, 10 hosts', atMost: 1.05 },
  ],
  idleConnectionBytes: { idle: 8192, 'tls-idle': 65_536 },
  webSocketBytes: 16_000,
  millionGrowthBytes: 16 * 1024 * 1024,
};
