import type { Headers } from '../../core/headers.ts';
import { isGrpcType } from '../../wire/grpc/grpc-type.ts';
import { decodeGrpcMessage } from '../../wire/grpc/grpc-message.ts';
import { GrpcStatus, grpcStatusName, readGrpcStatus } from '../../wire/grpc/grpc-status.ts';
import { writeGrpcTimeout } from '../../wire/grpc/grpc-timeout.ts';
import {
  decodeHealthResponse,
  encodeHealthRequest,
  healthCheckPath,
  ServingStatus,
} from '../../wire/grpc/health-messages.ts';
import { frameMessage, onlyMessage } from '../../wire/grpc/message-frame.ts';
import { failed, passed, type CheckResult } from './check-result.ts';
import { http2Call, type Http2Answer, type Http2Question } from './http2-call.ts';
import type { Target } from './reach.ts';

export interface GrpcQuestion {
  /** Empty: the server as a whole. */
  readonly service: string;
  readonly authority: string;
  /** From the beginning to the end of it all. */
  readonly timeoutMs: number;
}

/** Of a whole connection: an answer has a handful of bytes in it. */
const MOST_BYTES = 65_536;
const MOST_FIELDS = 100;
/** Of what a server says for people. */
const MOST_LETTERS = 200;

/**
 * Asks once by `grpc.health.v1.Health/Check`, over a connection of its own. `done` is called once, never before this has returned.
 * @returns how to give up.
 */
export function grpcCheck(target: Target, question: GrpcQuestion, done: (result: CheckResult) => void): () => void {
  return http2Call(target, callOf(question), (answer) => {
    if (answer.why === undefined) done(judgeCall(answer, question.service));
    else done(answer.own ? { kind: 'void', why: answer.why } : failed(answer.why));
  });
}

function callOf({ service, authority, timeoutMs }: GrpcQuestion): Http2Question {
  return {
    fields: {
      ':method': 'POST',
      ':authority': authority,
      ':path': healthCheckPath,
      'content-type': 'application/grpc',
      'grpc-timeout': writeGrpcTimeout(timeoutMs),
      'user-agent': 'Postern-health-check',
      te: 'trailers',
    },
    body: frameMessage(encodeHealthRequest(service)),
    mostBody: Infinity, // So that trailers are waited for; fewer bytes come anyway.
    mostBytes: MOST_BYTES,
    mostFields: MOST_FIELDS,
    timeoutMs,
  };
}

type Answered = Extract<Http2Answer, { readonly why?: undefined }>;

function judgeCall({ status, headers, trailers, body }: Answered, service: string): CheckResult {
  if (status !== 200) return failed(`answered ${status}, which is no gRPC`);
  if (!isGrpcType(headers.get('content-type') ?? '')) return failed('answered 200, but by something else than gRPC');
  const fields = trailers ?? headers;
  const ended = readGrpcStatus(fields.get('grpc-status'));
  return ended === GrpcStatus.Ok ? judge(body) : refused(ended, fields, service);
}

function refused(status: number | undefined, fields: Headers, service: string): CheckResult {
  if (status === undefined) return failed('its answer has no grpc-status');
  if (status === GrpcStatus.Unimplemented) {
    return failed('it does not know the health protocol of gRPC, grpc.health.v1.Health (UNIMPLEMENTED)');
  }
  if (status === GrpcStatus.NotFound) return failed(`it does not know the service "${service}" (NOT_FOUND)`);
  const words = decodeGrpcMessage(fields.get('grpc-message') ?? '').slice(0, MOST_LETTERS);
  return failed(`the call ended with ${grpcStatusName(status)}${words === '' ? '' : `: ${words}`}`);
}

function judge(body: Buffer): CheckResult {
  const message = onlyMessage(body);
  const status = message && decodeHealthResponse(message);
  switch (status) {
    case undefined:
      return failed('its answer cannot be read');
    case ServingStatus.Serving:
      return passed('SERVING');
    case ServingStatus.NotServing:
      return failed('NOT_SERVING');
    case ServingStatus.ServiceUnknown:
      return failed('it does not know the service (SERVICE_UNKNOWN)');
    default:
      return failed(`its serving status is ${status === ServingStatus.Unknown ? 'UNKNOWN' : status}`);
  }
}
