/** gRPC peers by `@grpc/grpc-js`, with one service whose messages are bytes. */
import * as grpc from '@grpc/grpc-js';

type Bytes = Buffer;

function method(name: string, requestStream: boolean, responseStream: boolean): grpc.MethodDefinition<Bytes, Bytes> {
  const same = (bytes: Bytes): Bytes => bytes;
  const coding = {
    requestSerialize: same,
    requestDeserialize: same,
    responseSerialize: same,
    responseDeserialize: same,
  };
  return { path: `/postern.test.v1.Test/${name}`, requestStream, responseStream, ...coding };
}

const methods = {
  echo: method('Echo', false, false),
  collect: method('Collect', true, false),
  count: method('Count', false, true),
  chat: method('Chat', true, true),
} as const;

/** What a server is told by metadata, beside the message. */
export interface Wish {
  /** The call ends with this status; `details` are its words. */
  readonly fail?: grpc.status;
  readonly details?: string;
  /** It does not answer before the call is cancelled, or its deadline is over. */
  readonly hang?: boolean;
  /** It waits for its ends in turn until `release()`. */
  readonly hold?: boolean;
  /** Comes back as metadata at the head and at the end. */
  readonly text?: string;
  readonly bytes?: Buffer;
  /** Answers are compressed. */
  readonly compress?: boolean;
}

export function metadataOf(wish: Wish): grpc.Metadata {
  const metadata = new grpc.Metadata();
  const { bytes, ...others } = wish;
  for (const [name, value] of Object.entries(others)) metadata.set(`x-${name}`, String(value));
  if (bytes !== undefined) metadata.set('x-bytes-bin', bytes);
  return metadata;
}

function text(metadata: grpc.Metadata, name: string): string | undefined {
  return metadata.get(name)[0]?.toString();
}

type Ended = grpc.ServerErrorResponse & { metadata?: grpc.Metadata };

/** A server of the service. All that it does is noted. */
export class GrpcServer {
  readonly server: grpc.Server;
  readonly port: number;
  /** Calls that have begun, that have ended by being cancelled, and that wait for `release`. */
  begun = 0;
  cancelled = 0;
  readonly held: (() => void)[] = [];
  /** Milliseconds that each call was given, as it came in. */
  readonly deadlines: number[] = [];
  readonly peers: Set<string> = new Set();
  /** What it says of itself when it is asked: a `ServingStatus` for each service. */
  readonly health: Map<string, number> = new Map([['', 1]]);

  private constructor(server: grpc.Server) {
    this.server = server;
    server.addService(methods, {
      echo: (call: grpc.ServerUnaryCall<Bytes, Bytes>, done: grpc.sendUnaryData<Bytes>) => this.#echo(call, done),
      collect: (call: grpc.ServerReadableStream<Bytes, Bytes>, done: grpc.sendUnaryData<Bytes>) =>
        this.#collect(call, done),
      count: (call: grpc.ServerWritableStream<Bytes, Bytes>) => this.#count(call),
      chat: (call: grpc.ServerDuplexStream<Bytes, Bytes>) => this.#chat(call),
    });
    this.port = 0;
  }

  static async start(
    credentials: grpc.ServerCredentials = grpc.ServerCredentials.createInsecure(),
    options: grpc.ServerOptions = {},
    { withHealth = false }: { readonly withHealth?: boolean } = {},
  ): Promise<GrpcServer> {
    const made = new GrpcServer(new grpc.Server({ 'grpc.max_receive_message_length': -1, ...options }));
    if (withHealth) made.#addHealth();
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    made.server.bindAsync('127.0.0.1:0', credentials, (error, port) => (error ? reject(error) : resolve(port)));
    Object.assign(made, { port: await promise });
    return made;
  }

  get place(): { kind: 'tcp'; host: string; port: number } {
    return { kind: 'tcp', host: '127.0.0.1', port: this.port };
  }

