import { z } from 'zod';

import type { BufferConfig } from '../../../proxy/index.ts';
import { size, text } from '../leaf.ts';
import { bad, good, type Reading } from '../reading.ts';
import type { FeatureSchema } from './feature-schema.ts';

function side(description: string, disk: string): z.ZodType<BufferConfig['request']> {
  return z
    .union([
      z.literal(false).transform(() => undefined),
      z.strictObject({
        memory: size('Held in memory; what is more goes to a temporary file', '1MB', {
          min: '4kB',
          max: '100MB',
        }).prefault('64kB'),
        disk: size(disk, '1GB', { min: '0B', max: '1000GB' }).prefault('100MB'),
      }),
    ])
    .prefault({})
    .meta({ description, examples: [false] });
}

const schema: z.ZodType<BufferConfig> = z
  .strictObject({
    request: side(
      'Requests are taken whole before a server is asked; `false`: they are not',
      'Held on disk; a larger request is refused with 413',
    ),
    response: side(
      'Of answers what the client does not take in time is held for it, so that the server is free; `false`: it is not',
      'Held on disk; with more the server has to wait',
    ),
    total: size('Disk that all exchanges of the process together may have taken for this route to take more', '10GB', {
      min: '0B',
      max: '1000GB',
    }).prefault('1GB'),
    path: text(readFolder, {
      description: 'Folder of the temporary files, which have no name there and are gone after a crash',
      examples: ['/var/tmp'],
    }).prefault('/var/tmp'),
  })
  .transform((written) => written)
  .meta({
    description:
      'Spares small servers the slowness of clients: requests are taken whole first, and answers as fast as the server sends them. Event streams and tunnels go straight through',
    examples: [{ request: { memory: '64kB', disk: '100MB' } }],
  });

/** Bodies that wait in memory and on disk. */
export const bufferSchema: FeatureSchema<BufferConfig> = { schema };

function readFolder(value: string): Reading<string> {
  if (value.startsWith('/')) return good(value);
  return bad('it is not an absolute path', 'write for example /var/tmp');
}
