// What was entered in the field and is not yet known to be in the record, on this device.

const STORE = "entries";

/** Keep an entry under its client key; done once it is on the disk. */
export function keep(entry) {
  return within("readwrite", (store) => store.put(entry));
}

/** Forget the entry with this key. */
export function drop(key) {
  return within("readwrite", (store) => store.delete(key));
}

/** All entries, in the order they were made. */
export async function all() {
  const found = await within("readonly", (store) => store.getAll());
  return found.sort((one, other) => one.at.localeCompare(other.at));
}

async function within(mode, act) {
  const base = await open();
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

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("field", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