  /** `grpc.health.v1.Health`, whose messages are read and written by their bytes alone. */
  #addHealth(): void {
    const check = { ...method('', false, false), path: '/grpc.health.v1.Health/Check' };
    this.server.addService(
      { check },
      {
        check: (call: grpc.ServerUnaryCall<Bytes, Bytes>, done: grpc.sendUnaryData<Bytes>) => {
          // A tag, a length, and the name of the service.
          const status = this.health.get(call.request.subarray(2).toString());
          if (status === undefined) done({ code: grpc.status.NOT_FOUND, details: 'unknown service' });
          else done(null, Buffer.from([0x08, status]));
        },
      },
    );
  }

  stop(): void {
    this.server.forceShutdown();
  }

  /** Lets calls that wait go on. */
  release(): void {
    for (const go of this.held.splice(0)) go();
  }

  #begin(call: grpc.ServerUnaryCall<Bytes, Bytes> | grpc.ServerWritableStream<Bytes, Bytes>): void;
  #begin(call: grpc.ServerReadableStream<Bytes, Bytes> | grpc.ServerDuplexStream<Bytes, Bytes>): void;
  #begin(call: {
    getDeadline(): grpc.Deadline;
    getPeer(): string;
    on(event: 'cancelled', listener: () => void): unknown;
  }): void {
    this.begun++;
    this.peers.add(call.getPeer());
    const deadline = call.getDeadline();
    this.deadlines.push(Number(deadline) - Date.now());
    call.on('cancelled', () => this.cancelled++);
  }

  #wishes(call: { metadata: grpc.Metadata; sendMetadata(metadata: grpc.Metadata): void }): {
    trailers: grpc.Metadata;
    failure: Ended | undefined;
  } {
    const back = new grpc.Metadata();
    const [said, fail] = [text(call.metadata, 'x-text'), text(call.metadata, 'x-fail')];
    if (said !== undefined) back.set('x-text', said);
    for (const bytes of call.metadata.get('x-bytes-bin')) back.add('x-bytes-bin', bytes);
    if (fail !== undefined) {
      const details = text(call.metadata, 'x-details') ?? '';
      // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the number of one, as `metadataOf` wrote it
      return { trailers: back, failure: { name: '', message: '', code: Number(fail), details, metadata: back } };
    }
    if (said !== undefined || back.get('x-bytes-bin').length > 0) call.sendMetadata(back);
    return { trailers: back, failure: undefined };
  }

  #echo(call: grpc.ServerUnaryCall<Bytes, Bytes>, done: grpc.sendUnaryData<Bytes>): void {
    this.#begin(call);
    if (text(call.metadata, 'x-hang') !== undefined) return;
    const { trailers, failure } = this.#wishes(call);
    const answer = (): void => (failure === undefined ? done(null, call.request, trailers) : done(failure));
    if (text(call.metadata, 'x-hold') === undefined) answer();
    else this.held.push(answer);
  }

  #collect(call: grpc.ServerReadableStream<Bytes, Bytes>, done: grpc.sendUnaryData<Bytes>): void {
    this.#begin(call);
    let [messages, bytes] = [0, 0];
    call.on('data', (message: Bytes) => {
      messages++;
      bytes += message.length;
    });
    call.on('error', () => {});
    call.on('end', () => done(null, Buffer.from(JSON.stringify({ messages, bytes }))));
  }

  /** `{count, size}`: so many messages; without a count there is no end. */
  #count(call: grpc.ServerWritableStream<Bytes, Bytes>): void {
    this.#begin(call);
    const { count, size } = JSON.parse(call.request.toString()) as { count?: number; size: number };
    const message = Buffer.alloc(size, 7);
    let sent = 0;
    const go = (): void => {
      while (!call.cancelled) {
        if (sent === count) return void call.end();
        sent++;
        if (!call.write(message)) return void call.once('drain', go);
      }
    };
    call.on('error', () => {});
    if (size === 0) call.sendMetadata(new grpc.Metadata());
    else go();
  }

  #chat(call: grpc.ServerDuplexStream<Bytes, Bytes>): void {
    this.#begin(call);
    call.on('data', (message: Bytes) => void call.write(message));
    call.on('error', () => {});
    call.on('end', () => void call.end());
  }
}

