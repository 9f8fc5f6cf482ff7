// What a viewer remembers: its view of the picture in this tab, the person's choices in the browser.

const STORE = "image-denoiser";
const viewers = (window.imageDenoiserViewers ??= new Map()); // key -> state; survives a remount

function choices() {
  try {
    return JSON.parse(localStorage.getItem(STORE)) ?? {};
  } catch {
    return {}; // storage is blocked, or holds something else
  }
}

function remember(changes) {
  try {
    localStorage.setItem(STORE, JSON.stringify({ ...choices(), ...changes }));
  } catch {
    // a private window: the choice then holds for this tab only
  }
}

// zoom: "fit", or device pixels for one image pixel. x, y: the place in the middle, as a share of
// the picture's sides. grain, colour: what is taken away of the two kinds of noise, in percent.
function stateOf(key) {
  if (!viewers.has(key)) {
    viewers.set(key, { view: choices().view, zoom: "fit", x: 0.5, y: 0.5, split: 50, original: false });
  }
  return viewers.get(key);
}
