// A device without a browser: it shows a code, and is signed in when somebody
// has typed it in elsewhere. node device.mjs https://login.example.com panel
import * as client from "openid-client";

const [issuer, clientID] = process.argv.slice(2);
const host = new URL(issuer);
const config = await client.discovery(host, clientID, undefined, client.None(), {
  algorithm: "oauth2", // the host's own document (RFC 8414), not an OpenID provider's
  execute: host.protocol === "http:" ? [client.allowInsecureRequests] : [], // on loopback
});

const device = await client.initiateDeviceAuthorization(config, {});
console.log(`Open ${device.verification_uri} and type ${device.user_code}`);
const tokens = await client.pollDeviceAuthorizationGrant(config, device);

const answer = await client.fetchProtectedResource(config, tokens.access_token, new URL("/session", host), "GET");
const session = await answer.json();
console.log(`signed in as ${session.user.userName} for ${tokens.expires_in} seconds at most`);

await client.tokenRevocation(config, tokens.access_token);
try {
  await client.fetchProtectedResource(config, tokens.access_token, new URL("/session", host), "GET");
} catch (err) {
  console.log(`signed out: ${err.cause[0].parameters.error}`);
}
