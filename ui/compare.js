// Noisy and denoised, three ways: beside each other, under a divider, and their difference.
// The two pictures are layers of the page, and strength is how they are mixed, so neither a new
// strength nor a new view computes or sends a picture again.

const memory = (window.imageDenoiserCompare ??= new Map()); // survives a remount: key -> state

export default function ({ data, parentElement, setStateValue, key }) {
  const root = parentElement.querySelector(".compare");
  root.viewer ??= createViewer(root, key);
  root.viewer.setStateValue = setStateValue;
  root.viewer.show(data);
  return () => root.viewer.rest();
}

function createViewer(root, key) {
  const $ = (selector) => root.querySelector(selector);
  const all = (selector) => [...root.querySelectorAll(selector)];
  const stage = $(".stage"), divider = $(".divider"), range = $("input"), after = $(".after");
  const state = memory.get(key) ?? { view: "side", zoom: "fit", x: 0.5, y: 0.5, split: 50, strength: null };
  memory.set(key, state);
  state.strength = null; // a new mount takes the page's value
  const viewer = { show, rest, setStateValue: () => {} };
  let picture = { width: 1, height: 1 };

  function show(data) {
    if (state.picture !== data.picture) Object.assign(state, { picture: data.picture, zoom: "fit", x: 0.5, y: 0.5 });
    state.strength ??= data.strength;
    picture = data;
    all(".noisy").forEach((image, index) => load(image, data.noisy, index ? "" : "The noisy picture"));
    all(".clean").forEach((image, index) => load(image, data.clean, index ? "" : "The denoised picture"));
    root.classList.toggle("waiting", !data.clean);
    $(".wait").hidden = Boolean(data.clean) || !data.wait;
    $(".wait").textContent = data.wait;
    watcher.observe(root);
    draw();
  }

  function load(image, source, alt) {
    image.alt = source ? alt : "";
    if (image.dataset.source === (source ?? "")) return;
    image.dataset.source = source ?? "";
    if (!source) return image.removeAttribute("src");
    const folder = location.pathname.replace(/\/?$/, "/"); // right under a proxy's prefix, too
    image.src = new URL(folder + source.replace(/^\//, ""), location.origin);
  }

  function rest() { watcher.disconnect(); }

  // --- where the picture lies -------------------------------------------------------------

  const fitScale = () => Math.min(pane().width / picture.width, pane().height / picture.height);
  const scale = () => (state.zoom === "fit" ? fitScale() : state.zoom);
  const pane = () => ({ width: after.clientWidth || 1, height: after.clientHeight || 1 });
  const wider = () => picture.width * scale() > pane().width + 1 || picture.height * scale() > pane().height + 1;

  function paneHeight() {
    const panes = getComputedStyle(stage).gridTemplateColumns.split(" ").length;
    const width = (stage.clientWidth - 12 * (panes - 1)) / panes;
    const most = document.fullscreenElement === root ? innerHeight - 150 : Math.max(260, innerHeight * 0.68);
    const stacked = state.view === "side" && panes === 1;
    return Math.max(160, Math.min((width * picture.height) / picture.width, stacked ? most * 0.62 : most));
  }

  function offset(length, pictureLength, at) {
    const shown = pictureLength * scale();
    if (shown <= length) return Math.round((length - shown) / 2); // whole pixels, or 100 % is blurred
    return Math.round(Math.min(0, Math.max(length - shown, length / 2 - at * shown)));
  }

  function keepInside() {
    for (const [axis, length, whole] of [["x", pane().width, picture.width], ["y", pane().height, picture.height]]) {
      const half = Math.min(0.5, length / 2 / (whole * scale()));
      state[axis] = Math.min(1 - half, Math.max(half, state[axis]));
    }
  }

  function draw() {
    root.dataset.view = state.view;
    root.style.setProperty("--pane-height", `${paneHeight()}px`);
    keepInside();
    const size = scale(), left = offset(pane().width, picture.width, state.x);
    const top = offset(pane().height, picture.height, state.y);
    for (const image of all("img")) {
      image.style.width = `${picture.width}px`;
      image.style.height = `${picture.height}px`;
      image.style.transform = `translate(${left}px, ${top}px) scale(${size})`;
    }
    drawLayers(size);
    drawControls();
  }

  // The same sum as helper.blend, so what is seen is what is downloaded.
  function drawLayers(size) {
    const back = 1 - state.strength / 100;
    const [colour, brightness] = all(".clean");
    colour.style.opacity = 1 - back ** 3;
    brightness.style.opacity = 1 - back;
    $(".brightness").style.display = back > 0 && back < 1 ? "" : "none";
    root.style.setProperty("--split", `${state.split}%`);
    root.style.setProperty("--gain", 2 * picture.gain);
    divider.style.left = `${state.split}%`;
    root.classList.toggle("zoomed", wider());
    root.classList.toggle("pixelated", size >= 2);
  }

  function drawControls() {
    for (const button of all("[role=radio]")) {
      const chosen = button.dataset.view ? button.dataset.view === state.view : button.dataset.zoom === String(state.zoom);
      button.setAttribute("aria-checked", chosen);
    }
    range.value = state.strength;
    $("output").textContent = `${state.strength} %`;
    divider.setAttribute("aria-valuenow", Math.round(state.split));
    divider.setAttribute("aria-valuetext", `${Math.round(state.split)} % noisy`);
    after.querySelector(".right").textContent = state.view === "removed" ? `Removed, ${picture.gain} times` : picture.label;
    stage.setAttribute("aria-label", `${picture.alt} Arrow keys move it, plus and minus zoom.`);
    $(".hint").textContent = hint();
  }

  function hint() {
    if (state.view === "removed") return "What was taken away, around middle grey. Edges that show here were softened in the picture.";
    if (wider()) return "Drag the picture to move it. Double-click or press 0 to see all of it.";
    return state.view === "slide" ? "Drag the handle, or focus it and press the arrow keys. Double-click for 100 %." : "";
  }

  // --- what people do -----------------------------------------------------------------------

  function setView(view) { state.view = view; draw(); }
  function setZoom(zoom) { state.zoom = zoom; draw(); }
  function zoomBy(factor) {
    const next = Math.min(8, Math.max(fitScale(), scale() * factor));
    setZoom(next <= fitScale() * 1.01 ? "fit" : next);
  }
  function setSplit(percent) { state.split = Math.min(100, Math.max(0, percent)); draw(); }
  function moveBy(dx, dy) {
    state.x -= dx / (picture.width * scale());
    state.y -= dy / (picture.height * scale());
    draw();
  }

  for (const button of all("[data-view][role=radio]")) button.onclick = () => setView(button.dataset.view);
  for (const button of all("[data-zoom]")) {
    button.onclick = () => setZoom(button.dataset.zoom === "fit" ? "fit" : Number(button.dataset.zoom));
  }
  range.oninput = () => { state.strength = Number(range.value); draw(); };
  range.onchange = () => viewer.setStateValue("strength", state.strength);
  $(".full").onclick = () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen?.());

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target === range) return;
    const step = event.shiftKey ? 10 : 2, arrow = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    const zoom = { 0: "fit", 1: 1, 2: 2 }[event.key];
    if (event.target === divider && (arrow || event.key === "Home" || event.key === "End")) {
      setSplit(arrow ? state.split + (arrow[1] - arrow[0]) * step : event.key === "Home" ? 0 : 100);
    } else if (event.target.getAttribute("role") === "radio" && arrow) moveChoice(event.target, arrow[0] + arrow[1] > 0 ? -1 : 1);
    else if (event.target === stage && arrow) moveBy(arrow[0] * 20 * step, arrow[1] * 20 * step);
    else if (event.key === "+" || event.key === "=") zoomBy(1.25);
    else if (event.key === "-") zoomBy(0.8);
    else if (zoom) setZoom(zoom);
    else return;
    event.preventDefault();
  });

  function moveChoice(button, step) {
    const choices = [...button.parentElement.children], next = choices.at((choices.indexOf(button) + step) % choices.length);
    next.focus();
    next.click();
  }

  const fingers = new Map();
  let dragging = "";
  stage.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const onDivider = event.composedPath().includes(divider);
    fingers.set(event.pointerId, event);
    dragging = onDivider || (state.view === "slide" && !wider()) ? "split" : "picture";
    if (dragging === "picture" && !wider() && fingers.size < 2) return;
    if (event.pointerType === "mouse" || onDivider || wider()) stage.setPointerCapture(event.pointerId);
    root.classList.toggle("panning", dragging === "picture");
    if (dragging === "split") follow(event);
  });
  stage.addEventListener("pointermove", (event) => {
    const last = fingers.get(event.pointerId);
    if (!last) return;
    const distance = spread();
    fingers.set(event.pointerId, event);
    if (fingers.size === 2) zoomBy(spread() / distance);
    else if (dragging === "split") follow(event);
    else if (wider()) moveBy(event.clientX - last.clientX, event.clientY - last.clientY);
  });
  for (const type of ["pointerup", "pointercancel"]) {
    stage.addEventListener(type, (event) => { fingers.delete(event.pointerId); root.classList.remove("panning"); });
  }
  stage.addEventListener("dblclick", (event) => {
    if (event.composedPath().includes(divider)) return;
    setZoom(state.zoom === "fit" ? 1 : "fit");
  });

  function follow(event) {
    const box = after.getBoundingClientRect();
    setSplit(((event.clientX - box.left) / box.width) * 100);
  }
  function spread() {
    const [a, b] = [...fingers.values()];
    return b ? Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) || 1 : 1;
  }

  const watcher = new ResizeObserver(() => draw());
  document.addEventListener("fullscreenchange", draw);
  return viewer;
}
