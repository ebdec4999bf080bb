// What this browser remembers of small choices. Frames may be without storage, and then nothing is
// remembered.

const storage = () => {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
};

/** What was kept under a name, or null. */
export const get = (name) => {
  try {
    return storage()?.getItem(name) ?? null;
  } catch {
    return null;
  }
};

/** Keeps a text under a name. */
export const set = (name, text) => {
  try {
    storage()?.setItem(name, text);
  } catch {
    // A full storage forgets a choice, no more.
  }
};
