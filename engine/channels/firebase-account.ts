/**
 * The service account by which push messages leave: an app of Firebase's SDK, signed in over our own connections. The SDK is loaded with the
 * first batch. What is sent stands in `firebase.ts`.
 */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App, Credential } from 'firebase-admin/app';
import type { Messaging } from 'firebase-admin/messaging';
import type { JWT } from 'google-auth-library';
import { type FirebaseAgent, firebaseAgent } from './firebase-agent.ts';
import type { FirebaseConfig, FirebaseLimits } from './firebase-config.ts';

/** For how long the SDK keeps a token before it asks for it again. */
const tokenKeptS = 600;

export interface OpenAccount {
  readonly app: App;
  readonly messaging: Messaging;
  readonly agent: FirebaseAgent;
  /** The account by which it was made. */
  readonly made: string;
}

interface Kept {
  readonly made: string;
  readonly opening: Promise<OpenAccount>;
  users: number;
  isOver: boolean;
}

interface AccountContext {
  readonly config: FirebaseConfig;
  readonly root: string;
  readonly limits: FirebaseLimits;
}

export interface UsedAccount {
  readonly open: OpenAccount;
  /** Whoever used it says so when he is done. */
  leave(): Promise<void>;
}

/** The account that is used now. When it becomes another, the one before is closed as soon as its batches have ended. */
export function openAccounts(context: AccountContext) {
  let now: Kept | null = null;

  async function closeUnused(kept: Kept): Promise<void> {
    if (!kept.isOver || kept.users > 0) return;
    const open = await kept.opening.catch(() => null);
    if (open === null) return;
    const { deleteApp } = await import('firebase-admin/app');
    await deleteApp(open.app);
    open.agent.destroy();
  }

  async function end(kept: Kept | null): Promise<void> {
    if (kept === null) return;
    kept.isOver = true;
    await closeUnused(kept);
  }

  /** Nothing is awaited between the question and the change, so batches that come together open one app. */
  async function enter(made: string): Promise<Kept> {
    const last = now;
    if (last?.made === made) {
      last.users += 1;
      return last;
    }
    const next = { made, opening: openApp(made, context), users: 1, isOver: false };
    // Told to whoever uses it.
    next.opening.catch(() => {});
    now = next;
    await end(last);
    return next;
  }

  return {
    /** Errors: the text is no service account. */
    async use(made: string): Promise<UsedAccount> {
      const kept = await enter(made);
      const leave = async () => {
        kept.users -= 1;
        await closeUnused(kept);
      };
      try {
        return { open: await kept.opening, leave };
      } catch (error) {
        if (now === kept) now = null;
        throw error;
      }
    },
    async close(): Promise<void> {
      const last = now;
      now = null;
      await end(last);
    },
  };
}

/** Apps of the SDK have names, one a process. */
let apps = 0;

async function openApp(made: string, { config, root, limits }: AccountContext): Promise<OpenAccount> {
  const [{ initializeApp }, { getMessaging }, { JWT }] = await Promise.all([
    // Lazily: they are large, and most commands send nothing.
    import('firebase-admin/app'),
    import('firebase-admin/messaging'),
    import('google-auth-library'),
  ]);
  const { baseUrl, caFile } = config;
  const agent = firebaseAgent({
    ...limits,
    ...(baseUrl !== undefined && { baseUrl }),
    ...(caFile !== undefined && { ca: readFileSync(join(root, caFile), 'utf8') }),
  });
  const account = readAccount(made);
  // What the SDK makes of an account by itself signs in past the agent.
  const signedIn = new JWT({
    ...{ email: account.client_email, key: account.private_key },
    ...{ scopes: ['https://www.googleapis.com/auth/firebase.messaging'], transporterOptions: { agent } },
  });
  const credential = askingOnce(signedIn);
  apps += 1;
  const app = initializeApp({ credential, projectId: account.project_id, httpAgent: agent }, `parcours-${apps}`);
  const messaging = getMessaging(app);
  // HTTP/2 opens a connection a batch and knows no agent; over HTTP/1.1 connections are kept.
  messaging.enableLegacyHttpTransport();
  return { app, messaging, agent, made };
}

interface Account {
  readonly project_id: string;
  readonly client_email: string;
  readonly private_key: string;
}

/** Throws when the text is no service account. */
function readAccount(text: string): Account {
  const account = JSON.parse(text) as Partial<Account>;
  createPrivateKey(account.private_key ?? '');
  return account as Account;
}

/** A batch that finds no token asks for one, not for hundreds. */
function askingOnce(account: JWT): Credential {
  let asked: ReturnType<Credential['getAccessToken']> | undefined;
  const ask = async () => {
    const { token } = await account.getAccessToken();
    // The account itself knows when it must be asked for anew.
    return { access_token: token ?? '', expires_in: tokenKeptS };
  };
  return {
    getAccessToken() {
      asked ??= ask().finally(() => {
        asked = undefined;
      });
      return asked;
    },
  };
}
