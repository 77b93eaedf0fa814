/**
 * Encryption of what the outbox holds about people. The key is made in the browser, cannot be
 * exported, and lives beside the entries: this keeps personal data out of copied profile folders and
 * backups that are read as files, not from somebody who can run code on our origin.
 */

/** An encrypted JSON value. */
export interface Sealed {
  iv: Uint8Array<ArrayBuffer>;
  data: ArrayBuffer;
}

const IV_BYTES = 12;

/** A new key that can seal and open, and cannot leave the browser. */
export function newSealKey(): Promise<CryptoKey> {
  const isExtractable = false;
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, isExtractable, [
    "encrypt",
    "decrypt",
  ]);
}

/** Encrypts `value`. `owner` is bound to it: a sealed part moved to another entry does not open. */
export async function seal(key: CryptoKey, owner: string, value: unknown): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  const data = await crypto.subtle.encrypt(parameters(iv, owner), key, plain);
  return { iv, data };
}

/** Decrypts; `null` when the key is another one or the bytes were changed. */
export async function open(key: CryptoKey, owner: string, sealed: Sealed): Promise<unknown> {
  try {
    const plain = await crypto.subtle.decrypt(parameters(sealed.iv, owner), key, sealed.data);
    return JSON.parse(new TextDecoder().decode(plain)) as unknown;
  } catch {
    return null;
  }
}

function parameters(iv: Uint8Array<ArrayBuffer>, owner: string): AesGcmParams {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(owner) };
}
