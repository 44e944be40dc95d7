// Copies the binding code. Without a clipboard (plain http) the code is selected, ready for Ctrl-C.
"use strict";
const button = document.getElementById("copy");
const code = document.getElementById("code");
if (button && code) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = button.dataset.copied;
    } catch {
      getSelection().selectAllChildren(code);
    }
  });
}
