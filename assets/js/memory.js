// Remembers where a file's upload lives, so that it goes on after a closed tab. The server lets
// nobody but its owner go on. Frames may be without storage, and then nothing is remembered.

const PREFIX = 'lanterna-upload-';
const DAYS = 14;

const storage = () => {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
};

/** A file's key. Hashed, since others may use this browser and names can be private. */
const key = async (file) => {
  if (!globalThis.crypto?.subtle) return null;
  const print = new TextEncoder().encode(`${file.name}|${file.size}|${file.lastModified}`);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', print));
  return PREFIX + [...hash.slice(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
};

const attempt = async (file, act) => {
  const store = storage();
  const name = store && (await key(file));
  if (!name) return null;
  try {
    return act(store, name);
  } catch {
    return null;
  }
};

const read = (store, name) => {
  try {
    return JSON.parse(store.getItem(name));
  } catch {
    return null;
  }
};

const dropOld = (store) => {
  const oldest = Date.now() - DAYS * 24 * 3600 * 1000;
  for (const name of Object.keys(store)) {
    if (name.startsWith(PREFIX) && !(read(store, name)?.at > oldest)) store.removeItem(name);
  }
};

/** The id of the file's upload, or null. */
export const recall = (file) => attempt(file, (store, name) => read(store, name)?.id ?? null);

/** Keeps the id of the file's upload. */
export const keep = (file, id) => attempt(file, (store, name) => {
  dropOld(store);
  store.setItem(name, JSON.stringify({ id, at: Date.now() }));
});

/** Forgets the file's upload. */
export const forget = (file) => attempt(file, (store, name) => store.removeItem(name));