/** How a call went. */
export interface Called {
  readonly status: grpc.StatusObject;
  readonly messages: readonly Bytes[];
  /** At the head of the answer. */
  readonly metadata: grpc.Metadata | undefined;
}

export interface CallOptions extends Omit<grpc.CallOptions, 'deadline'> {
  readonly wish?: Wish;
  readonly deadlineMs?: number;
}

type AnyCall = grpc.ClientUnaryCall | grpc.ClientReadableStream<Bytes> | grpc.ClientDuplexStream<Bytes, Bytes>;

/** A client of the service. */
export class GrpcClient {
  readonly client: grpc.Client;

  constructor(
    port: number,
    credentials: grpc.ChannelCredentials = grpc.credentials.createInsecure(),
    options: grpc.ClientOptions = {},
  ) {
    this.client = new grpc.Client(`127.0.0.1:${port}`, credentials, {
      'grpc.max_receive_message_length': -1,
      // A connection of its own, not one that a test before it has had.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.enable_http_proxy': 0,
      ...options,
    });
  }

  close(): void {
    this.client.close();
  }

  async echo(message: Bytes, options: CallOptions = {}): Promise<Called> {
    const { path, requestSerialize: write, responseDeserialize: read } = methods.echo;
    const [metadata, rest] = split(options);
    const messages: Bytes[] = [];
    const answered = (_: unknown, answer?: Bytes): void => void (answer === undefined || messages.push(answer));
    const call = this.client.makeUnaryRequest(path, write, read, message, metadata, rest, answered);
    return await ended(call, messages);
  }

  async collect(messages: readonly Bytes[], options: CallOptions = {}): Promise<Called> {
    const { path, requestSerialize, responseDeserialize } = methods.collect;
    const [metadata, rest] = split(options);
    const got: Bytes[] = [];
    const call = this.client.makeClientStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      metadata,
      rest,
      (_: unknown, answer?: Bytes) => void (answer === undefined || got.push(answer)),
    );
    for (const message of messages) call.write(message);
    call.end();
    return await ended(call, got);
  }

  count(
    wish: { readonly count?: number; readonly size: number },
    options: CallOptions = {},
  ): grpc.ClientReadableStream<Bytes> {
    const { path, requestSerialize, responseDeserialize } = methods.count;
    const [metadata, rest] = split(options);
    const request = Buffer.from(JSON.stringify(wish));
    return this.client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, request, metadata, rest);
  }

  chat(options: CallOptions = {}): grpc.ClientDuplexStream<Bytes, Bytes> {
    const { path, requestSerialize, responseDeserialize } = methods.chat;
    const [metadata, rest] = split(options);
    return this.client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata, rest);
  }
}

function split({ wish = {}, deadlineMs, ...rest }: CallOptions): [grpc.Metadata, grpc.CallOptions] {
  return [metadataOf(wish), deadlineMs === undefined ? rest : { ...rest, deadline: Date.now() + deadlineMs }];
}

/** Reads all that comes, to the end of the call. */
export async function ended(call: AnyCall, messages: Bytes[] = []): Promise<Called> {
  let metadata: grpc.Metadata | undefined;
  const { promise, resolve } = Promise.withResolvers<grpc.StatusObject>();
  const events: NodeJS.EventEmitter = call;
  events.on('metadata', (fields: grpc.Metadata) => (metadata = fields));
  events.on('status', resolve);
  events.on('error', () => {}); // The status says it.
  if ('read' in call) call.on('data', (message: Bytes) => void messages.push(message));
  const status = await promise;
  return { status, messages, metadata };
}
