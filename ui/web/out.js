// The ways out: download and copy. A file is written first; its address comes with the data.

export default function ({ data, parentElement, setTriggerValue }) {
  const $ = (selector) => parentElement.querySelector(selector), save = $(".save");
  save.querySelector("span").textContent = data.label;
  save.disabled = !data.possible;
  save.setAttribute("aria-disabled", data.busy); // disabled, it would lose the focus
  save.onclick = () => { if (save.getAttribute("aria-disabled") !== "true") setTriggerValue("save", Date.now()); };
  prepareCopy($(".copy"), data);
  fetchFile(data.ready, setTriggerValue);
  if (!save.listening) whileShown(save, document, { keydown: (event) => onShortcut(event, save) });
  save.listening = true;
}

function onShortcut(event, save) {
  if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
  event.preventDefault(); // the browser would save the page
  if (!save.disabled && save.checkVisibility()) save.click();
}

function fetchFile(file, setTriggerValue) {
  if (!file) window.imageDenoiserFile = null; // between two files
  if (!file || window.imageDenoiserFile === file.address + file.number) return;
  window.imageDenoiserFile = file.address + file.number;
  const folder = location.pathname.replace(/\/?$/, "/"), link = document.createElement("a");
  link.href = new URL(folder + file.address.replace(/^\//, ""), location.origin).href;
  link.download = file.name;
  link.click();
  setTimeout(() => setTriggerValue("fetched", file.number), 5000);
}

// Browsers allow it only right after a click and in a secure context.
function prepareCopy(button, data) {
  const words = button.querySelector("span");
  button.hidden = !data.viewer || !navigator.clipboard?.write || !window.ClipboardItem;
  button.disabled = !data.possible;
  button.onclick = async () => {
    const viewer = window.imageDenoiserShown?.get(data.viewer);
    if (!viewer) return;
    let said = "Copied";
    try {
      await navigator.clipboard.write([new ClipboardItem({ "image/png": viewer.copy() })]);
    } catch {
      said = "Copying failed";
    }
    words.textContent = said;
    button.setAttribute("aria-label", said);
    setTimeout(() => { words.textContent = ""; button.setAttribute("aria-label", "Copy to clipboard"); }, 2000);
  };
}
