import type { Target } from '../engine/target.ts';
import { accessLines } from './access-lines.ts';
import { addresses } from './addresses.ts';
import { certificates } from './certificates.ts';
import { chunkedBody } from './chunked-body.ts';
import { clientAddress } from './client-address.ts';
import { config } from './config.ts';
import { connection } from './connection.ts';
import { connectionHttp2 } from './connection-http2.ts';
import { hosts } from './hosts.ts';
import { hpack } from './hpack.ts';
import { http2Frames } from './http2-frames.ts';
import { http2Request } from './http2-request.ts';
import { http2ClientSession, http2ServerSession } from './http2-session.ts';
import { listFiles } from './list-files.ts';
import { paths } from './paths.ts';
import { patterns } from './patterns.ts';
import { requestHead } from './request-head.ts';
import { responseHead } from './response-head.ts';
import { reverseLines } from './reverse-lines.ts';
import { smallTexts } from './small-texts.ts';
import { templates } from './templates.ts';
import { translate } from './translate.ts';

/** All that is fuzzed: from the wire, then from people, then a whole connection. */
export const targets: readonly Target[] = [
  requestHead,
  responseHead,
  chunkedBody,
  http2Frames,
  hpack,
  http2Request,
  http2ServerSession,
  http2ClientSession,
  paths,
  hosts,
  addresses,
  clientAddress,
  translate,
  templates,
  patterns,
  smallTexts,
  accessLines,
  config,
  reverseLines,
  listFiles,
  certificates,
  connection,
  connectionHttp2,
];
