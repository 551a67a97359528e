// A SAML 2.0 identity provider of one file, made of samlify, for Doorward to
// sign people in at. It knows two people and asks for no password.
//
//   node idp.mjs        reads idp-key.pem and idp-cert.pem beside it
//
// ORIGIN, HOST and ENCRYPT=1 change where it is, whom it trusts, and whether
// assertions are encrypted.

import {createServer} from 'node:http';
import {randomUUID} from 'node:crypto';
import {readFileSync} from 'node:fs';
import samlify from 'samlify';

const origin = process.env.ORIGIN ?? 'http://localhost:7000';
const trusted = process.env.HOST ?? 'http://localhost:8080/saml/partner/metadata';
const people = {
  alice: {nameID: 'p-7f3a91', mail: 'alice@example.com', role: 'engineering'},
  bob: {nameID: 'p-0001c4', mail: 'bob@example.com', role: 'sales'},
};

// samlify wants a validator of XML schemas; messages are signed by the host, and
// their shape is looked at when they are read.
samlify.setSchemaValidator({validate: async () => 'not looked at'});

const redirect = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect';
const long = {
  mail: 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress',
  role: 'http://schemas.microsoft.com/ws/2008/06/identity/claims/role',
};
const attribute = (name) => `<saml:Attribute Name="${long[name]}"><saml:AttributeValue>{${name}}</saml:AttributeValue></saml:Attribute>`;
const template = `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{ID}" Version="2.0" IssueInstant="{IssueInstant}" Destination="{Destination}" InResponseTo="{InResponseTo}"><saml:Issuer>{Issuer}</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="{AssertionID}" Version="2.0" IssueInstant="{IssueInstant}"><saml:Issuer>{Issuer}</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{NameID}</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="{NotOnOrAfter}" Recipient="{Destination}" InResponseTo="{InResponseTo}"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="{IssueInstant}" NotOnOrAfter="{NotOnOrAfter}"><saml:AudienceRestriction><saml:Audience>{Audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="{AuthnInstant}" SessionIndex="{SessionIndex}"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>${attribute('mail')}${attribute('role')}</saml:AttributeStatement></saml:Assertion></samlp:Response>`;

const at = (path) => [{Binding: redirect, Location: origin + path}];
const idp = samlify.IdentityProvider({
  entityID: origin + '/metadata',
  privateKey: readFileSync('idp-key.pem', 'utf8'),
  signingCert: readFileSync('idp-cert.pem', 'utf8'),
  requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  wantAuthnRequestsSigned: true,
  wantLogoutRequestSigned: true,
  wantLogoutResponseSigned: true,
  isAssertionEncrypted: process.env.ENCRYPT === '1',
  dataEncryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  nameIDFormat: ['urn:oasis:names:tc:SAML:2.0:nameid-format:persistent'],
  singleSignOnService: at('/sso'),
  singleLogoutService: at('/slo'),
  loginResponseTemplate: {context: template, attributes: []},
});

// The host's metadata is read when it is first needed, so that either may be
// started first.
let host;
async function sp() {
  if (!host) {
    const answer = await fetch(trusted);
    if (!answer.ok) throw new Error(`${trusted} answered ${answer.status}`);
    host = samlify.ServiceProvider({
      metadata: await answer.text(), wantLogoutRequestSigned: true, wantLogoutResponseSigned: true,
    });
  }
  return host;
}

