// Who a request comes from, whatever kind of server it came to.
import { verify } from "./assertion.js";
import { AssertionError, KeysError } from "./errors.js";
import { judge, navigates } from "./levels.js";
import { redirect, refusal } from "./refuse.js";
export const assertionHeader = "x-doorward-assertion";
/**
 * Whether a header speaks for the host, in whatever spelling. Such headers are
 * taken off every request: whoever is past the proxy can write them.
 */
export function speaksForHost(name) {
    return name.toLowerCase().replaceAll("_", "-").startsWith("x-doorward-");
}
/** Nobody without an assertion; a refusal when there is one that is not valid. */
export async function identify(settings, keys, asked) {
    const assertion = asked.header(assertionHeader) ?? "";
    if (assertion === "")
        return { identity: null };
    try {
        return { identity: await verify(settings, keys, assertion) };
    }
    catch (error) {
        const page = navigates(asked);
        settings.log(`an assertion was refused: ${error instanceof Error ? error.message : "unknown"}`);
        if (error instanceof AssertionError)
            return { refused: refusal(settings, { status: 401, code: "assertion_invalid", page }) };
        if (error instanceof KeysError)
            return { refused: refusal(settings, { status: 503, code: "keys_unavailable", page }) };
        throw error;
    }
}
/** The answer to a request that lacks a level; undefined lets it through. */
export function demand(settings, asked, identity, level) {
    const verdict = judge(asked, identity, level);
    if (verdict === undefined)
        return undefined;
    return "to" in verdict ? redirect(verdict.to) : refusal(settings, { ...verdict, level, page: navigates(asked) });
}
