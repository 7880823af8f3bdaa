// Made by bindings/generate from `kei-agent describe`; do not edit.
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
  Ended,
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

/** What each operation that is called takes and answers. */
export interface Operations {
  'plan': { request: PlanRequest; answer: PlanAnswer }
  'act': { request: ActRequest; answer: ActAnswer }
  'observe': { request: ObserveRequest; answer: ObserveAnswer }
  'explain': { request: ExplainRequest; answer: ExplainAnswer }
  'rpc.call': { request: RpcCallRequest; answer: unknown }
  'http.request': { request: HttpRequest; answer: HttpAnswer }
  'agents.register': { request: AgentsRegisterRequest; answer: unknown }
  'agents.get': { request: AgentsGetRequest; answer: unknown }
  'agents.list': { request: AgentsListRequest; answer: AgentsListAnswer }
  'agents.heartbeat': { request: AgentsHeartbeatRequest; answer: unknown }
  'stream.publish': { request: StreamPublishRequest; answer: StreamPublishAnswer }
  'auth.status': { request: AuthStatusRequest; answer: AuthStatus }
  'auth.token': { request: AuthTokenRequest; answer: AuthTokenAnswer }
  'auth.refresh': { request: AuthRefreshRequest; answer: AuthStatus }
  'auth.logout': { request: AuthLogoutRequest; answer: AuthLogoutAnswer }
  'audit.write': { request: AuditWriteRequest; answer: AuditWriteAnswer }
  'audit.verify': { request: AuditVerifyRequest; answer: AuditVerifyAnswer }
  'bus.publish': { request: BusPublishRequest; answer: BusPublishAnswer }
  'agents.send': { request: AgentsSendRequest; answer: AgentsSendAnswer }
  'config.get': { request: ConfigGetRequest; answer: ConfigGetAnswer }
  'config.explain': { request: ConfigGetRequest; answer: ConfigExplainAnswer }
  'config.update': { request: ConfigUpdateRequest; answer: ChangeAnswer }
  'config.reload': { request: ConfigReloadRequest; answer: ChangeAnswer }
  'config.history': { request: ConfigHistoryRequest; answer: ConfigHistoryAnswer }
  'config.rollback': { request: ConfigRollbackRequest; answer: ChangeAnswer }
  'config.validate': { request: ConfigValidateRequest; answer: ConfigValidateAnswer }
  'breaker.status': { request: BreakerStatusRequest; answer: BreakerStatusAnswer }
  'breaker.reset': { request: BreakerResetRequest; answer: BreakerResetAnswer }
  'kei.explain': { request: KeiExplainRequest; answer: KeiExplainAnswer }
  'dlq.list': { request: DlqListRequest; answer: DlqListAnswer }
  'dlq.get': { request: DlqGetRequest; answer: DlqGetAnswer }
  'dlq.retry': { request: SelectRequest; answer: DlqRetryAnswer }
  'dlq.drop': { request: SelectRequest; answer: DlqDropAnswer }
  'errors.stats': { request: ErrorsStatsRequest; answer: ErrorsStatsAnswer }
  'health.check': { request: HealthCheckRequest; answer: HealthCheckAnswer }
  'health.register': { request: HealthRegisterRequest; answer: HealthRegisterAnswer }
  'kei.info': { request: KeiInfoRequest; answer: KeiInfoAnswer }
  'log.write': { request: LogWriteRequest; answer: LogWriteAnswer }
  'log.levels': { request: LogLevelsRequest; answer: LogLevelsAnswer }
  'metrics.snapshot': { request: MetricsSnapshotRequest; answer: MetricsSnapshotAnswer }
  'kei.describe': { request: KeiDescribeRequest; answer: Record<string, unknown> }
  'kei.validate': { request: KeiValidateRequest; answer: KeiValidateAnswer }
}

/** What each operation that is subscribed to takes, yields, tells of itself, asks of the host and is answered, and ends with. */
export interface Subscriptions {
  'stream.subscribe': { request: StreamSubscribeRequest; item: Message; state: StreamState; asked: never; reply: never; answer: Ended }
  'auth.serve': { request: AuthServeRequest; item: never; state: Serving; asked: HostRequest; reply: TokenReply; answer: Ended }
  'config.watch': { request: ConfigWatchRequest; item: VersionTold; state: WatchState; asked: never; reply: never; answer: Ended }
}

/** The name of an operation to call. */
export type CallOperation = keyof Operations

/** The name of an operation to subscribe to. */
export type SubscribeOperation = keyof Subscriptions