const sessions = new Map(); // by cookie: who, when they proved it, and the index
const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const hidden = (fields) => Object.entries(fields).map(([name, value]) => `<input type="hidden" name="${name}" value="${escape(value)}">`).join('');
const page = (body) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Partner</title><body>${body}`;

async function respond(session, request) {
  const to = await sp();
  const now = new Date();
  const values = {
    ...people[session.name],
    ID: '_' + randomUUID(), AssertionID: '_' + randomUUID(), Issuer: origin + '/metadata',
    IssueInstant: now.toISOString(), NotOnOrAfter: new Date(now.getTime() + 300_000).toISOString(),
    Destination: to.entityMeta.getAssertionConsumerService('post'), Audience: to.entityMeta.getEntityID(),
    InResponseTo: request.id, NameID: people[session.name].nameID,
    AuthnInstant: session.at.toISOString(), SessionIndex: session.index,
  };
  const {context} = await idp.createLoginResponse(to, {extract: {request: {id: request.id}}}, 'post', {}, {
    customTagReplacement: (text) => ({id: values.ID, context: samlify.SamlLib.replaceTagsByValue(text, values)}),
  });
  return page(`<form method="post" action="${escape(values.Destination)}">${hidden({SAMLResponse: context, RelayState: request.relayState})}<button>Go on</button></form><script>document.forms[0].submit()</script>`);
}

const routes = {
  'GET /metadata': async () => ({type: 'application/samlmetadata+xml', body: idp.getMetadata()}),
  'GET /sso': async ({query, signed, session}) => {
    const parsed = await idp.parseLoginRequest(await sp(), 'redirect', {query, octetString: signed});
    const request = {id: parsed.extract.request.id, relayState: query.RelayState ?? ''};
    const forced = String(parsed.extract.request.forceAuthn) === 'true' || parsed.samlContent.includes('ForceAuthn="true"');
    if (session && !forced) return {body: await respond(session, request)};
    const choices = Object.keys(people).map((name) => `<button name="name" value="${name}">Sign in as ${name}</button>`).join(' ');
    return {body: page(`<h1>Partner</h1><form method="post" action="/sign-in">${hidden(request)}${choices}</form>`)};
  },
  'POST /sign-in': async ({form}) => {
    if (!Object.hasOwn(people, form.name)) return {status: 400, body: page('Nobody of that name.')};
    const session = {name: form.name, at: new Date(), index: '_' + randomUUID()};
    const cookie = randomUUID();
    sessions.set(cookie, session);
    return {cookie, body: await respond(session, form)};
  },
  'GET /slo': async ({query, signed, cookie}) => {
    if (query.SAMLResponse) return {body: page('<p>You are signed out here and there.</p>')};
    const parsed = await idp.parseLogoutRequest(await sp(), 'redirect', {query, octetString: signed});
    sessions.delete(cookie);
    const {context} = idp.createLogoutResponse(await sp(), parsed, 'redirect', {relayState: query.RelayState ?? ''});
    return {to: context};
  },
  'GET /sign-out': async ({cookie, session}) => {
    if (!session) return {body: page('<p>Nobody is signed in.</p>')};
    sessions.delete(cookie);
    const {context} = idp.createLogoutRequest(await sp(), 'redirect', {logoutNameID: people[session.name].nameID, sessionIndex: session.index});
    return {to: context};
  },
};

createServer(async (request, response) => {
  try {
    const url = new URL(request.url, origin);
    const cookie = /(?:^|; )partner=([0-9a-f-]+)/.exec(request.headers.cookie ?? '')?.[1];
    let body = '';
    for await (const chunk of request) body += chunk;
    const route = routes[`${request.method} ${url.pathname}`] ?? (async () => ({status: 404, body: page('There is nothing here.')}));
    const answer = await route({
      query: Object.fromEntries(url.searchParams), form: Object.fromEntries(new URLSearchParams(body)),
      signed: url.search.slice(1).split('&').filter((pair) => !pair.startsWith('Signature=')).join('&'),
      cookie, session: sessions.get(cookie),
    });
    const headers = {'Content-Type': answer.type ?? 'text/html; charset=utf-8'};
    if (answer.cookie) headers['Set-Cookie'] = `partner=${answer.cookie}; Path=/; HttpOnly; SameSite=Lax`;
    if (answer.to) headers.Location = answer.to;
    response.writeHead(answer.status ?? (answer.to ? 302 : 200), headers).end(answer.body ?? '');
  } catch (error) {
    console.error(error);
    response.writeHead(400, {'Content-Type': 'text/plain'}).end('The request is refused: ' + (error.message ?? error));
  }
}).listen(new URL(origin).port, new URL(origin).hostname, () => console.log(`the partner is at ${origin}`));
