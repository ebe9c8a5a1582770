/** The store of an environment: its address is a secret, looked up when a command needs the store and never shown. */
import { resolveSecrets, SecretMissing, secretsOf } from '../channels/secrets.ts';
import { CliError } from './cli-error.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The process's environment with the store that the reference names as DATABASE_URL. Errors: `CliError` where it isn't set. */
export function withStore(env: Env, reference: string): Env {
  try {
    return { ...env, DATABASE_URL: resolveSecrets(reference, secretsOf(env)) };
  } catch (error) {
    if (!(error instanceof SecretMissing)) throw error;
    throw new CliError(
      'CLI_NO_SECRET',
      `The store of this environment is named by ${reference}, and that secret is not set. Set the variable PARCOURS_SECRET_… or the variable of that name, or put a file of that name into the folder PARCOURS_SECRETS_DIR.`,
    );
  }
}
