// A certified OpenID provider with a client for each way to prove itself and each grant, on a free port of the loopback interface.
//
// Beside it stands a resource server, /api/v1/rpc/{method}, which checks access tokens (RFC 9068) with what they are bound to (RFC 8705, RFC 9449), and answers
// the claims. With TLS_FOLDER, all of it speaks TLS with the certificates found there, and asks clients for theirs. The private keys of its clients are written to
// KEY_FOLDER. `POST /person` consents to a device's request, as a person would. It prints its issuer identifier, then one line of JSON for each token
// request, and ends when standard input ends.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { EmbeddedJWK, calculateJwkThumbprint, exportJWK, jwtVerify } from 'jose';
import Provider from 'oidc-provider';

// What the provider has to say is for people; standard output is for the test.
console.info = console.error;

const audience = 'urn:kei:platform';
const lifetimes = { [audience]: 600, 'urn:kei:other': 600, 'urn:kei:short': 5 };
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

const { TLS_FOLDER: tls, KEY_FOLDER: keyFolder, CLIENT_SECRET: secret } = process.env;
const read = (folder, name) => fs.readFileSync(path.join(folder, name));

const client = (client_id, more) => ({
  client_id,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  ...more,
});

async function signing() {
  const pairs = {
    RS256: crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }),
    PS256: crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ES256: crypto.generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    EdDSA: crypto.generateKeyPairSync('ed25519'),
  };
  const clients = [];
  for (const [alg, { privateKey, publicKey }] of Object.entries(pairs)) {
    fs.writeFileSync(path.join(keyFolder, `${alg}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    const key = { ...(await exportJWK(publicKey)), kid: `key-${alg}`, use: 'sig' };
    clients.push(client(`jwt-${alg}`, {
      token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_signing_alg: alg, jwks: { keys: [key] },
    }));
  }
  return clients;
}

const certificates = () => [
  client('tls', {
    token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'client.test', tls_client_certificate_bound_access_tokens: true,
  }),
  client('self-signed', {
    token_endpoint_auth_method: 'self_signed_tls_client_auth',
    tls_client_certificate_bound_access_tokens: true,
    jwks: { keys: [selfSigned(read(tls, 'self-signed.pem'))] },
  }),
];

function selfSigned(pem) {
  const certificate = new crypto.X509Certificate(pem);
  return { ...certificate.publicKey.export({ format: 'jwk' }), x5c: [certificate.raw.toString('base64')] };
}

const clients = [
  client('basic', { client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' }),
  client('post', { client_secret: secret, token_endpoint_auth_method: 'client_secret_post' }),
  client('dpop', { client_secret: secret, token_endpoint_auth_method: 'client_secret_basic', dpop_bound_access_tokens: true }),
  client('device', { token_endpoint_auth_method: 'none', grant_types: [DEVICE, 'refresh_token'], application_type: 'native' }),
  ...(keyFolder ? await signing() : []),
  ...(tls ? certificates() : []),
];

const server = tls
  ? https.createServer({
    cert: read(tls, 'server.pem'), key: read(tls, 'server.key'), ca: read(tls, 'ca.pem'), requestCert: true, rejectUnauthorized: false,
  })
  : http.createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `${tls ? 'https' : 'http'}://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients,
    scopes: ['kei.agent', 'kei.admin'],
    clientAuthMethods: [
      'client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none', ...(tls ? ['tls_client_auth', 'self_signed_tls_client_auth'] : []),
    ],
    enabledJWA: { clientAuthSigningAlgValues: ['RS256', 'PS256', 'ES256', 'EdDSA'], dPoPSigningAlgValues: ['ES256', 'EdDSA'] },
    issueRefreshToken: (ctx, one) => one.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: () => true,
    features: {
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      revocation: { enabled: true },
      dPoP: { enabled: true, nonceSecret: crypto.randomBytes(32), requireNonce: () => true },
      mTLS: {
        enabled: Boolean(tls),
        certificateBoundAccessTokens: true,
        tlsClientAuth: true,
        selfSignedTlsClientAuth: true,
        getCertificate: (ctx) => shown(ctx.req)?.toString(),
        certificateAuthorized: (ctx) => ctx.req.socket.authorized,
        certificateSubjectMatches: (ctx, property, expected) =>
          property === 'tls_client_auth_san_dns' && Boolean(shown(ctx.req)?.subjectAltName?.split(', ').includes(`DNS:${expected}`)),
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx, indicator) => ({
          scope: 'kei.agent kei.admin',
          audience: indicator,
          accessTokenFormat: 'jwt',
          accessTokenTTL: lifetimes[indicator],
        }),
      },
    },
  });
  const tell = (outcome) => (ctx, error) => {
    const { grant_type: grant, client_assertion: statement } = ctx.oidc.params ?? {};
    const method = ctx.headers.authorization?.split(' ')[0] ?? (statement ? 'jwt' : 'post');
    const client_id = ctx.oidc.client?.clientId ?? null;
    console.log(JSON.stringify({ outcome, method, client_id, grant: grant ?? null, error: error?.message ?? null }));
  };
  provider.on('grant.success', tell('granted'));
  provider.on('grant.error', tell('refused'));
  const provide = provider.callback();
  server.on('request', (request, response) => {
    if (request.url.startsWith('/api/v1/rpc/')) return resource(issuer, request, response);
    if (request.url === '/person') return person(provider, request, response);
    return provide(request, response);
  });
  console.log(issuer);
});

