import { z } from 'zod';

import type { ListenAddress, ListeningSocket, TlsSecrets } from '../../proxy/index.ts';

/**
 * The environment variable in which a Postern tells the successor that it starts where to find it, and which descriptors are
 * its listening sockets.
 */
export const takeOverVariable = 'POSTERN_TAKE_OVER';

type TcpAddress = Extract<ListenAddress, { kind: 'tcp' }>;
type UnixAddress = Extract<ListenAddress, { kind: 'unix' }>;

const sockets: z.ZodType<readonly ListeningSocket[]> = z
  .array(
    z.object({
      address: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('tcp'), host: z.string().optional(), port: z.int() }),
        z.object({ kind: z.literal('unix'), path: z.string(), mode: z.int() }),
      ]),
      port: z.int().min(0).max(65_535),
      fd: z.int().min(3).optional(),
    }),
  )
  .max(10_000)
  .transform((list) => list.map(({ address, port, fd }) => ({ address: withHost(address), port, fd })));

/** JSON leaves out a host that is undefined: every address of the machine. */
function withHost(address: UnixAddress | (Omit<TcpAddress, 'host'> & { host?: string | undefined })): ListenAddress {
  return address.kind === 'unix' ? address : { ...address, host: address.host };
}

/** What the variable says. */
export interface Invitation {
  /** Control socket of the process before this one. */
  readonly socket: string;
  readonly sockets: readonly ListeningSocket[];
}

const invitation: z.ZodType<Invitation> = z.object({ socket: z.string(), sockets });

/** @throws {Error} where it is not what a Postern writes. */
export function readInvitation(text: string): Invitation {
  try {
    return invitation.parse(JSON.parse(text));
  } catch {
    throw new Error(`Cannot take over: ${takeOverVariable} is for Postern's own use, leave it unset`);
  }
}

/** What a successor gets over the control socket. */
export interface Estate {
  /** Without descriptors: for a successor that somebody else has started. */
  readonly sockets: readonly ListeningSocket[];
  readonly secrets: TlsSecrets;
}

const bytes: z.ZodType<Uint8Array> = z.base64().transform((text) => new Uint8Array(Buffer.from(text, 'base64')));

const estate: z.ZodType<Estate> = z.object({
  sockets,
  secrets: z.object({
    ticketKeys: bytes.refine((key) => key.length === 48),
    staples: z.array(z.object({ fingerprint: z.string(), response: bytes })),
  }),
});

/** As JSON. */
export function writeEstate({ sockets: list, secrets }: Estate): unknown {
  return {
    sockets: list.map(({ address, port }) => ({ address, port })),
    secrets: {
      ticketKeys: base64(secrets.ticketKeys),
      staples: secrets.staples.map(({ fingerprint, response }) => ({ fingerprint, response: base64(response) })),
    },
  };
}

/** Undefined: it is not what a Postern of this kind sends. */
export function readEstate(body: unknown): Estate | undefined {
  return estate.safeParse(body).data;
}

function base64(data: Uint8Array): string {
  return Buffer.from(data).toString('base64');
}
