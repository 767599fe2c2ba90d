// Starts the page's wasm. A file of its own because the content security policy forbids scripts inside the page.
import init from "./thalweg-ui.js";

init({ module_or_path: "thalweg-ui_bg.wasm" }).catch((error) => {
  const note = document.createElement("p");
  note.className = "boot-failed";
  note.textContent = `Thalweg's window could not start: ${error}. Start it again; if it stays like this, build it anew.`;
  document.body.replaceChildren(note);
});
