// The same as doorward.js, for import.
import "./doorward.js";

export default globalThis.doorward;
export const { session, login, stepUp, logout, on, DoorwardError } = globalThis.doorward;
