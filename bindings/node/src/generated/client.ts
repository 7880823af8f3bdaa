// Made by bindings/generate from `kei-agent describe`; do not edit.
import type {
  Answered,
  CallOptions,
  RequestOf,
  SubscribeOptions,
} from '../client.js'
import type {
  ActAnswer,
  ActRequest,
  AgentsGetRequest,
  AgentsHeartbeatRequest,
  AgentsListAnswer,
  AgentsListRequest,
  AgentsRegisterRequest,
  AgentsSendAnswer,
  AgentsSendRequest,
  AuditVerifyAnswer,
  AuditVerifyRequest,
  AuditWriteAnswer,
  AuditWriteRequest,
  AuthLogoutAnswer,
  AuthLogoutRequest,
  AuthRefreshRequest,
  AuthServeRequest,
  AuthStatus,
  AuthStatusRequest,
  AuthTokenAnswer,
  AuthTokenRequest,
  BreakerResetAnswer,
  BreakerResetRequest,
  BreakerStatusAnswer,
  BreakerStatusRequest,
  BusPublishAnswer,
  BusPublishRequest,
  ChangeAnswer,
  ConfigExplainAnswer,
  ConfigGetAnswer,
  ConfigGetRequest,
  ConfigHistoryAnswer,
  ConfigHistoryRequest,
  ConfigReloadRequest,
  ConfigRollbackRequest,
  ConfigUpdateRequest,
  ConfigValidateAnswer,
  ConfigValidateRequest,
  ConfigWatchRequest,
  DlqDropAnswer,
  DlqGetAnswer,
  DlqGetRequest,
  DlqListAnswer,
  DlqListRequest,
  DlqRetryAnswer,
  ErrorsStatsAnswer,
  ErrorsStatsRequest,
  ExplainAnswer,
  ExplainRequest,
  HealthCheckAnswer,
  HealthCheckRequest,
  HealthRegisterAnswer,
  HealthRegisterRequest,
  HostRequest,
  HttpAnswer,
  HttpRequest,
  KeiDescribeRequest,
  KeiExplainAnswer,
  KeiExplainRequest,
  KeiInfoAnswer,
  KeiInfoRequest,
  KeiValidateAnswer,
  KeiValidateRequest,
  LogLevelsAnswer,
  LogLevelsRequest,
  LogWriteAnswer,
  LogWriteRequest,
  Message,
  MetricsSnapshotAnswer,
  MetricsSnapshotRequest,
  ObserveAnswer,
  ObserveRequest,
  PlanAnswer,
  PlanRequest,
  RpcCallRequest,
  SelectRequest,
  Serving,
  StreamPublishAnswer,
  StreamPublishRequest,
  StreamState,
  StreamSubscribeRequest,
  TokenReply,
  VersionTold,
  WatchState,
} from './types.js'
import type { Subscription } from '../subscription.js'

/** What the classes below need of a client. */
interface Caller {
  call(operation: string, request: unknown, options: unknown): Promise<any>
  subscribe(operation: string, request: unknown, options: unknown): any
}

/** The operations `rpc.…`. */
export class RpcOperations {
  readonly #client: Caller

  /** @internal */
  constructor(client: Caller) {
    this.#client = client
  }

  /**
   * Calls any method of the platform's RPC; the parameters and the answer pass through unchanged. Sent again only with `idempotency_key` or
   * `idempotent` in the options.
   */
  call<Answer = any, Options extends CallOptions = CallOptions>(request: RequestOf<RpcCallRequest>, options?: Options): Promise<Answered<Answer, Options>> {
    return this.#client.call('rpc.call', request, options)
  }
}

/** The operations `http.…`. */
export class HttpOperations {
  readonly #client: Caller

  /** @internal */
  constructor(client: Caller) {
    this.#client = client
  }

  /**
   * Sends any HTTP request to the platform or an allowed origin; a status from 300 on is an error unless `error_for_status` is `false`. The
   * methods that HTTP calls idempotent may be sent again. Sent again where that may help, if the request or the options allow it.
   */
  request<Options extends CallOptions = CallOptions>(request?: RequestOf<HttpRequest>, options?: Options): Promise<Answered<HttpAnswer, Options>> {
    return this.#client.call('http.request', request, options)
  }
}

