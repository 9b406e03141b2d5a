/** The demo applications of tutorials as facts for tests: who runs, where it listens, what it is told, and which page is its front. */

export interface Part {
  image: string;
  /** Its service's port; none: no service. */
  port?: number;
  /** Where it listens, if elsewhere. */
  at?: number;
  env?: Readonly<Record<string, string>>;
  /** What else its container has. */
  more?: object;
  replicas?: number;
}

export interface Application {
  /** Its service with the front page, and words of that page. */
  front: Readonly<Record<string, string>>;
  parts: Readonly<Record<string, Part>>;
}

const socks = (part: string, more: Partial<Part> = {}): Part => ({
  image: `weaveworksdemos/${part}`,
  port: 80,
  ...more,
});
const kept = { more: { securityContext: { readOnlyRootFilesystem: true } } };
const boutique = (name: string, port: number, more: Partial<Part> = {}): Part => ({
  image: `gcr.io/google-samples/microservices-demo/${name}:v0.4.1`,
  port,
  ...more,
});
const coin = (name: string, more: Partial<Part> = { port: 80 }): Part => ({
  image: `dockercoins/${name}:v0.1`,
  ...more,
});
const BANK = "us-central1-docker.pkg.dev/bank-of-anthos-ci/bank-of-anthos";
const LEDGER = {
  SPRING_DATASOURCE_URL: "jdbc:postgresql://ledger-db:5432/postgresdb",
  SPRING_DATASOURCE_USERNAME: "admin",
  SPRING_DATASOURCE_PASSWORD: "password",
};
const database = (name: string, user: string, password: string, db: string): Part => ({
  image: `${BANK}/${name}:v0.6.7`,
  port: 5432,
  env: { POSTGRES_USER: user, POSTGRES_PASSWORD: password, POSTGRES_DB: db },
});
const bank = (name: string, env: Readonly<Record<string, string>>, port = 8080): Part => ({
  image: `${BANK}/${name}:v0.6.7`,
  port,
  at: 8080,
  env: { PORT: "8080", ...env },
});
const USERS = { ACCOUNTS_DB_URI: "postgresql://accounts-admin:accounts-pwd@accounts-db:5432/accounts-db" };

export const APPLICATIONS: Readonly<Record<string, Application>> = {
  voting: {
    front: { vote: "Cats vs Dogs!", result: "No votes yet" },
    parts: {
      redis: { image: "redis:alpine", port: 6379 },
      db: {
        image: "postgres:15-alpine",
        port: 5432,
        env: { POSTGRES_USER: "postgres", POSTGRES_PASSWORD: "postgres" },
      },
      vote: { image: "dockersamples/examplevotingapp_vote", port: 8080, at: 80 },
      result: { image: "dockersamples/examplevotingapp_result", port: 8081, at: 80 },
      worker: { image: "dockersamples/examplevotingapp_worker" },
    },
  },
  socks: {
    front: { "front-end": "We love socks!" },
    parts: {
      "catalogue-db": socks("catalogue-db:0.3.0", {
        port: 3306,
        env: { MYSQL_ROOT_PASSWORD: "fake_password", MYSQL_DATABASE: "socksdb" },
      }),
      catalogue: socks("catalogue:0.3.5", {
        more: {
          command: ["/app"],
          args: ["-port=80"],
          readinessProbe: { httpGet: { path: "/health", port: 80 }, periodSeconds: 3 },
        },
      }),
      "carts-db": { image: "mongo", port: 27017, ...kept },
      carts: socks("carts:0.4.8"),
      "orders-db": { image: "mongo", port: 27017, ...kept },
      orders: socks("orders:0.4.7"),
      payment: socks("payment:0.4.3"),
      rabbitmq: { image: "rabbitmq:3.6.8-management", port: 5672, ...kept },
      "session-db": { image: "redis:alpine", port: 6379, ...kept },
      shipping: socks("shipping:0.4.8"),
      user: socks("user:0.4.7", { env: { mongo: "user-db:27017" } }),
      "user-db": socks("user-db:0.3.0", { port: 27017, ...kept }),
      "front-end": socks("front-end:0.3.12", { at: 8079, env: { SESSION_REDIS: "true" } }),
    },
  },
  boutique: {
    front: { frontend: "Sunglasses" },
    parts: {
      redis: { image: "redis:alpine", port: 6379 },
      productcatalogservice: boutique("productcatalogservice", 3550),
      currencyservice: boutique("currencyservice", 7000),
      cartservice: boutique("cartservice", 7070, { env: { REDIS_ADDR: "redis:6379" } }),
      frontend: boutique("frontend", 80, {
        at: 8080,
        env: {
          PRODUCT_CATALOG_SERVICE_ADDR: "productcatalogservice:3550",
          CURRENCY_SERVICE_ADDR: "currencyservice:7000",
          CART_SERVICE_ADDR: "cartservice:7070",
        },
      }),
    },
  },
  guestbook: {
    front: { frontend: "Guestbook" },
    parts: {
      "redis-leader": { image: "docker.io/redis:6.0.5", port: 6379 },
      "redis-follower": {
        image: "us-docker.pkg.dev/google-samples/containers/gke/gb-redis-follower:v2",
        port: 6379,
        replicas: 2,
      },
      frontend: {
        image: "us-docker.pkg.dev/google-samples/containers/gke/gb-frontend:v5",
        port: 80,
        env: { GET_HOSTS_FROM: "dns" },
      },
    },
  },
  coins: {
    front: { webui: "DockerCoin Miner WebUI" },
    parts: {
      redis: { image: "redis", port: 6379 },
      rng: coin("rng"),
      hasher: coin("hasher"),
      webui: coin("webui"),
      worker: coin("worker", {}),
    },
  },
  anthos: {
    front: { frontend: "Sign In" },
    parts: {
      "accounts-db": database("accounts-db", "accounts-admin", "accounts-pwd", "accounts-db"),
      "ledger-db": database("ledger-db", "admin", "password", "postgresdb"),
      userservice: bank("userservice", USERS),
      contacts: bank("contacts", USERS),
      balancereader: bank("balancereader", LEDGER),
      transactionhistory: bank("transactionhistory", LEDGER),
      ledgerwriter: bank("ledgerwriter", LEDGER),
      frontend: bank(
        "frontend",
        {
          USERSERVICE_API_ADDR: "userservice:8080",
          CONTACTS_API_ADDR: "contacts:8080",
          BALANCES_API_ADDR: "balancereader:8080",
          HISTORY_API_ADDR: "transactionhistory:8080",
          TRANSACTIONS_API_ADDR: "ledgerwriter:8080",
        },
        80,
      ),
    },
  },
};
