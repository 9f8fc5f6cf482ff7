// A card for each photo of a batch: a part of it at 100 %, before and after, mixed by the strengths
// as they stand, and what can be done with it.

const STORE = "image-denoiser";

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const root = parentElement.querySelector(".grid");
  const grid = (root.grid ??= { root, cards: new Map(), moving: {} });
  Object.assign(grid, { data, send: setStateValue, act: (kind, key) => setTriggerValue("act", { kind, key }) });
  listenToStrengths(grid);
  placeCards(grid);
  draw(grid);
}

function listenToStrengths(grid) {
  const { grain, colour } = grid.data;
  if (isNews(grid, `${grain} ${colour}`)) grid.moving = { grain, colour };
  for (const range of grid.root.querySelectorAll("[type=range]")) {
    range.value = grid.moving[range.name];
    range.oninput = () => { grid.moving[range.name] = Number(range.value); draw(grid); };
    range.onchange = () => {
      try {
        localStorage.setItem(STORE, JSON.stringify({ ...JSON.parse(localStorage.getItem(STORE) ?? "{}"), ...grid.moving }));
      } catch {
        // storage is blocked: the choice holds for this tab
      }
      (grid.sent ??= []).push(`${grid.moving.grain} ${grid.moving.colour}`);
      grid.send("strengths", { ...grid.moving, at: Date.now() });
    };
  }
}

function placeCards(grid) {
  const { root, cards, data } = grid, list = root.querySelector(".cards");
  for (const [key, card] of cards) {
    if (data.items.some((item) => item.key === key)) continue;
    card.remove();
    cards.delete(key);
  }
  for (const [index, item] of data.items.entries()) {
    let card = cards.get(item.key);
    if (!card) {
      card = root.querySelector("template").content.firstElementChild.cloneNode(true);
      card.querySelector(".open").onclick = () => grid.act("open", item.key);
      for (const button of card.querySelectorAll("[data-act]")) {
        button.onclick = () => { if (button.getAttribute("aria-disabled") !== "true") grid.act(button.dataset.act, item.key); };
      }
      cards.set(item.key, card);
    }
    if (list.children[index] !== card) list.insertBefore(card, list.children[index] ?? null);
    fillCard(card, item, data.busy);
  }
}

function fillCard(card, item, busy) {
  card.className = `card ${item.stage}`;
  card.classList.toggle("empty", !item.noisy);
  card.querySelector(".name").textContent = card.querySelector(".name").title = item.name;
  card.querySelector(".state").textContent = item.state;
  card.querySelector(".notes").textContent = item.notes;
  const open = card.querySelector(".open");
  open.querySelector(".what").textContent = `Open ${item.name}`;
  open.disabled = !item.noisy;
  for (const [act, shown] of [["retry", item.stage === "failed" || item.stage === "cancelled"], ["save", Boolean(item.clean)], ["remove", true]]) {
    const button = card.querySelector(`[data-act=${act}]`);
    button.hidden = !shown;
    button.setAttribute("aria-disabled", act === "save" && busy); // disabled, it would lose the focus
    button.setAttribute("aria-label", `${{ retry: "Try again:", save: "Download", remove: "Remove" }[act]} ${item.name}`);
  }
  const clean = [...card.querySelectorAll(".colour, .grain")];
  const come = () => card.classList.toggle("pending", !clean.every((place) => place.querySelector("img")?.there));
  for (const place of card.querySelectorAll(".before, .below")) put(place, item.noisy, come);
  for (const place of clean) put(place, item.clean, come);
  come();
}

function put(place, source, come) {
  const before = place.querySelector("img");
  if (source && before?.dataset.source === address(source)) return;
  before?.remove();
  if (!source) return;
  const image = new Image();
  image.alt = "";
  // One pixel of the photo to one of the screen; the style sheet enlarges what would not fill its half.
  image.onload = () => { image.style.width = `${image.naturalWidth / devicePixelRatio}px`; };
  place.prepend(image);
  load(image, address(source)).then(come);
}

function draw(grid) {
  for (const range of grid.root.querySelectorAll("[type=range]")) {
    range.nextElementSibling.textContent = `${grid.moving[range.name]} %`;
  }
  for (const item of grid.data.items) {
    const card = grid.cards.get(item.key), { grain, colour } = item.own ?? grid.moving;
    card.querySelector(".colour").style.opacity = colour / 100;
    card.querySelector(".grain").style.opacity = grain / 100;
    card.querySelector(".brightness").style.display = grain === colour ? "none" : "";
  }
}