/** The operations `agents.…`. */
export class AgentsOperations {
  readonly #client: Caller

  /** @internal */
  constructor(client: Caller) {
    this.#client = client
  }

  /** Registers an agent with the platform. Sent again only with `idempotency_key` or `idempotent` in the options. */
  register<Answer = any, Options extends CallOptions = CallOptions>(request: RequestOf<AgentsRegisterRequest>, options?: Options): Promise<Answered<Answer, Options>> {
    return this.#client.call('agents.register', request, options)
  }

  /** Reads an agent from the registry. Sent again where that may help. */
  get<Answer = any, Options extends CallOptions = CallOptions>(request?: RequestOf<AgentsGetRequest>, options?: Options): Promise<Answered<Answer, Options>> {
    return this.#client.call('agents.get', request, options)
  }

  /** Lists the registry's agents, by capabilities, tags and tenant. Sent again where that may help. */
  list<Options extends CallOptions = CallOptions>(request?: RequestOf<AgentsListRequest>, options?: Options): Promise<Answered<AgentsListAnswer, Options>> {
    return this.#client.call('agents.list', request, options)
  }

  /** Tells the platform that an agent is alive, how it is and how much it can take. Sent again where that may help. */
  heartbeat<Answer = any, Options extends CallOptions = CallOptions>(request?: RequestOf<AgentsHeartbeatRequest>, options?: Options): Promise<Answered<Answer, Options>> {
    return this.#client.call('agents.heartbeat', request, options)
  }

  /**
   * Sends a message to another agent by way of the platform. It is kept until the platform has taken it: what cannot be delivered is a dead
   * letter, see `dlq.list`. Sent again where that may help.
   */
  send<Options extends CallOptions = CallOptions>(request: RequestOf<AgentsSendRequest>, options?: Options): Promise<Answered<AgentsSendAnswer, Options>> {
    return this.#client.call('agents.send', request, options)
  }
}

/** The operations `stream.…`. */
export class StreamOperations {
  readonly #client: Caller

  /** @internal */
  constructor(client: Caller) {
    this.#client = client
  }

  /**
   * Yields what is published under a topic of the platform's stream. A connection that is lost is made again, which a STATE event tells; what was
   * published meanwhile is missed. Sent again where that may help.
   */
  subscribe<Options extends SubscribeOptions<StreamState, never, never>>(request: RequestOf<StreamSubscribeRequest>, options?: Options): Subscription<Options extends { raw: true } ? string : Message> {
    return this.#client.subscribe('stream.subscribe', request, options)
  }

  /**
   * Publishes a message under a topic of the platform's stream; it is answered when the platform has taken it. Sent again only with
   * `idempotency_key` or `idempotent` in the options.
   */
  publish<Options extends CallOptions = CallOptions>(request: RequestOf<StreamPublishRequest>, options?: Options): Promise<Answered<StreamPublishAnswer, Options>> {
    return this.#client.call('stream.publish', request, options)
  }
}

/** The operations `auth.…`. */
export class AuthOperations {
  readonly #client: Caller

  /** @internal */
  constructor(client: Caller) {
    this.#client = client
  }

  /** Tells the state of the client's token, without the token. Sends nothing by itself. */
  status<Options extends CallOptions = CallOptions>(request?: RequestOf<AuthStatusRequest>, options?: Options): Promise<Answered<AuthStatus, Options>> {
    return this.#client.call('auth.status', request, options)
  }

  /** Answers an access token for the host's own use, if `auth.expose_token` allows that. Sends nothing by itself. */
  token<Options extends CallOptions = CallOptions>(request?: RequestOf<AuthTokenRequest>, options?: Options): Promise<Answered<AuthTokenAnswer, Options>> {
    return this.#client.call('auth.token', request, options)
  }

