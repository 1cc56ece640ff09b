/**
 * npm's oidc-provider with one client, the introspection endpoint and its own store in memory. It issues opaque access
 * tokens, which it finds there when it is asked about them.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import Provider from "oidc-provider";

const { PORT, CLIENT_SECRET } = process.env;
const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });

const provider = new Provider(`http://localhost:${PORT}`, {
  clients: [
    {
      client_id: "bench",
      client_secret: CLIENT_SECRET,
      grant_types: ["client_credentials"],
      id_token_signed_response_alg: "ES256",
      redirect_uris: [],
      response_types: [],
    },
  ],
  cookies: { keys: [randomBytes(32).toString("base64url")] },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true },
  },
  jwks: { keys: [{ ...key, kid: "bench", alg: "ES256", use: "sig" }] },
  scopes: ["read:profile"],
  ttl: { ClientCredentials: 3600 },
});

provider.listen(Number(PORT), "127.0.0.1", () => console.log("listening"));
