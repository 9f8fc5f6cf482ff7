"""Ctrl+V anywhere on the page: pictures from the clipboard go into the uploader, as if dropped.

The script hands them to Streamlit's own file input, so size limit, XSRF check and progress are
those of any upload.
"""

from __future__ import annotations

import streamlit as st

SCRIPT = """
export default function () {
  const paste = (event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    const files = pasted.filter((file) => file.type.startsWith("image/"));
    const input = document.querySelector('[data-testid="stFileUploader"] input[type="file"]');
    if (!files.length || !input) return;
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    event.preventDefault();
  };
  document.addEventListener("paste", paste);
  return () => document.removeEventListener("paste", paste);
}
"""

listener = st.components.v2.component("image_denoiser.paste", js=SCRIPT)


def listen() -> None:
    """Accept pasted pictures while the page is open."""
    listener(key="paste", height="content")