  /** Gets a new token now, and tells the token's state. The one that lives is used until the new one has come. Sends nothing by itself. */
  refresh<Options extends CallOptions = CallOptions>(request?: RequestOf<AuthRefreshRequest>, options?: Options): Promise<Answered<AuthStatus, Options>> {
    return this.#client.call('auth.refresh', request, options)
  }

  /**
   * Revokes the client's tokens at their issuer (RFC 7009), as far as it lets them be, and forgets them. A call after that gets another, if it
   * can. Sends nothing by itself.
   */
  logout<Options extends CallOptions = CallOptions>(request?: RequestOf<AuthLogoutRequest>, options?: Options): Promise<Answered<AuthLogoutAnswer, Options>> {
    return this.#client.call('auth.logout', request, options)
  }

  /**
   * Has the host asked by REQUEST events: for each token that is needed (`auth.type` is `host`), and to show a person where to consent
   * (`auth.grant` is `device_code`). It lasts until it is closed; the latest is asked. Sent again where that may help.
   */
  serve<Options extends SubscribeOptions<Serving, HostRequest, TokenReply>>(request?: RequestOf<AuthServeRequest>, options?: Options): Subscription<Options extends { raw: true } ? string : never> {
    return this.#client.subscribe('auth.serve', request, options)
  }
}

/** The operations `audit.…`. */
export class AuditOperations {
  readonly #client: Caller

  /** @internal */
  constructor(client: Caller) {
    this.#client = client
  }

  /** Writes a record of the host's to the audit, and answers when it is written. Sends nothing by itself. */
  write<Options extends CallOptions = CallOptions>(request: RequestOf<AuditWriteRequest>, options?: Options): Promise<Answered<AuditWriteAnswer, Options>> {
    return this.#client.call('audit.write', request, options)
  }

  /**
   * Reads an audit from its beginning to its end, and tells whether it is as it was written; what is wrong is in the answer, not an error. Sends
   * nothing by itself.
   */
  verify<Options extends CallOptions = CallOptions>(request?: RequestOf<AuditVerifyRequest>, options?: Options): Promise<Answered<AuditVerifyAnswer, Options>> {
    return this.#client.call('audit.verify', request, options)
  }
}

/** The operations `bus.…`. */
export class BusOperations {
  readonly #client: Caller

  /** @internal */
  constructor(client: Caller) {
    this.#client = client
  }

  /**
   * Publishes a message on the bus. It is kept until the platform has taken it: what cannot be delivered is a dead letter, see `dlq.list`. Sent
   * again where that may help.
   */
  publish<Options extends CallOptions = CallOptions>(request: RequestOf<BusPublishRequest>, options?: Options): Promise<Answered<BusPublishAnswer, Options>> {
    return this.#client.call('bus.publish', request, options)
  }
}

/** The operations `config.…`. */
export class ConfigOperations {
  readonly #client: Caller

  /** @internal */
  constructor(client: Caller) {
    this.#client = client
  }

  /** Answers the configuration that is in effect, the client's and its runtime's, defaults included, secrets masked. Sends nothing by itself. */
  get<Options extends CallOptions = CallOptions>(request?: RequestOf<ConfigGetRequest>, options?: Options): Promise<Answered<ConfigGetAnswer, Options>> {
    return this.#client.call('config.get', request, options)
  }

  /** Tells of each setting its value, secrets masked, who set it, and who set it, too, and was passed over. Sends nothing by itself. */
  explain<Options extends CallOptions = CallOptions>(request?: RequestOf<ConfigGetRequest>, options?: Options): Promise<Answered<ConfigExplainAnswer, Options>> {
    return this.#client.call('config.explain', request, options)
  }

  /**
   * Lays settings over all sources, as a whole or not at all; what begins from then on goes by them. Null takes an earlier update back. Settings
   * of the runtime hold for all its clients. Sends nothing by itself.
   */
  update<Options extends CallOptions = CallOptions>(request: RequestOf<ConfigUpdateRequest>, options?: Options): Promise<Answered<ChangeAnswer, Options>> {
    return this.#client.call('config.update', request, options)
  }

