import type { Phase } from './phase.ts';
import { beforeTheServer, handshakes, request } from './phases-before-the-answer.ts';
import { answer, tunnels } from './phases-of-answers.ts';
import { connections, features, stalls } from './phases-of-connections.ts';

/** All of them, about in the order in which an exchange comes to them. */
export const phases: readonly Phase[] = [
  ...beforeTheServer,
  ...handshakes,
  ...request,
  ...answer,
  ...tunnels,
  ...connections,
  ...features,
  ...stalls,
];
