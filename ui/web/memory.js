// What this browser remembers between visits (choices) and this tab after a refresh (its pictures).

const STORE = "image-denoiser", SECRET = "image-denoiser-pictures";

const attempt = (action, otherwise) => {
  try {
    return action();
  } catch {
    return otherwise; // storage is blocked: nothing is remembered
  }
};

// A browser that duplicates a tab copies the secret, too. A lock tells whether another tab has it: it
// ends with its document, so that a refresh finds it free. Where there are no locks, as on a site
// that is not secure, every tab counts as refreshed.
const lockOf = (secret) => `${SECRET} ${secret}`;

function hold(secret) {
  if (!secret || window.imageDenoiserHolds === secret) return;
  window.imageDenoiserHolds = secret;
  navigator.locks?.request(lockOf(secret), () => new Promise(() => {})).catch(() => {});
}

async function isAnothers(secret) {
  if (!secret || window.imageDenoiserHolds === secret) return false;
  const locks = await navigator.locks?.query().catch(() => null);
  return Boolean(locks?.held.some(({ name }) => name === lockOf(secret)));
}

export default function ({ data, setStateValue }) {
  followFocus(data.focus);
  const stored = attempt(() => JSON.parse(localStorage.getItem(STORE)), null);
  const choices = stored && typeof stored === "object" && !Array.isArray(stored) ? stored : {};
  const secret = attempt(() => sessionStorage.getItem(SECRET), null);
  if (!data.recalled) {
    if (window.imageDenoiserRecalled === data.visit) return; // sent; the answer is on its way
    window.imageDenoiserRecalled = data.visit; // after a long time offline the session is a new one
    isAnothers(secret).then((shared) => setStateValue("found", { choices, secret, shared, visit: data.visit }));
    return;
  }
  attempt(() => localStorage.setItem(STORE, JSON.stringify({ ...choices, format: data.format, quality: data.quality })));
  attempt(() => (data.secret ? sessionStorage.setItem(SECRET, data.secret) : sessionStorage.removeItem(SECRET)));
  hold(data.secret);
}
