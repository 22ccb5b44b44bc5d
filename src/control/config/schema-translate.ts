import { z } from 'zod';

import type { TranslatePlan } from '../../proxy/index.ts';
import { readHostHeader } from './host-header.ts';
import { flag, text } from './leaf.ts';
import { bad, good, type Reading } from './reading.ts';

/** A name that a server has, perhaps with a port. */
function readOwnName(value: string): Reading<string> {
  const host = readHostHeader(value);
  if (!host.ok) return bad(host.what, 'write a name such as app.internal or app.internal:8080');
  return good(host.value.kind === 'literal' ? host.value.value : value);
}

const parts = z.strictObject({
  locations: flag(
    'In `Location`, `Content-Location`, `Refresh` and `Link` the addresses of the server become public ones, and its paths those of the route; in `Destination` (WebDAV) the other way round',
    false,
  ).default(true),
  cookies: flag(
    '`Path` of cookies follows the route, a `Domain` that is the name of the server goes away, and over https `Secure` is added',
    false,
  ).default(true),
  names: z
    .array(text(readOwnName, { description: 'A name of the server', examples: ['app.internal'] }))
    .max(100)
    .prefault([])
    .meta({
      description:
        'What the server calls itself, beside the host of its URL and what `Host` says to it: with a port that one only, else with any',
      examples: [['app.internal', 'app.internal:8443']],
    }),
  blockNtlm: flag('Takes NTLM out of `WWW-Authenticate`, so that browsers use what else is offered', true).default(
    false,
  ),
  blockNegotiate: flag('The same for Negotiate (Kerberos)', true).default(false),
});

const translate: z.ZodType<TranslatePlan | undefined> = z
  .union([z.literal(false).transform(() => undefined), z.literal(true).transform(() => parts.parse({})), parts])
  .transform((plan) => (plan !== undefined && doesSomething(plan) ? plan : undefined));

function doesSomething({ locations, cookies, blockNtlm, blockNegotiate }: TranslatePlan): boolean {
  return locations || cookies || blockNtlm || blockNegotiate;
}

/** The key of a route that says how a server's word about itself is turned into public words. */
export const translateKeys: { readonly translate: z.ZodType<TranslatePlan | undefined> } = {
  translate: translate.prefault({}).meta({
    description:
      'Turns what a server says about itself (redirects, links, cookies) into what clients may see; on unless set. `false` for none, a map chooses',
    examples: [{ cookies: false }, { blockNtlm: true, blockNegotiate: true }, false],
  }),
};
