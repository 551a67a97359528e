// What a server imports. Nothing but what the runtime has is needed: Node.js 20
// or later, or another runtime with fetch and WebCrypto.
export { Doorward } from "./doorward.js";
export { Token } from "./token.js";
export { AssertionError, KeysError, NoSessionError, HostError } from "./errors.js";
export { holds } from "./levels.js";
