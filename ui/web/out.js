// The ways out: download and copy. A file is written first; its address comes with the data. Also the
// page's two shortcuts, Ctrl + S and Esc, which stand here as this is drawn wherever they are of use.

export default function ({ data, parentElement, setTriggerValue }) {
  const $ = (selector) => parentElement.querySelector(selector), save = $(".save");
  save.querySelector("span").textContent = data.label;
  save.disabled = !data.possible;
  save.setAttribute("aria-disabled", data.busy); // disabled, it would lose the focus
  save.onclick = () => { if (save.getAttribute("aria-disabled") !== "true") setTriggerValue("save", Date.now()); };
  prepareCopy($(".copy"), data);
  fetchFile(data.ready, setTriggerValue);
  if (!save.listening) whileShown(save, document, { keydown: (event) => { onShortcut(event, save); onEscape(event); } });
  save.listening = true;
}

function onShortcut(event, save) {
  if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.shiftKey) return;
  event.preventDefault(); // the browser would save the page
  if (!save.disabled && save.checkVisibility()) save.click();
}

// Not Streamlit's own shortcut: that one cancels on another tab of the page, too, and in the middle
// of closing a list.
function onEscape(event) {
  if (event.key !== "Escape" || event.defaultPrevented || event.repeat || hasEscape(event.composedPath())) return;
  const cancel = document.querySelector(":is(.st-key-cancel, .st-key-cancel-writing) button");
  if (cancel?.checkVisibility()) cancel.click();
}

// Whether one of these elements does something of its own at Esc.
const hasEscape = (path) => path.some((element) => element.matches?.("input:not([type=range]), textarea, [aria-expanded=true], [role=listbox], [data-testid=stPopoverBody]"));

function fetchFile(file, setTriggerValue) {
  if (!file) window.imageDenoiserFile = null; // between two files
  if (!file || window.imageDenoiserFile === file.address + file.number) return;
  window.imageDenoiserFile = file.address + file.number;
  const link = document.createElement("a");
  link.href = address(file.address);
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