  /** Reads all sources again, and takes on what they say, as a whole or not at all; what begins from then on goes by it. Sends nothing by itself. */
  reload<Options extends CallOptions = CallOptions>(request?: RequestOf<ConfigReloadRequest>, options?: Options): Promise<Answered<ChangeAnswer, Options>> {
    return this.#client.call('config.reload', request, options)
  }

  /**
   * Lists the configurations that took effect, the oldest first, with what each changed, secrets masked; and the last change that was refused.
   * Sends nothing by itself.
   */
  history<Options extends CallOptions = CallOptions>(request?: RequestOf<ConfigHistoryRequest>, options?: Options): Promise<Answered<ConfigHistoryAnswer, Options>> {
    return this.#client.call('config.history', request, options)
  }

  /** Takes on an earlier configuration again, until the next change. A file that it came from stays as it is. Sends nothing by itself. */
  rollback<Options extends CallOptions = CallOptions>(request?: RequestOf<ConfigRollbackRequest>, options?: Options): Promise<Answered<ChangeAnswer, Options>> {
    return this.#client.call('config.rollback', request, options)
  }

  /**
   * Checks what a change would bring, without the change: the sources as they are now, an update, or the text of a file. What is wrong is in the
   * answer, not an error. Sends nothing by itself.
   */
  validate<Options extends CallOptions = CallOptions>(request?: RequestOf<ConfigValidateRequest>, options?: Options): Promise<Answered<ConfigValidateAnswer, Options>> {
    return this.#client.call('config.validate', request, options)
  }

  /**
   * Yields each configuration that takes effect from then on, with what it changed, secrets masked; a STATE event tells of one that was refused.
   * It lasts until it is closed. Sent again where that may help.
   */
  watch<Options extends SubscribeOptions<WatchState, never, never>>(request?: RequestOf<ConfigWatchRequest>, options?: Options): Subscription<Options extends { raw: true } ? string : VersionTold> {
    return this.#client.subscribe('config.watch', request, options)
  }
}

/** The operations `breaker.…`. */
export class BreakerOperations {
  readonly #client: Caller

  /** @internal */
  constructor(client: Caller) {
    this.#client = client
  }

  /** Lists the client's circuit breakers that have seen requests, and what is left of its retry budget. Sends nothing by itself. */
  status<Options extends CallOptions = CallOptions>(request?: RequestOf<BreakerStatusRequest>, options?: Options): Promise<Answered<BreakerStatusAnswer, Options>> {
    return this.#client.call('breaker.status', request, options)
  }

  /** Closes circuit breakers and forgets what they have counted: those of an operation, of an origin, or all. Sends nothing by itself. */
  reset<Options extends CallOptions = CallOptions>(request?: RequestOf<BreakerResetRequest>, options?: Options): Promise<Answered<BreakerResetAnswer, Options>> {
    return this.#client.call('breaker.reset', request, options)
  }
}

/** The operations `kei.…`. */
export class KeiOperations {
  readonly #client: Caller

  /** @internal */
  constructor(client: Caller) {
    this.#client = client
  }

  /**
   * Tells why the client's last calls went as they did, the newest first: attempts, waits, tokens, breakers. It holds no secret. Sends nothing by
   * itself.
   */
  explain<Options extends CallOptions = CallOptions>(request?: RequestOf<KeiExplainRequest>, options?: Options): Promise<Answered<KeiExplainAnswer, Options>> {
    return this.#client.call('kei.explain', request, options)
  }

  /**
   * Tells the library's version and what it is doing: operations, handles, breakers, the retry budget, the token's state. Sends nothing by
   * itself.
   */
  info<Options extends CallOptions = CallOptions>(request?: RequestOf<KeiInfoRequest>, options?: Options): Promise<Answered<KeiInfoAnswer, Options>> {
    return this.#client.call('kei.info', request, options)
  }

