// What a server imports. Nothing but what the runtime has is needed: Node.js 20
// or later, or another runtime with fetch and WebCrypto.

export { Doorward } from "./doorward.js";
export type { Config } from "./config.js";
export type { Identity } from "./assertion.js";
export type { Refusal, RefusalCode } from "./refuse.js";
export type { Session, User, Level, Asker } from "./call.js";
export type { NodeRequest, NodeResponse, Next } from "./node.js";
export type { FetchHandler } from "./web.js";
export { Token } from "./token.js";
export { AssertionError, KeysError, NoSessionError, HostError } from "./errors.js";
export { holds } from "./levels.js";
