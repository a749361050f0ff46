/** An OVSDB client (RFC 7047): sessions, a cache of rows and views that join them, transactions. @module */
export { Cache, type RowChange } from "./cache.ts";
export { type OperationResult, OvsdbClient } from "./client.ts";
export * from "./errors.ts";
export { JsonRpc, RpcError } from "./jsonrpc.ts";
export { isLocked, type LockOptions, type LockState } from "./lock.ts";
export { namedUuid, type Uuid, uuid, type Value } from "./notation.ts";
export * from "./schema.ts";
export { OvsdbSession, type SessionOptions } from "./session.ts";
export * from "./transaction.ts";
export * from "./view.ts";
