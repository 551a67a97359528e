// An OpenID Connect provider for trying things out, made with oidc-provider. Its
// people sign in with their name alone: it is no provider for anything else than
// a trial.
//
//	PORT        where it listens, on loopback; 4000 when not set
//	DOORWARD    the host's public URL; http://localhost:8080 when not set
//	PEOPLE      who can sign in; people.json when not set
//	CLIENT_SECRET_FILE  the secret that doorward.yaml names; secret when not set

import {generateKeyPairSync, randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {Provider} from 'oidc-provider';

const port = Number(process.env.PORT ?? 4000);
const doorward = process.env.DOORWARD ?? 'http://localhost:8080';
const secret = readFileSync(process.env.CLIENT_SECRET_FILE ?? 'secret', 'utf8').trim();
const issuer = `http://localhost:${port}`;

/** Who can sign in, read anew each time: change the file and see it here. */
const person = (id) => Object.entries(JSON.parse(readFileSync(process.env.PEOPLE ?? 'people.json', 'utf8'))).find(([name]) => name === id)?.[1];

const signing = generateKeyPairSync('rsa', {modulusLength: 2048}).privateKey.export({format: 'jwk'});

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'doorward',
    client_secret: secret,
    redirect_uris: [`${doorward}/callback/node`],
    post_logout_redirect_uris: [`${doorward}/logout/callback/node`],
    grant_types: ['authorization_code', 'refresh_token'],
    require_pushed_authorization_requests: true,
    backchannel_logout_uri: `${doorward}/backchannel-logout/node`,
    backchannel_logout_session_required: true,
  }],
  claims: {openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups']},
  scopes: ['openid', 'offline_access'],
  cookies: {keys: [randomBytes(32).toString('hex')]},
  jwks: {keys: [{...signing, use: 'sig', alg: 'RS256', kid: 'example'}]},
  features: {
    devInteractions: {enabled: false},
    pushedAuthorizationRequests: {enabled: true, requirePushedAuthorizationRequests: true},
    backchannelLogout: {enabled: true},
    rpInitiatedLogout: {enabled: true, logoutSource, postLogoutSuccessSource},
  },
  // Its own fetch calls no loopback address, and here Doorward is at one.
  fetch: (url, options) => fetch(url, {...options, dispatcher: undefined, signal: AbortSignal.timeout(2500)}),
  pkce: {required: () => true},
  ttl: {AccessToken: Number(process.env.ACCESS_TOKEN_SECONDS ?? 300), RefreshToken: 24 * 3600, Session: 24 * 3600, Grant: 24 * 3600, Interaction: 600, IdToken: 300},
  rotateRefreshToken: true,
  // Without a scope for it, a client that may refresh gets a refresh token.
  issueRefreshToken: async (_ctx, client, code) => client.grantTypeAllowed('refresh_token') && code.scopes.has('openid'),
  interactions: {url: (_ctx, interaction) => `/sign-in/${interaction.uid}`},
  findAccount: async (_ctx, id) => person(id) && {accountId: id, claims: async () => ({sub: id, ...person(id)})},
  renderError: async (ctx, out) => {
    ctx.type = 'text/plain';
    ctx.body = `${out.error}: ${out.error_description ?? ''}\n`;
  },
});

function page(ctx, title, body) {
  ctx.type = 'html';
  ctx.body = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><style>:root{color-scheme:light dark}body{font:1rem/1.5 system-ui;max-width:24rem;margin:4rem auto;padding:0 1rem}input,button{font:inherit;padding:.4rem .6rem}</style><h1>${title}</h1>${body}</html>`;
}
async function logoutSource(ctx, form) {
  page(ctx, 'Sign out?', `${form}<button form="op.logoutForm" name="logout" value="yes">Sign out</button>`);
}
async function postLogoutSuccessSource(ctx) {
  page(ctx, 'Signed out', '<p>You are signed out of the example provider.</p>');
}

// The one page of its own: who are you?
provider.use(async (ctx, next) => {
  const [, uid] = ctx.path.match(/^\/sign-in\/([\w-]+)$/) ?? [];
  if (!uid) return next();
  const {prompt, params} = await provider.interactionDetails(ctx.req, ctx.res);
  if (ctx.method !== 'POST' && prompt.name === 'login') {
    return page(ctx, 'Example provider', `<form method="post" action="/sign-in/${uid}"><label>Name <input name="login" autofocus required></label> <button>Sign in</button></form><p>A name of people.json; there is no password.</p>`);
  }
  const result = {};
  if (prompt.name === 'login') {
    let body = '';
    for await (const chunk of ctx.req) {
      if ((body += chunk).length > 1000) ctx.throw(413);
    }
    const accountId = new URLSearchParams(body).get('login');
    if (!person(accountId)) return page(ctx, 'Example provider', '<p>Nobody has that name. Go back and try again.</p>');
    result.login = {accountId};
  } else { // the site's own application: nobody is asked for consent
    const grant = new provider.Grant({accountId: (await provider.interactionDetails(ctx.req, ctx.res)).session.accountId, clientId: params.client_id});
    grant.addOIDCScope(params.scope);
    result.consent = {grantId: await grant.save()};
  }
  return provider.interactionFinished(ctx.req, ctx.res, result, {mergeWithLastSubmission: true});
});

provider.on('server_error', (_ctx, err) => console.error(err.message));
provider.on('backchannel.error', (_ctx, err, client) => console.error(`back-channel logout at ${client.clientId}: ${err.message}`));
provider.on('grant.error', (_ctx, err) => console.error(`token endpoint: ${err.message}`));
provider.listen(port, '127.0.0.1', () => console.log(`the example provider answers at ${issuer}`));
