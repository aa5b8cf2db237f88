// What was entered without signal and is not yet known to be on the server, on this device.

const STORE = "entries";

/** The entries kept under `name`, a base of their own. */
export function entriesOf(name) {
  return {
    /** Keep an entry under its client key; done once it is on the disk. */
    keep: (entry) => within(name, "readwrite", (store) => store.put(entry)),

    /** Forget the entry with this key. */
    drop: (key) => within(name, "readwrite", (store) => store.delete(key)),

    /** All entries, in the order they were made. */
    async all() {
      const found = await within(name, "readonly", (store) => store.getAll());
      return found.sort((one, other) => one.at.localeCompare(other.at));
    },
  };
}

async function within(name, mode, act) {
  const base = await open(name);
  try {
    return await new Promise((resolve, reject) => {
      const transaction = base.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    base.close();
  }
}

function open(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
