// The tools above the picture.

const percent = (zoom) => `${zoom < 0.1 ? (100 * zoom).toFixed(1) : Math.round(100 * zoom)} %`;

function drawControls(viewer) {
  const { state, picture, root } = viewer;
  for (const button of viewer.all("[data-show]")) {
    const chosen = button.dataset.show === state.view;
    button.setAttribute("aria-checked", chosen);
    button.tabIndex = chosen ? 0 : -1;
  }
  for (const button of viewer.all("[data-zoom]")) button.setAttribute("aria-pressed", button.dataset.zoom === String(state.zoom));
  drawZoom(viewer);
  for (const range of viewer.all("[type=range]")) {
    range.value = state[range.name];
    range.style.setProperty("--part", `${state[range.name]}%`);
    range.parentElement.querySelector("output").textContent = `${state[range.name]} %`;
  }
  const divider = viewer.$(".divider");
  divider.style.left = `${state.split}%`;
  divider.setAttribute("aria-valuenow", Math.round(state.split));
  divider.setAttribute("aria-valuetext", `${Math.round(state.split)} % ${picture.before}`);
  divider.setAttribute("aria-label", `Divider: ${picture.before} to its left, ${picture.after} to its right`);
  const hold = `Hold to see ${picture.before === "Original" ? "the original" : picture.before}`;
  for (const name of ["aria-label", "title"]) viewer.$(".hold").setAttribute(name, hold);
  drawTags(viewer);
  viewer.$(".strengths").hidden = picture.fixed;
  viewer.$(".stage").setAttribute("aria-label", `${picture.alt} Arrow keys move it, plus and minus zoom, space shows ${picture.before}.`);
  viewer.$(".hold").setAttribute("aria-pressed", state.original);
  root.classList.toggle("original", state.original);
  root.classList.toggle("wider", isWider(viewer));
  root.classList.toggle("pixelated", zoomOf(viewer) >= 2);
}

function drawZoom(viewer) {
  const field = viewer.$("[role=spinbutton]"), zoom = zoomOf(viewer);
  if (viewer.root.getRootNode().activeElement !== field || !field.dataset.typing) field.value = isThere(viewer) ? percent(zoom) : "";
  field.setAttribute("aria-valuenow", (100 * zoom).toFixed(1));
  field.setAttribute("aria-valuetext", percent(zoom));
}

function drawTags(viewer) {
  const { state, picture } = viewer;
  for (const tag of viewer.all(".tag.left")) tag.textContent = picture.before;
  const right = state.view === "removed" ? `Noise removed (×${picture.gain})` : picture.after;
  viewer.$(".tag.right").textContent = state.original && state.view !== "slide" ? picture.before : right;
}

function listenToControls(viewer) {
  const { state } = viewer;
  for (const button of viewer.all("[data-show]")) button.onclick = () => setView(viewer, button.dataset.show);
  for (const button of viewer.all("[data-zoom]")) {
    button.onclick = () => zoomTo(viewer, button.dataset.zoom === "fit" ? "fit" : 1);
  }
  for (const button of viewer.all("[data-step]")) {
    button.onclick = () => zoomTo(viewer, zoomOf(viewer) * Number(button.dataset.step));
  }
  for (const range of viewer.all("[type=range]")) {
    range.oninput = () => { state[range.name] = Number(range.value); viewer.draw(); };
    range.onchange = () => viewer.strengthsChosen();
  }
  listenToZoomField(viewer);
  const hold = viewer.$(".hold");
  hold.onpointerdown = () => showOriginal(viewer, true);
  hold.onpointerup = hold.onpointerleave = hold.onblur = () => showOriginal(viewer, false);
}

function setView(viewer, view) {
  viewer.state.view = view;
  remember({ view });
  viewer.draw();
}

function showOriginal(viewer, original) {
  if (viewer.state.original === original) return;
  viewer.state.original = original;
  viewer.draw();
}

function listenToZoomField(viewer) {
  const field = viewer.$("[role=spinbutton]");
  const apply = () => {
    const typed = Number.parseFloat(field.value.replace(",", "."));
    const meant = Boolean(field.dataset.typing);
    delete field.dataset.typing;
    if (meant && typed > 0) zoomTo(viewer, typed / 100);
    else viewer.draw();
  };
  const giveUp = (event) => {
    event.stopPropagation(); // or the page takes it for Cancel
    delete field.dataset.typing;
    viewer.$(".stage").focus();
  };
  field.onfocus = () => field.select();
  field.oninput = () => { field.dataset.typing = "yes"; };
  field.onchange = field.onblur = apply;
  field.onkeydown = (event) => {
    const step = { ArrowUp: 1.25, ArrowDown: 0.8 }[event.key];
    if (step) zoomTo(viewer, zoomOf(viewer) * step);
    else if (event.key === "Enter") { apply(); field.select(); }
    else if (event.key === "Escape") giveUp(event);
    else if (event.key === "Home") zoomTo(viewer, "fit");
    else return;
    event.preventDefault();
  };
}
