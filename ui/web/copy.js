// Copies what the viewer shows. Browsers allow it only right after a click and on a safe address.

export default function ({ data, parentElement }) {
  const button = parentElement.querySelector(".copy"), words = button.querySelector("span");
  button.hidden = !navigator.clipboard?.write || !window.ClipboardItem;
  button.disabled = !data.ready;
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
