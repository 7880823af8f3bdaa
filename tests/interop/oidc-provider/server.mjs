// A certified OpenID provider with two clients, on a free port of the loopback interface.
//
// Beside it stands a resource server, /api/v1/rpc/{method}, which checks access tokens (RFC 9068) and answers the claims.
// It prints its issuer identifier, then one line of JSON for each token request, and ends when standard input ends.
import http from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import Provider from 'oidc-provider';

// What the provider has to say is for people; standard output is for the test.
console.info = console.error;

const audience = 'urn:kei:platform';

const secret = process.env.CLIENT_SECRET;
const client = (id) => ({
  client_id: id,
  client_secret: secret,
  token_endpoint_auth_method: `client_secret_${id}`,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
});

const server = http.createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [client('basic'), client('post')],
    scopes: ['kei.agent'],
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        getResourceServerInfo: () => ({
          scope: 'kei.agent',
          audience,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 600,
        }),
      },
    },
  });
  const tell = (outcome) => (ctx, error) => {
    const method = ctx.headers.authorization?.split(' ')[0] ?? 'post';
    const client_id = ctx.oidc.client?.clientId ?? null;
    console.log(JSON.stringify({ outcome, method, client_id, error: error?.message ?? null }));
  };
  provider.on('grant.success', tell('granted'));
  provider.on('grant.error', tell('refused'));
  const keys = createRemoteJWKSet(new URL('/jwks', issuer));
  const resource = async (request, response) => {
    try {
      const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
      const { payload } = await jwtVerify(token, keys, { issuer, audience, typ: 'at+jwt' });
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(payload));
    } catch (error) {
      response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end(String(error.code));
    }
  };
  const provide = provider.callback();
  server.on('request', (request, response) =>
    (request.url.startsWith('/api/v1/rpc/') ? resource : provide)(request, response));
  console.log(issuer);
});

process.stdin.on('end', () => process.exit(0)).resume();
