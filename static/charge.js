// The keypad at the counter: keys that write into the field. Without it the field takes a number as it is.
(() => {
  "use strict";
  for (const form of document.querySelectorAll("form[data-keypad]")) {
    const field = form.querySelector("#amount");
    form.querySelector("[data-keys]").hidden = false;
    field.inputMode = "none"; // the keys are on the page: a phone's own keyboard would cover them
    const press = (key) => {
      const old = field.value;
      if (key === "clear") field.value = "";
      else if (key === "back") field.value = old.slice(0, -1);
      else if (key === ".") {
        if (!old.includes(".")) field.value = (old || "0") + ".";
      } else if (!/\.\d\d$/.test(old) && old.length < 12) {
        const next = (old === "0" ? "" : old) + key;
        field.value = /^0+$/.test(next) ? "0" : next.replace(/(\.\d\d)\d+$/, "$1");
      }
      field.dispatchEvent(new Event("input", { bubbles: true }));
    };
    form.addEventListener("click", (event) => {
      const key = event.target.closest("[data-key]");
      if (key) press(key.dataset.key);
    });
    // Who types on a real keyboard needn't find the field first.
    document.addEventListener("keydown", (event) => {
      if (event.target !== document.body || event.ctrlKey || event.metaKey || event.altKey) return;
      if (/^[0-9.]$/.test(event.key)) press(event.key);
      else if (event.key === "Backspace") press("back");
      else if (event.key === "Enter") form.requestSubmit();
      else return;
      event.preventDefault();
    });
  }
})();