  /** Answers an OpenRPC document of every operation, the configuration, the options of a call and the errors. Sends nothing by itself. */
  describe<Options extends CallOptions = CallOptions>(request?: RequestOf<KeiDescribeRequest>, options?: Options): Promise<Answered<Record<string, unknown>, Options>> {
    return this.#client.call('kei.describe', request, options)
  }

  /**
   * Checks a value against a named rule of form: text, a line, a name, a path, a URL, a number, JSON. What is wrong is in the answer, not an
   * error. Sends nothing by itself.
   */
  validate<Options extends CallOptions = CallOptions>(request: RequestOf<KeiValidateRequest>, options?: Options): Promise<Answered<KeiValidateAnswer, Options>> {
    return this.#client.call('kei.validate', request, options)
  }
}

/** The operations `dlq.…`. */
export class DlqOperations {
  readonly #client: Caller

  /** @internal */
  constructor(client: Caller) {
    this.#client = client
  }

  /** Lists the messages that could not be delivered, and those on their way, the oldest first. What they say is masked. Sends nothing by itself. */
  list<Options extends CallOptions = CallOptions>(request?: RequestOf<DlqListRequest>, options?: Options): Promise<Answered<DlqListAnswer, Options>> {
    return this.#client.call('dlq.list', request, options)
  }

  /** Tells of one message that could not be delivered. What it says is masked. Sends nothing by itself. */
  get<Options extends CallOptions = CallOptions>(request: RequestOf<DlqGetRequest>, options?: Options): Promise<Answered<DlqGetAnswer, Options>> {
    return this.#client.call('dlq.get', request, options)
  }

  /**
   * Sends messages again that could not be delivered, each under its id. It ends with the deadline; those that it did not come to stay as they
   * are. Sent again where that may help.
   */
  retry<Options extends CallOptions = CallOptions>(request?: RequestOf<SelectRequest>, options?: Options): Promise<Answered<DlqRetryAnswer, Options>> {
    return this.#client.call('dlq.retry', request, options)
  }

  /** Drops messages that could not be delivered. Sends nothing by itself. */
  drop<Options extends CallOptions = CallOptions>(request?: RequestOf<SelectRequest>, options?: Options): Promise<Answered<DlqDropAnswer, Options>> {
    return this.#client.call('dlq.drop', request, options)
  }
}

/** The operations `errors.…`. */
export class ErrorsOperations {
  readonly #client: Caller

  /** @internal */
  constructor(client: Caller) {
    this.#client = client
  }

  /** Tells how many of the runtime's operations failed, by the type of the error and by operation. Sends nothing by itself. */
  stats<Options extends CallOptions = CallOptions>(request?: RequestOf<ErrorsStatsRequest>, options?: Options): Promise<Answered<ErrorsStatsAnswer, Options>> {
    return this.#client.call('errors.stats', request, options)
  }
}

/** The operations `health.…`. */
export class HealthOperations {
  readonly #client: Caller

  /** @internal */
  constructor(client: Caller) {
    this.#client = client
  }

  /**
   * Checks that the platform answers, that a token can be had, and what `health.checks` and the host add; a failed check is in the answer, not an
   * error. Sent again where that may help.
   */
  check<Options extends CallOptions = CallOptions>(request?: RequestOf<HealthCheckRequest>, options?: Options): Promise<Answered<HealthCheckAnswer, Options>> {
    return this.#client.call('health.check', request, options)
  }

  /**
   * Takes what the host says of a part of its own, which `health.check` tells from then on, until it is said anew, runs out, or is removed. Sends
   * nothing by itself.
   */
  register<Options extends CallOptions = CallOptions>(request: RequestOf<HealthRegisterRequest>, options?: Options): Promise<Answered<HealthRegisterAnswer, Options>> {
    return this.#client.call('health.register', request, options)
  }
}

/** The operations `log.…`. */
export class LogOperations {
  readonly #client: Caller

  /** @internal */
  constructor(client: Caller) {
    this.#client = client
  }

  /**
   * Writes a record of the host's to the runtime's log: to its file or standard error, to the queues that get records, and to the collector.
   * Sends nothing by itself.
   */
  write<Options extends CallOptions = CallOptions>(request: RequestOf<LogWriteRequest>, options?: Options): Promise<Answered<LogWriteAnswer, Options>> {
    return this.#client.call('log.write', request, options)
  }