function shown(request) {
  return request.socket.getPeerX509Certificate?.();
}

// A person who is asked to consent to what a device wants, and does. The provider keeps what they consented to beside the code.
async function person(provider, request, response) {
  let body = '';
  for await (const part of request) body += part;
  const code = await provider.DeviceCode.findByUserCode(JSON.parse(body).user_code.replace(/[^A-Z0-9]/g, ''), { ignoreExpiration: true });
  const grant = new provider.Grant({ accountId: 'somebody', clientId: code.clientId });
  grant.addResourceScope(audience, 'kei.agent');
  Object.assign(code, {
    accountId: 'somebody', authTime: Math.floor(Date.now() / 1000), scope: 'kei.agent', resource: audience, grantId: await grant.save(),
  });
  await code.save();
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': 4 }).end('null');
}

const nonce = crypto.randomUUID();
const seen = new Set();

// Checks a token and what it is bound to; answers its claims.
async function resource(issuer, request, response) {
  const refuse = (scheme, error, more = {}) =>
    response.writeHead(401, { 'www-authenticate': `${scheme} error="${error}"`, ...more }).end();
  try {
    const [scheme, token] = request.headers.authorization?.split(' ') ?? [];
    const { keys } = await fetchJson(`${issuer}/jwks`);
    const find = async (header) => crypto.createPublicKey({ key: keys.find((key) => key.kid === header.kid), format: 'jwk' });
    const { payload } = await jwtVerify(token, find, { issuer, audience: Object.keys(lifetimes), typ: 'at+jwt' });
    if ((scheme === 'DPoP') !== Boolean(payload.cnf?.jkt)) throw new Error('wrong scheme');
    if (payload.cnf?.jkt) {
      const proof = await jwtVerify(request.headers.dpop, EmbeddedJWK, { typ: 'dpop+jwt' });
      const thumbprint = await calculateJwkThumbprint(proof.protectedHeader.jwk);
      const hash = crypto.createHash('sha256').update(token).digest('base64url');
      const place = `${issuer}${request.url.split('?')[0]}`;
      const { htm, htu, ath, jti } = proof.payload;
      if (thumbprint !== payload.cnf.jkt || ath !== hash || htm !== request.method || htu !== place || seen.has(jti)) throw new Error('proof');
      seen.add(jti);
      if (proof.payload.nonce !== nonce) return refuse('DPoP', 'use_dpop_nonce', { 'dpop-nonce': nonce });
    }
    if (payload.cnf?.['x5t#S256']) {
      const certificate = shown(request);
      const thumbprint = certificate && crypto.createHash('sha256').update(certificate.raw).digest('base64url');
      if (thumbprint !== payload.cnf['x5t#S256']) throw new Error('certificate');
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(payload));
  } catch (error) {
    console.error(error);
    refuse('Bearer', 'invalid_token');
  }
}

// By hand, for it is this very server, whose certificate nobody else vouches for.
function fetchJson(url) {
  return new Promise((resolve, reject) => {
    const get = tls ? https.get : http.get;
    get(url, tls ? { ca: read(tls, 'ca.pem') } : {}, async (answer) => {
      let body = '';
      for await (const part of answer) body += part;
      resolve(JSON.parse(body));
    }).on('error', reject);
  });
}

process.stdin.on('end', () => process.exit(0)).resume();
