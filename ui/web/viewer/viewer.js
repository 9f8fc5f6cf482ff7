// Two pictures, three ways: beside each other, under a divider, and their difference. The pictures
// are layers of the page and the strengths are how they are mixed, so that neither a new strength
// nor a new view computes or sends a picture again.

const NARROW = 640; // CSS pixels: a phone, where half a width shows too little
const HINT_MS = 8000; // time to read it; then it makes room for the picture

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".viewer");
  root.viewer ??= createViewer(root, data.key);
  root.viewer.send = setStateValue;
  root.viewer.show(data);
  (window.imageDenoiserShown ??= new Map()).set(data.key, root.viewer); // for the Copy button
  return () => { if (!root.isConnected) root.viewer.watcher.disconnect(); };
}

function createViewer(root, key) {
  const viewer = {
    root,
    state: stateOf(key),
    picture: { width: 1, height: 1, gain: 1 },
    $: (selector) => root.querySelector(selector),
    all: (selector) => [...root.querySelectorAll(selector)],
    send: () => {},
  };
  viewer.draw = () => draw(viewer);
  viewer.come = () => { showWait(viewer); drawRemoved(viewer); };
  viewer.copy = () => pictureAsPng(viewer);
  viewer.show = (data) => show(viewer, data);
  viewer.used = () => { remember({ hinted: true }); viewer.$(".hint").hidden = true; };
  viewer.strengthsChosen = () => {
    const { grain, colour } = viewer.state;
    if (viewer.picture.alone) remember({ grain, colour });
    (viewer.state.sent ??= []).push(`${viewer.picture.picture} ${grain} ${colour}`);
    // The time makes it news to the page even if the same was chosen before and given up since.
    viewer.send("strengths", { picture: viewer.picture.picture, grain, colour, at: Date.now() });
  };
  viewer.watcher = new ResizeObserver(viewer.draw);
  listenToControls(viewer);
  listenToKeys(viewer);
  listenToGestures(viewer);
  listenToScreen(viewer);
  return viewer;
}

function show(viewer, data) {
  const { state } = viewer, given = `${data.picture} ${data.grain} ${data.colour}`;
  const width = viewer.root.clientWidth || innerWidth; // 0 in a tab that is not shown
  state.view ??= width < NARROW ? "slide" : "side";
  if (viewer.picture.picture !== data.picture) forgetPicture(viewer);
  if (isNews(state, given)) Object.assign(state, { grain: data.grain, colour: data.colour });
  viewer.picture = data;
  loadPictures(viewer, data);
  const bar = document.querySelector(".st-key-bar");
  for (const element of [viewer.root, ...(bar ? [bar] : [])]) viewer.watcher.observe(element);
  showWait(viewer);
  viewer.draw();
}

// Until the second side is there, not only its address: a request may fail.
function showWait(viewer) {
  const { clean, patches, wait } = viewer.picture, empty = !isClean(viewer);
  const words = wait || (clean || patches?.length ? "Loading" : "");
  viewer.root.classList.toggle("waiting", empty);
  viewer.$(".wait").hidden = !(empty && words);
  viewer.$(".wait").textContent = words;
  showHint(viewer);
}

function forgetPicture(viewer) {
  viewer.told = "";
  viewer.state.sent = []; // of echoes that come after another picture was shown, none counts
  for (const sheet of viewer.all(".sheet")) sheet.replaceChildren();
}

function showHint(viewer) {
  const fingers = matchMedia("(pointer: coarse)").matches;
  const move = fingers ? "Pinch to zoom, drag to move" : "Scroll to zoom, drag to move, double-click for 100 %";
  viewer.$(".hint").textContent = `${move}, hold to see the original`;
  viewer.$(".hint").hidden = viewer.read || Boolean(choices().hinted) || viewer.root.classList.contains("waiting");
  if (!viewer.$(".hint").hidden) viewer.reading ??= setTimeout(() => { viewer.read = viewer.$(".hint").hidden = true; }, HINT_MS);
}

function draw(viewer) {
  const { root, state } = viewer;
  root.dataset.view = state.view;
  const height = `${stageHeight(viewer)}px`;
  if (root.style.getPropertyValue("--height") !== height) root.style.setProperty("--height", height);
  keepInside(viewer);
  drawPlace(viewer);
  drawMixture(viewer);
  drawRemoved(viewer);
  drawControls(viewer);
  tellVisible(viewer);
}

// Tells the page what is in view, to be done first.
function tellVisible(viewer) {
  clearTimeout(viewer.telling);
  if (!viewer.picture.working) return;
  viewer.telling = setTimeout(() => {
    const visible = visiblePart(viewer);
    if (String(visible) === viewer.told) return;
    viewer.told = String(visible);
    viewer.send("visible", { picture: viewer.picture.picture, part: visible });
  }, 250);
}