  /**
   * Sets from now on how much goes to the log's file or standard error; what is absent is as if it were absent from the configuration. Sends
   * nothing by itself.
   */
  levels<Options extends CallOptions = CallOptions>(request?: RequestOf<LogLevelsRequest>, options?: Options): Promise<Answered<LogLevelsAnswer, Options>> {
    return this.#client.call('log.levels', request, options)
  }
}

/** The operations `metrics.…`. */
export class MetricsOperations {
  readonly #client: Caller

  /** @internal */
  constructor(client: Caller) {
    this.#client = client
  }

  /** Answers the runtime's numbers as text that Prometheus takes. Sends nothing by itself. */
  snapshot<Options extends CallOptions = CallOptions>(request?: RequestOf<MetricsSnapshotRequest>, options?: Options): Promise<Answered<MetricsSnapshotAnswer, Options>> {
    return this.#client.call('metrics.snapshot', request, options)
  }
}

/** A client's operations, each a method. */
export abstract class TypedClient {
  /** The operations `rpc.…`. */
  readonly rpc = new RpcOperations(this as unknown as Caller)
  /** The operations `http.…`. */
  readonly http = new HttpOperations(this as unknown as Caller)
  /** The operations `agents.…`. */
  readonly agents = new AgentsOperations(this as unknown as Caller)
  /** The operations `stream.…`. */
  readonly stream = new StreamOperations(this as unknown as Caller)
  /** The operations `auth.…`. */
  readonly auth = new AuthOperations(this as unknown as Caller)
  /** The operations `audit.…`. */
  readonly audit = new AuditOperations(this as unknown as Caller)
  /** The operations `bus.…`. */
  readonly bus = new BusOperations(this as unknown as Caller)
  /** The operations `config.…`. */
  readonly config = new ConfigOperations(this as unknown as Caller)
  /** The operations `breaker.…`. */
  readonly breaker = new BreakerOperations(this as unknown as Caller)
  /** The operations `kei.…`. */
  readonly kei = new KeiOperations(this as unknown as Caller)
  /** The operations `dlq.…`. */
  readonly dlq = new DlqOperations(this as unknown as Caller)
  /** The operations `errors.…`. */
  readonly errors = new ErrorsOperations(this as unknown as Caller)
  /** The operations `health.…`. */
  readonly health = new HealthOperations(this as unknown as Caller)
  /** The operations `log.…`. */
  readonly log = new LogOperations(this as unknown as Caller)
  /** The operations `metrics.…`. */
  readonly metrics = new MetricsOperations(this as unknown as Caller)

  /** Asks the platform for the steps that lead to an objective. Sent again where that may help. */
  plan<Options extends CallOptions = CallOptions>(request: RequestOf<PlanRequest>, options?: Options): Promise<Answered<PlanAnswer, Options>> {
    return (this as unknown as Caller).call('plan', request, options)
  }

  /** Has the platform carry out one action. Sent again only with `idempotency_key` or `idempotent` in the options. */
  act<Options extends CallOptions = CallOptions>(request: RequestOf<ActRequest>, options?: Options): Promise<Answered<ActAnswer, Options>> {
    return (this as unknown as Caller).call('act', request, options)
  }

  /** Tells the platform of something that was seen. Sent again only with `idempotency_key` or `idempotent` in the options. */
  observe<Options extends CallOptions = CallOptions>(request: RequestOf<ObserveRequest>, options?: Options): Promise<Answered<ObserveAnswer, Options>> {
    return (this as unknown as Caller).call('observe', request, options)
  }

  /** Asks the platform why it did what it did. Sent again where that may help. */
  explain<Options extends CallOptions = CallOptions>(request: RequestOf<ExplainRequest>, options?: Options): Promise<Answered<ExplainAnswer, Options>> {
    return (this as unknown as Caller).call('explain', request, options)
  }
}
