// What this browser remembers between visits (choices) and this tab after a refresh (its pictures).

const STORE = "image-denoiser", SECRET = "image-denoiser-pictures";

const attempt = (action, otherwise) => {
  try {
    return action();
  } catch {
    return otherwise; // storage is blocked: nothing is remembered
  }
};

export default function ({ data, setStateValue }) {
  followFocus(data.focus);
  const stored = attempt(() => JSON.parse(localStorage.getItem(STORE)), null);
  const choices = stored && typeof stored === "object" && !Array.isArray(stored) ? stored : {};
  const secret = attempt(() => sessionStorage.getItem(SECRET), null);
  if (!data.recalled) {
    if (window.imageDenoiserRecalled === data.visit) return; // sent; the answer is on its way
    window.imageDenoiserRecalled = data.visit; // after a long time offline the session is a new one
    setStateValue("found", { choices, secret, visit: data.visit });
    return;
  }
  attempt(() => localStorage.setItem(STORE, JSON.stringify({ ...choices, format: data.format, quality: data.quality })));
  attempt(() => (data.secret ? sessionStorage.setItem(SECRET, data.secret) : sessionStorage.removeItem(SECRET)));
}
